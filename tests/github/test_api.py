"""What can go wrong with an API: a clear word for each, and waiting where that helps."""

import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from memcoder.errors import MissingError, UsageError
from memcoder.github.api import Api, ApiError
from tests.github.double import NAME, TOKEN, GitHub


def api(hub: GitHub, waits: list[float] | None = None, **more: float) -> Api:
    slept = waits if waits is not None else []
    return Api(TOKEN, NAME, f"{hub.url}/api", sleep=slept.append, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (401, "Bad credentials", "github-token"),
        (403, "Resource not accessible by integration", "pull-requests: write"),
        (404, "Not Found", "permissions"),
        (409, "Conflict", "changed it meanwhile"),
        (422, "Validation Failed", "reason stands above"),
        (418, "I'm a teapot", "again"),
    ],
)
def test_a_refusal_is_said_with_its_reason_and_not_tried_again(
    hub: GitHub, status: int, message: str, hint: str
) -> None:
    hub.faults.append(("GET", NAME, (status, {"message": message, "errors": [{"message": "because"}]})))
    with pytest.raises(ApiError) as caught:
        api(hub).get("")
    assert caught.value.status == status
    assert message in caught.value.message
    assert "because" in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 5
    assert TOKEN not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        ((429, {"message": "slow down"}, {"Retry-After": "7"}), 7.0),
        ((403, {"message": "secondary rate limit"}, {"Retry-After": "3"}), 3.0),
        ((429, {"message": "slow down"}), 60.0),
        ((500, {"message": "oops"}), 1.0),
        ((502, "<html>"), 1.0),
        ((0, None), 1.0),
    ],
)
def test_what_passes_is_waited_for(hub: GitHub, answer: tuple[int, object], wait: float) -> None:
    hub.faults.append(("GET", NAME, answer))
    waits: list[float] = []
    assert api(hub, waits).get("")["default_branch"] == "main"
    assert waits == [wait]


def test_a_spent_rate_limit_is_waited_for_until_it_is_reset(hub: GitHub) -> None:
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 30)}
    hub.faults.append(("GET", NAME, (403, {"message": "API rate limit exceeded"}, spent)))
    waits: list[float] = []
    api(hub, waits).get("")
    assert 20 < waits[0] < 32


def test_a_long_limit_is_told_at_once(hub: GitHub) -> None:
    hub.faults.append(("GET", NAME, (429, {"message": "slow down"}, {"Retry-After": "3600"})))
    waits: list[float] = []
    with pytest.raises(ApiError, match="slow down"):
        api(hub, waits).get("")
    assert waits == []


def test_a_server_that_stays_down_is_given_up(hub: GitHub) -> None:
    hub.faults += [("GET", NAME, (503, {"message": "down"}))] * 5
    waits: list[float] = []
    with pytest.raises(ApiError, match="503 down") as caught:
        api(hub, waits).get("")
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert caught.value.status == 0


class Slow(BaseHTTPRequestHandler):
    """Another host: answers late, or is where a redirect leads."""

    seen: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization"))
        time.sleep(0.5)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass


@pytest.fixture
def elsewhere() -> str:
    Slow.seen = []
    server = HTTPServer(("127.0.0.1", 0), type("Other", (Slow,), {"seen": Slow.seen}))
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def test_no_answer_in_time_is_a_fault(elsewhere: str) -> None:
    with pytest.raises(ApiError, match="ReadTimeout"):
        Api(TOKEN, NAME, elsewhere, tries=2, timeout=0.1, sleep=lambda wait: None).get("")


def test_no_token_follows_a_redirect(hub: GitHub, elsewhere: str) -> None:
    hub.faults.append(("GET", NAME, (301, {"message": "Moved Permanently"}, {"Location": elsewhere})))
    with pytest.raises(ApiError, match="301") as caught:
        api(hub).get("")
    assert "renamed" in caught.value.hint
    assert Slow.seen == []


def test_a_list_is_read_to_its_end(hub: GitHub) -> None:
    hub.open_issue(7, "a", "b")
    for number in range(230):
        hub.comment(7, str(number))
    assert [each["body"] for each in api(hub).each("issues/7/comments")] == [str(number) for number in range(230)]


def test_the_token_is_needed_and_goes_over_https_alone() -> None:
    with pytest.raises(MissingError):
        Api("", NAME)
    with pytest.raises(UsageError, match="https"):
        Api(TOKEN, NAME, "http://github.example.org/api")
    assert TOKEN not in repr(Api(TOKEN, NAME))


def test_a_path_cannot_lead_elsewhere(hub: GitHub) -> None:
    hub.permissions.clear()
    assert api(hub).find("collaborators/..%2F..%2Fx/permission") is None
