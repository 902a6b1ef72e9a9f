"""A real HTTP server on the loopback address that answers as providers of models do, well or badly on purpose."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """An HTTP status with an error in OpenAI's form."""

    code: int
    message: str
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "error"


@dataclass(frozen=True)
class Cut:
    """The connection closed after some characters of the answer: in its middle, or before it where that is 0."""

    after: int = 3


@dataclass(frozen=True)
class Raw:
    """A body as it is, with status 200."""

    body: str


@dataclass(frozen=True)
class Said:
    """A good answer."""

    text: str = "hello"
    calls: tuple[tuple[str, str], ...] = ()
    """Tools called: name and arguments, as the model wrote them."""
    usage: dict[str, Any] = field(default_factory=dict)
    """What the usage says beyond the defaults."""
    silent: bool = False
    """Whether nothing is said of the usage."""
    finish: str = ""


@dataclass
class Provider:
    """What the server does: `answers` in order, then `then` for ever."""

    answers: list[Any] = field(default_factory=list)
    then: Said = field(default_factory=Said)
    choices: int | None = None
    """Choices at most in one response; None: as many as asked."""
    context: int | None = None
    """Characters of a prompt's contents that it takes; None: any number."""
    streams: bool = True
    slow: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    address: str = ""


@contextmanager
def serve() -> Iterator[Provider]:
    """A provider that answers well until it is told otherwise."""
    provider = Provider()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.provider = provider
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    provider.address = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    provider: Provider

    def handle_error(self, *arguments: Any) -> None:
        """A client that hung up, as the time limits make it do, is no news."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Server)
        provider = self.server.provider
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        provider.asked.append(body)
        provider.times.append(time.monotonic())
        provider.keys.append(self.headers.get("Authorization") or self.headers.get("x-api-key"))
        time.sleep(provider.slow)
        answer = provider.answers.pop(0) if provider.answers else provider.then
        if provider.context is not None and _length(body) > provider.context:
            message = f"This model's maximum context length is {provider.context} tokens, however you requested more"
            answer = Refusal(400, message)
        if isinstance(answer, Refusal):
            self._refuse(answer)
        elif isinstance(answer, Raw):
            self._send(200, answer.body.encode())
        elif "anthropic-version" in self.headers:
            assert isinstance(answer, Said)
            self._send(200, json.dumps(_anthropic(answer) | {"model": body["model"]}).encode())
        elif body.get("stream") and provider.streams:
            self._stream(answer)
        else:
            self._whole(answer, min(body.get("n") or 1, provider.choices or 100), body["model"])

    def _refuse(self, answer: Refusal) -> None:
        error = {"message": answer.message, "type": answer.kind, "code": answer.kind}
        self._send(answer.code, json.dumps({"error": error}).encode(), answer.headers)

    def _whole(self, answer: Cut | Said, count: int, model: str) -> None:
        if isinstance(answer, Cut):
            self._cut(b'{"id": "1", "object": "chat.completion"'[: answer.after], {"Content-Length": "1000"})
            return
        choices = [
            {"index": n, "finish_reason": _finish(answer), "message": _message(answer, n, count)} for n in range(count)
        ]
        document = {"id": "1", "object": "chat.completion", "created": 1, "model": model, "choices": choices}
        self._send(200, json.dumps(document | _usage(answer, count)).encode())

    def _stream(self, answer: Cut | Said) -> None:
        if isinstance(answer, Cut):
            pieces = b"".join(_events(Said("hello"))[: answer.after])
            self._cut(pieces, {"Content-Type": "text/event-stream"})
            return
        self._send(200, b"".join([*_events(answer), b"data: [DONE]\n\n"]), {"Content-Type": "text/event-stream"})

    def _cut(self, beginning: bytes, headers: dict[str, str]) -> None:
        self.close_connection = True
        if not beginning:
            return
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(beginning)

    def _send(self, code: int, payload: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *arguments: Any) -> None: ...


def _finish(answer: Said) -> str:
    return answer.finish or ("tool_calls" if answer.calls else "stop")


def _calls(answer: Said) -> list[dict[str, Any]]:
    return [
        {"index": at, "id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for at, (name, arguments) in enumerate(answer.calls)
    ]


def _message(answer: Said, number: int, count: int) -> dict[str, Any]:
    text = f"{answer.text} {number}" if count > 1 else answer.text
    calls = {"tool_calls": _calls(answer)} if answer.calls else {}
    return {"role": "assistant", "content": text, **calls}


def _usage(answer: Said, count: int = 1) -> dict[str, Any]:
    if answer.silent:
        return {}
    return {"usage": {"prompt_tokens": 7, "completion_tokens": 3 * count, "total_tokens": 7 + 3 * count} | answer.usage}


def _events(answer: Said) -> list[bytes]:
    """The answer, a character a piece, as server-sent events."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": char} for char in answer.text)]
    deltas += [{"tool_calls": [call]} for call in _calls(answer)]
    choices: list[dict[str, Any]] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": _finish(answer)})
    documents: list[dict[str, Any]] = [{"choices": [choice]} for choice in choices]
    if not answer.silent:
        documents.append({"choices": []} | _usage(answer))
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return [b"data: " + json.dumps(head | document).encode() + b"\n\n" for document in documents]


def _anthropic(answer: Said) -> dict[str, Any]:
    usage = {"input_tokens": 7, "output_tokens": 3} | answer.usage
    content = [{"type": "text", "text": answer.text}]
    facts = {"id": "msg", "type": "message", "role": "assistant", "stop_reason": "end_turn"}
    return {**facts, "content": content, "usage": usage}


def _length(body: dict[str, Any]) -> int:
    return sum(len(str(message.get("content") or "")) for message in body["messages"])
