"""multipart/form-data, written and read.
SPDX-License-Identifier: MIT"""
import email
import email.policy

BOUNDARY = "case-boundary"
TYPE = "multipart/form-data; boundary=" + BOUNDARY


def form_of(lines, unescape):
    """Lines NAME=VALUE or NAME=@FILENAME TYPE BYTES as a body; unescape reads \\x00 in values."""
    out = []
    for line in lines:
        name, _, value = line.partition("=")
        head = f'Content-Disposition: form-data; name="{name}"'
        if value.startswith("@"):
            filename, type_, value = value[1:].split(" ", 2)
            head += f'; filename="{filename}"\r\nContent-Type: {type_}'
        out.append(f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + unescape(value).encode("latin-1") + b"\r\n")
    return b"".join(out) + f"--{BOUNDARY}--\r\n".encode()


def parts_of(request):
    """What a multipart request says: name -> list of texts, or "FILENAME TYPE BYTES"."""
    text = b"Content-Type: " + request.header("content-type").encode() + b"\r\n\r\n" + request.body
    out = {}
    for p in email.message_from_bytes(text, policy=email.policy.HTTP).iter_parts():
        value = p.get_payload(decode=True).decode("latin-1")
        if p.get_filename() is not None:
            value = f"{p.get_filename()} {p.get('content-type', '-')} {value}"
        out.setdefault(p.get_param("name", header="content-disposition"), []).append(value)
    return out
