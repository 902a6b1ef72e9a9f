import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from memcoder.cli.issue import LIMIT, read_issue
from memcoder.errors import MissingError, UsageError


def test_text_and_file(tmp_path: Path) -> None:
    file = tmp_path / "issue.md"
    file.write_text("It breaks.\n")
    assert read_issue("It breaks.", None) == "It breaks."
    assert read_issue(None, file) == "It breaks.\n"


def test_bad_input_is_refused_with_the_reason(tmp_path: Path) -> None:
    binary = tmp_path / "image.png"
    binary.write_bytes(b"\x89PNG\x00\xff")
    nul = tmp_path / "nul.txt"
    nul.write_bytes(b"a\x00b")
    empty = tmp_path / "empty.txt"
    empty.write_text(" \n")
    for issue, file, reason in (
        (None, None, "give the issue"),
        ("text", empty, "give the issue"),
        (None, tmp_path / "none.txt", "there is no file"),
        (None, tmp_path, "cannot be read"),
        (None, binary, "not UTF-8"),
        (None, nul, "not text"),
        (None, empty, "empty"),
        ("", None, "empty"),
        ("x" * (LIMIT + 1), None, "characters"),
        ("https://example.org/1", None, "not the URL of a GitHub issue"),
    ):
        with pytest.raises(UsageError, match=reason):
            read_issue(issue, file)


class Api(http.server.BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("Authorization")))
        found = self.path == "/repos/owner/app/issues/12"
        body = json.dumps({"title": "Crash", "body": "It crashes."} if found else {}).encode()
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str | None]]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{server.server_port}")
    Api.seen.clear()
    yield Api.seen
    server.shutdown()
    server.server_close()


def test_a_github_issue_is_read_with_the_token_where_one_is_set(
    api: list[tuple[str, str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_issue("https://github.com/owner/app/issues/12#issue-1", None) == "Crash\n\nIt crashes."
    monkeypatch.setenv("GITHUB_TOKEN", "secret-token")
    read_issue("https://github.com/owner/app/issues/12", None)
    assert [token for _, token in api] == [None, "Bearer secret-token"]


def test_a_github_issue_that_is_not_there_says_what_to_do(api: list[tuple[str, str | None]]) -> None:
    with pytest.raises(MissingError, match="404") as error:
        read_issue("https://github.com/owner/app/issues/13", None)
    assert "GITHUB_TOKEN" in error.value.hint
