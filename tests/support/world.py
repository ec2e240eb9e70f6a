"""Every provider's upstream in one: http://127.0.0.1:PORT/NAME/... answers as NAME does, mostly
with what was recorded of it.
SPDX-License-Identifier: MIT"""
import json
import os
import re

from upstream import Answer, Upstream

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SSE, JSON, LINES, AWS = ("text/event-stream", "application/json", "application/x-ndjson",
                         "application/vnd.amazon.eventstream")

# provider, path (a pattern), streamed or not (None: the path tells), type, recording
RULES = [
    ("openai", r"/chat/completions$", False, JSON, "provider_openai/t/openai-text.json"),
    ("openai", r"/chat/completions$", True, SSE, "provider_openai/t/openai-text.chunks.txt"),
    ("openai", r"/embeddings$", None, JSON, "provider_openai/t/embeddings-base64.json"),
    ("anthropic", r"/v1/messages$", False, JSON, "provider_anthropic/t/anthropic-text.json"),
    ("anthropic", r"/v1/messages$", True, SSE, "provider_anthropic/t/anthropic-text.chunks.txt"),
    ("azure", r"/chat/completions", False, JSON, "provider_azure/t/azure-deepseek-reasoning.1.json"),
    ("azure", r"/chat/completions", True, SSE, "provider_azure/t/azure-model-router.1.chunks.txt"),
    ("azure", r"/embeddings", None, JSON, "provider_azure/t/embeddings.json"),
    ("gemini", r":generateContent$", None, JSON, "provider_gemini/t/google-text.json"),
    ("gemini", r":streamGenerateContent\?alt=sse$", None, SSE, "provider_gemini/t/google-text.chunks.txt"),
    ("vertex", r":generateContent$", None, JSON, "provider_gemini/t/google-text.json"),
    ("vertex", r":streamGenerateContent\?alt=sse$", None, SSE, "provider_gemini/t/google-text.chunks.txt"),
    ("cohere", r"/v2/chat$", False, JSON, "provider_cohere/t/cohere-citations.json"),
    ("cohere", r"/v2/chat$", True, SSE, "provider_cohere/t/cohere-reasoning.chunks.txt"),
    ("cohere", r"/v2/embed$", None, JSON, "provider_cohere/t/embedding-base64.json"),
    ("mistral", r"/chat/completions$", False, JSON, "provider_mistral/t/mistral-text.json"),
    ("mistral", r"/chat/completions$", True, SSE, "provider_mistral/t/mistral-text.chunks.txt"),
    ("bedrock", r"/model/[^/]*/converse$", None, JSON, "provider_bedrock/t/amazon-bedrock-text.json"),
    ("bedrock", r"/model/[^/]*/converse-stream$", None, AWS,
     "provider_bedrock/t/vcr.stream_cancel.0.eventstream.bin"),
    ("bedrock", r"/model/[^/]*/invoke$", None, JSON, "provider_bedrock/t/claude-native-whole.json"),
    ("bedrock", r"/model/[^/]*/invoke-with-response-stream$", None, AWS,
     "provider_bedrock/t/claude-native.eventstream.bin"),
    ("groq", r"/chat/completions$", False, JSON, "provider_groq/t/groq-text.json"),
    ("groq", r"/chat/completions$", True, SSE, "provider_groq/t/groq-text.chunks.txt"),
    ("groq", r"/responses$", False, JSON, "provider_azure/t/responses-azure-text.1.json"),
    ("groq", r"/responses$", True, SSE, "provider_azure/t/responses-azure-text.1.chunks.txt"),
    ("huggingface", r"/chat/completions$", False, JSON, "provider_openai/t/openai-text.json"),
    ("huggingface", r"/chat/completions$", True, SSE, "provider_openai/t/openai-text.chunks.txt"),
    ("ollama", r"/api/chat$", False, JSON, "provider_ollama/t/chat-whole.json"),
    ("ollama", r"/api/chat$", True, LINES, "provider_ollama/t/chat-text.lines"),
    ("ollama", r"/api/embed$", None, JSON, "provider_ollama/t/embed.json"),
    ("deepseek", r"/chat/completions$", False, JSON, "provider_compatible/t/deepseek-json.json"),
    ("deepseek", r"/chat/completions$", True, SSE, "provider_compatible/t/deepseek-stream-reasoner.sse"),
    ("deepseek", r"/responses$", False, JSON, "provider_azure/t/responses-azure-text.1.json"),
    ("deepseek", r"/responses$", True, SSE, "provider_azure/t/responses-azure-text.1.chunks.txt"),
]


def framed(text, named):
    """A recording as server-sent events; one that has their form already stays as it is."""
    if re.search("^data:", text, re.M):
        return text.rstrip("\n") + "\n\n"
    out = ""
    for line in filter(str.strip, text.split("\n")):
        out += (f"event: {json.loads(line)['type']}\n" if named else "") + f"data: {line}\n\n"
    return out if named else out + "data: [DONE]\n\n"


def recording(path):
    with open(os.path.join(TOP, "plugins", path), "rb") as f:
        return f.read()


class World(Upstream):
    def __init__(self):
        super().__init__(self.answer)

    def base(self, name, path=""):
        return f"http://127.0.0.1:{self.port}/{name}{path}"

    def answer(self, request):
        _, name, path = request.path.split("/", 2)
        path = "/" + path
        asked = json.loads(request.body) if request.body[:1] == b"{" else {}
        if name == "token":
            return Answer(body=json.dumps({"access_token": "token-of-" + path[1:], "expires_in": 3600,
                                           "token_type": "Bearer"}).encode())
        if name == "replicate":
            return self.replicate(path, asked)
        for who, pattern, streamed, kind, file in RULES:
            if who == name and re.search(pattern, path) and streamed in (None, asked.get("stream", False)):
                named = name in ("anthropic", "cohere") or "/responses-" in file
                return self.recorded(name, kind, recording(file), named)
        return Answer(404, body=json.dumps({"error": {"message": f"{name} has no {path}"}}).encode())

    @staticmethod
    def recorded(name, kind, body, named=False):
        if kind == SSE:
            text = framed(body.decode(), named)
            if name in ("gemini", "vertex"):
                text = text.replace("data: [DONE]\n\n", "")
            return Answer(type=kind, body=text.encode(), how="chunked")
        return Answer(type=kind, body=body, how="whole" if kind == JSON else "chunked")

    def replicate(self, path, asked):
        job = {"id": "p1", "status": "succeeded", "output": ["Hello", " there"], "error": None,
               "metrics": {"input_token_count": 5, "output_token_count": 2, "predict_time": 0.2},
               "urls": {"get": self.base("replicate", "/v1/predictions/p1"),
                        "stream": self.base("replicate", "/v1/stream/p1")}}
        if path.endswith("/stream/p1"):
            text = "".join(f"event: output\nid: {i}:0\ndata: {w}\n\n" for i, w in enumerate(("Hello", " there")))
            return Answer(type=SSE, body=(text + "event: done\nid: 9:0\ndata: {}\n\n").encode(), how="chunked")
        if asked.get("stream"):
            job.update(status="starting", output=None, metrics={})
        return Answer(201 if asked else 200, body=json.dumps(job).encode())
