"""smuggling/requests.py - requests that a strict front must refuse, and some that it must not.

REFUSED: (name, bytes); the numbering of reliability.md, appendix A.  ALSO_REFUSED: what our
front refuses beyond that list.  ACCEPTED: (name, bytes, how many answers).  SMUGGLED is the
request that the dangerous ones try to hide; an answer to it is a break-in.
SPDX-License-Identifier: MIT
"""

HOST = b"Host: example.test\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
GOOD = b"GET /good HTTP/1.1\r\n" + HOST + b"\r\n"


def post(headers, body=b"", version=b"HTTP/1.1"):
    return b"POST /probe " + version + b"\r\n" + HOST + headers + b"\r\n" + body


def get(headers):
    return b"GET /probe HTTP/1.1\r\n" + HOST + headers + b"\r\n"


def line(first):
    return first + b"\r\n" + HOST + b"\r\n"


def host(value):
    return b"GET /probe HTTP/1.1\r\n" + value + b"\r\n"


def chunks(body):
    return post(b"Transfer-Encoding: chunked\r\n", body)


def length(value):
    return post(b"Content-Length: " + value + b"\r\n", b"abc")


def coding(value):
    return post(b"Transfer-Encoding: " + value + b"\r\n", b"3\r\nabc\r\n0\r\n\r\n")


CL_TE = [
    ("dup-cl-diff", post(b"Content-Length: 3\r\nContent-Length: 5\r\n", b"abc" + SMUGGLED)),
    ("dup-cl-same", post(b"Content-Length: 3\r\nContent-Length: 3\r\n", b"abc")),
    ("cl-list", length(b"3, 3")),
    ("cl-te", post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                   b"0\r\n\r\n" + SMUGGLED)),
    ("te-cl", post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                   b"0\r\n\r\n" + SMUGGLED)),
    ("te-te", post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                   b"0\r\n\r\n")),
    ("te-identity", coding(b"identity")),
    ("te-gzip,chunked", coding(b"gzip, chunked")),
    ("te-chunked,gzip", coding(b"chunked, gzip")),
    ("te-cow", coding(b"cow")),
    ("te-,chunked", coding(b",chunked")),
    ("te-quoted", coding(b'"chunked"')),
    ("te-;param", coding(b"chunked;a=b")),
    ("te-http-1.0", post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"HTTP/1.0")),
]

CL_VALUES = [
    ("cl--1", length(b"-1")), ("cl-+3", length(b"+3")), ("cl-0x3", length(b"0x3")),
    ("cl-1_0", length(b"1_0")), ("cl-empty", length(b"")), ("cl-3a", length(b"3a")),
    ("cl-23-digits", length(b"1" * 23)), ("cl-2^63-1", length(b"9223372036854775807")),
    ("cl-2^63", length(b"9223372036854775808")), ("cl-VT3", length(b"\x0b3")),
    ("cl-FF3", length(b"\x0c3")), ("cl-CR3", length(b"\r3")), ("cl-A0-3", length(b"\xa03")),
    ("cl-3.0", length(b"3.0")), ("cl-3e0", length(b"3e0")),
]

CHUNKED_END = b"0\r\n\r\n" + SMUGGLED
HEADER_LINES = [
    ("te-space-colon", post(b"Transfer-Encoding : chunked\r\n", CHUNKED_END)),
    ("te-tab-colon", post(b"Transfer-Encoding\t: chunked\r\n", CHUNKED_END)),
    ("cl-space-colon", post(b"Content-Length : 3\r\n", b"abc")),
    ("leading-space-first", b"GET /probe HTTP/1.1\r\n " + HOST + b"\r\n"),
    ("obs-fold", get(b"X-A: b\r\n c\r\n")),
    ("te-obs-fold", post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n")),
    ("cl-obs-fold", post(b"Content-Length: 3\r\n 0\r\n", b"abc")),
    ("no-colon", get(b"X-A b\r\n")),
    ("empty-name", get(b": b\r\n")),
    ("space-in-name", get(b"X A: b\r\n")),
    ("control-in-name", get(b"X\x01A: b\r\n")),
    ("8bit-in-name", get(b"X\xc3\xa4: b\r\n")),
    ("paren-in-name", get(b"X(A: b\r\n")),
    ("nul-in-value", get(b"X-A: b\x00c\r\n")),
    ("nul-in-name", get(b"X\x00A: b\r\n")),
    ("nul-line", get(b"\x00\r\n")),
    ("nul-line-request", b"GET /probe HTTP/1.1\r\n" + HOST + b"\x00\r\n" + SMUGGLED),
    ("cr-in-value", get(b"X-A: b\rc\r\n")),
    ("cr-te-in-value", post(b"X-A: b\rTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
    ("01-in-value", get(b"X-A: b\x01c\r\n")),
    ("del-in-value", get(b"X-A: b\x7fc\r\n")),
    ("all-bare-lf", b"GET /probe HTTP/1.1\nHost: example.test\n\n"),
    ("one-bare-lf", get(b"X-A: b\n")),
    ("bare-lf-end", b"GET /probe HTTP/1.1\r\n" + HOST + b"\n"),
    ("bare-cr-end", b"GET /probe HTTP/1.1\r\n" + HOST + b"\r" + SMUGGLED),
    ("te-VT", coding(b"\x0bchunked")),
    ("te-FF", coding(b"\x0cchunked")),
    ("te-A0", coding(b"\xa0chunked")),
    ("te-trailing-cr", post(b"Transfer-Encoding: chunked\r\r\n", b"0\r\n\r\n")),
]

HOSTS = [
    ("host-missing", host(b"")),
    ("host-twice", host(HOST + HOST)),
    ("host-space", host(b"Host: a b\r\n")),
    ("host-slash-at", host(b"Host: a@b/c\r\n")),
]

REQUEST_LINES = [
    ("no-version", line(b"GET /probe")),
    ("http-0.9", line(b"GET /probe HTTP/0.9")),
    ("http-2.0", line(b"GET /probe HTTP/2.0")),
    ("http-huge", line(b"GET /probe HTTP/99999999999999999999.1")),
    ("http-overflow-to-1", line(b"GET /probe HTTP/4294967297.1")),
    ("http-negative", line(b"GET /probe HTTP/-1.1")),
    ("http-+1.+1", line(b"GET /probe HTTP/+1.+1")),
    ("http-1.-1", line(b"GET /probe HTTP/1. 1")),
    ("http-01.01", line(b"GET /probe HTTP/01.01")),
    ("http-lower-case", line(b"GET /probe http/1.1")),
    ("two-spaces", line(b"GET  /probe HTTP/1.1")),
    ("tabs", line(b"GET\t/probe\tHTTP/1.1")),
    ("trailing-space", line(b"GET /probe HTTP/1.1 ")),
    ("space-in-target", line(b"GET /pro be HTTP/1.1")),
    ("control-in-target", line(b"GET /pro\x01be HTTP/1.1")),
    ("8bit-in-target", line(b"GET /pro\xc3\xa4be HTTP/1.1")),
    ("nul-in-target", line(b"GET /pro\x00be HTTP/1.1")),
    ("cr-in-target", line(b"GET /pro\rbe HTTP/1.1")),
    ("fragment", line(b"GET /probe#a HTTP/1.1")),
    ("no-slash", line(b"GET probe HTTP/1.1")),
    ("star-on-get", line(b"GET * HTTP/1.1")),
    ("lower-case-method", line(b"get /probe HTTP/1.1")),
    ("GETT", line(b"GETT /probe HTTP/1.1")),
    ("GXT", line(b"GXT /probe HTTP/1.1")),
    ("GEX", line(b"GEX /probe HTTP/1.1")),
    ("junk-line-first", b"junk\r\n" + SMUGGLED),
    ("CONNECT", line(b"CONNECT example.test:443 HTTP/1.1")),
    ("TRACE", line(b"TRACE /probe HTTP/1.1")),
    ("h2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
]

LAST = b"0\r\n\r\n"
CHUNKS = [
    ("chunk-0x3", chunks(b"0x3\r\nabc\r\n" + LAST)),
    ("chunk-+3", chunks(b"+3\r\nabc\r\n" + LAST)),
    ("chunk--0", chunks(b"-0\r\n\r\n")),
    ("chunk--3", chunks(b"-3\r\nabc\r\n" + LAST)),
    ("chunk-leading-sp", chunks(b" 3\r\nabc\r\n" + LAST)),
    ("chunk-leading-tab", chunks(b"\t3\r\nabc\r\n" + LAST)),
    ("chunk-leading-vt", chunks(b"\x0b3\r\nabc\r\n" + LAST)),
    ("chunk-trailing-sp", chunks(b"3 \r\nabc\r\n" + LAST)),
    ("chunk-3-junk", chunks(b"3 junk\r\nabc\r\n" + LAST)),
    ("chunk-3g", chunks(b"3g\r\nabc\r\n" + LAST)),
    ("chunk-0_2e", chunks(b"0_2e\r\n" + SMUGGLED + LAST)),
    ("chunk-empty-line", chunks(b"\r\n3\r\nabc\r\n" + LAST)),
    ("chunk-nul-line", chunks(b"\x00\r\n3\r\nabc\r\n" + LAST)),
    ("chunk-3nul", chunks(b"3\x00\r\nabc\r\n" + LAST)),
    ("chunk-no-crlf-after-data", chunks(b"3\r\nabc" + LAST)),
    ("chunk-xx-for-crlf", chunks(b"3\r\nabcXX" + LAST)),
    ("chunk-lf-after-size", chunks(b"3\nabc\r\n" + LAST)),
    ("chunk-lf-after-data", chunks(b"3\r\nabc\n" + LAST)),
    ("chunk-lf-at-end", chunks(b"3\r\nabc\r\n0\r\n\n")),
    ("chunk-cr-after-size", chunks(b"3\rabc\r\n" + LAST)),
    ("chunk-ext-lf", chunks(b"3;a\nb\r\nabc\r\n" + LAST)),
    ("chunk-ext-cr", chunks(b"3;a\rb\r\nabc\r\n" + LAST)),
    ("chunk-16-F", chunks(b"F" * 16 + b"\r\nabc\r\n" + LAST)),
    ("chunk-7FFF", chunks(b"7" + b"F" * 15 + b"\r\nabc\r\n" + LAST)),
    ("chunk-17-hex", chunks(b"1" + b"0" * 15 + b"3\r\nabc\r\n" + LAST)),
    ("chunk-over-limit", chunks(b"7fffffff\r\nabc\r\n" + LAST)),
    ("trailer-cl", chunks(b"3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n")),
    ("trailer-no-colon", chunks(b"3\r\nabc\r\n0\r\njunk\r\n\r\n")),
    ("trailer-space", chunks(b"3\r\nabc\r\n0\r\nX A: b\r\n\r\n")),
]

COUNTS = [
    ("1000-headers", get(b"".join(b"X-%d: y\r\n" % i for i in range(1000)))),
    ("17k-header", get(b"X-A: " + b"b" * (17 << 10) + b"\r\n")),
    ("two-authorization", get(b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n")),
]

REFUSED = CL_TE + CL_VALUES + HEADER_LINES + HOSTS + REQUEST_LINES + CHUNKS + COUNTS

ALSO_REFUSED = [
    ("head-with-body", b"HEAD /probe HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n"
     % len(SMUGGLED) + SMUGGLED),
    ("head-with-chunks", b"HEAD /probe HTTP/1.1\r\n" + HOST +
     b"Transfer-Encoding: chunked\r\n\r\n" + LAST),
    ("host-empty", host(b"Host:\r\n")),
    ("host-slash", host(b"Host: a/b\r\n")),
    ("host-at", host(b"Host: a@b\r\n")),
    ("host-open-bracket", host(b"Host: [::1\r\n")),
    ("host-port-junk", host(b"Host: a:80b\r\n")),
    ("cl-leading-zero", length(b"03")),
    ("absolute-form", line(b"GET http://example.test/probe HTTP/1.1")),
    ("empty-line-first", b"\r\n" + SMUGGLED),
    ("percent-junk", line(b"GET /pro%zzbe HTTP/1.1")),
    ("percent-short", line(b"GET /probe%4 HTTP/1.1")),
    ("backslash", line(b"GET /pro\\be HTTP/1.1")),
    ("chunk-extension", chunks(b"3;a=b\r\nabc\r\n" + LAST)),
    ("trailer", chunks(b"3\r\nabc\r\n0\r\nX-A: b\r\n\r\n")),
    ("expectation", post(b"Content-Length: 3\r\nExpect: tea\r\n", b"abc")),
    ("two-api-keys", get(b"x-api-key: a\r\nx-api-key: b\r\n")),
    ("two-content-types", post(b"Content-Type: a/b\r\nContent-Type: c/d\r\n")),
    ("te-case-and-tab", coding(b"chunked\t,")),
    ("long-name", get(b"X" * 64 + b": y\r\n")),
]

BODY = b'{"model":"mock","messages":[{"role":"user","content":"hello"}]}'
ACCEPTED = [
    ("get", GOOD, 1),
    ("get-query", line(b"GET /probe?a=b&c[d]=%20e+f,;:@!$'()*~|{} HTTP/1.1"), 1),
    ("percent-encoded", line(b"GET /v1/models/org%2Fmodel%3Afree HTTP/1.1"), 1),
    ("head", line(b"HEAD /probe HTTP/1.1"), 1),
    ("options", b"OPTIONS /probe HTTP/1.1\r\n" + HOST + b"Origin: https://a.test\r\n"
     b"Access-Control-Request-Method: POST\r\n\r\n", 1),
    ("post", post(b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(BODY),
                  BODY), 1),
    ("post-no-body", post(b"Content-Length: 0\r\n"), 1),
    ("post-no-length", post(b""), 1),
    ("delete", line(b"DELETE /probe HTTP/1.1"), 1),
    ("patch", b"PATCH /probe HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}", 1),
    ("put", b"PUT /probe HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}", 1),
    ("chunked", chunks(b"3\r\nabc\r\nA\r\n0123456789\r\n" + LAST), 1),
    ("chunked-empty", chunks(LAST), 1),
    ("chunked-zeros", chunks(b"0003\r\nabc\r\n00\r\n\r\n"), 1),
    ("chunked-upper-case", post(b"TRANSFER-ENCODING:CHUNKED\r\n", b"3\r\nabc\r\n" + LAST), 1),
    ("expect", post(b"Expect: 100-continue\r\nContent-Length: 3\r\n", b"abc"), 1),
    ("http-1.0", b"GET /probe HTTP/1.0\r\n" + HOST + b"\r\n", 1),
    ("http-1.0-keep-alive", b"GET /probe HTTP/1.0\r\n" + HOST +
     b"Connection: keep-alive\r\n\r\n" + GOOD, 2),
    ("http-1.0-no-host", b"GET /probe HTTP/1.0\r\n\r\n", 1),
    ("connection-close", get(b"Connection: close\r\n"), 1),
    ("utf-8-value", get(b"X-A: gr\xc3\xbc\xc3\x9fe\r\n"), 1),
    ("odd-blanks", get(b"X-A:b\r\nX-B: \t b \t \r\nX-C:\r\n"), 1),
    ("host-port", host(b"Host: 127.0.0.1:5000\r\n"), 1),
    ("host-v6", host(b"Host: [::1]:5000\r\n"), 1),
    ("long-token", get(b"Authorization: Bearer " + b"x" * 4000 + b"\r\n"), 1),
    ("pipelined-3", GOOD + post(b"Content-Length: 3\r\n", b"abc") + GOOD, 3),
    ("pipelined-chunked", chunks(b"3\r\nabc\r\n" + LAST) * 3 + GOOD, 4),
]

assert len(REFUSED) == 123, len(REFUSED)
