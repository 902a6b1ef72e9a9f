"""GitHub's REST API, as far as it is needed. The token is in this object's headers and goes to the one address.

What passes is waited for: rate limits as `Retry-After` says, server errors and timeouts with backoff. Every call can
be repeated, because its callers look first at what is there.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from memcoder import FaultError, MissingError, UsageError

if TYPE_CHECKING:
    import httpx

PUBLIC = "https://api.github.com"
VERSION = "2022-11-28"
SECONDS = 30.0
TRIES = 5
PATIENCE = 180.0
"""Seconds that one call may wait in all; a longer rate limit is told, not waited for."""
PAGE, PAGES = 100, 10
HINTS = {
    401: "the token is wrong or has expired; give the step `github-token`, and run it again",
    403: "give the job the permission that the call needs: contents, issues and pull-requests: write; for pull "
    "requests also Settings → Actions → General → Allow GitHub Actions to create pull requests",
    404: "is it there, and may the token read it? a job's `permissions` leave out whatever they do not name",
    409: "something else changed it meanwhile; run it again",
    422: "GitHub refuses what it was sent; its reason stands above",
}


class ApiError(FaultError):
    """GitHub refused a call, or did not answer; `status` is 0 where there was no answer."""

    def __init__(self, status: int, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.status = status


@dataclass
class Api:
    """One repository, as one token sees it."""

    token: str = field(repr=False)
    repository: str
    """`owner/name`."""
    url: str = PUBLIC
    tries: int = TRIES
    patience: float = PATIENCE
    timeout: float = SECONDS
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        """Raises MissingError without a token, and UsageError for an address that would show it to everyone."""
        if not self.token:
            raise MissingError("there is no token for GitHub's API", "set GITHUB_TOKEN")
        parts = urlsplit(self.url)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise UsageError(f"{self.url} is not an https address", "correct GITHUB_API_URL")
        self.url = self.url.rstrip("/")

    def get(self, path: str, **query: Any) -> Any:
        """A document of the repository; a `path` of "" is the repository itself."""
        return self._json("GET", path, query=query)

    def find(self, path: str, **query: Any) -> Any | None:
        """As `get`; None where there is none."""
        try:
            return self.get(path, **query)
        except ApiError as error:
            if error.status not in (404, 410):
                raise
            return None

    def each(self, path: str, **query: Any) -> Iterator[Any]:
        """The items of a list, page by page, the first thousand."""
        for page in range(1, PAGES + 1):
            found = self.get(path, per_page=PAGE, page=page, **query)
            yield from found
            if len(found) < PAGE:
                return

    def text(self, path: str, media: str, **query: Any) -> str:
        """A document in another form, e.g. `diff` or `raw`."""
        return self._call("GET", path, query=query, media=f"application/vnd.github.{media}").text

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Make something."""
        return self._json("POST", path, body=body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Change something."""
        return self._json("PATCH", path, body=body)

    def delete(self, path: str) -> None:
        """Remove something; that it is gone already is as good."""
        try:
            self._call("DELETE", path)
        except ApiError as error:
            if error.status not in (404, 422):
                raise

    def _json(self, method: str, path: str, **more: Any) -> Any:
        response = self._call(method, path, **more)
        try:
            return response.json()
        except ValueError as error:
            raise ApiError(
                response.status_code, f"GitHub's answer to {method} {path} is no JSON", "try again"
            ) from error

    def _call(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: dict[str, Any] | None = None,
        media: str = "application/vnd.github+json",
    ) -> "httpx.Response":
        import httpx

        url = f"{self.url}/repos/{self.repository}{'/' if path else ''}{quote(path)}"
        headers = {"Authorization": f"Bearer {self.token}", "Accept": media, "X-GitHub-Api-Version": VERSION}
        waited, said = 0.0, "no answer"
        for attempt in range(self.tries):
            wait = 2.0**attempt
            try:
                response = httpx.request(
                    method, url, params=query, json=body, headers=headers, timeout=self.timeout, follow_redirects=False
                )
            except httpx.HTTPError as error:
                said = type(error).__name__
            else:
                if response.is_success:
                    return response
                said = _said(response)
                limited = _wait(response)
                if limited is None and response.status_code < 500:
                    raise _error(method, path, response, said)
                wait = limited if limited is not None else wait
            waited += wait
            if waited > self.patience:
                break
            if attempt + 1 < self.tries:
                self.sleep(wait)
        raise ApiError(0, f"GitHub does not serve {method} {path or self.repository}: {said}", "run it again later")


def _wait(response: "httpx.Response") -> float | None:
    """Seconds until a rate limit is over; None where it is none."""
    status, headers = response.status_code, response.headers
    if status != 429 and not (status == 403 and ("retry-after" in headers or _spent(response))):
        return None
    try:
        if "retry-after" in headers:
            return max(0.0, float(headers["retry-after"]))
        if _spent(response):
            return max(0.0, float(headers["x-ratelimit-reset"]) - time.time()) + 1.0
    except (KeyError, ValueError):
        pass
    return 60.0  # what GitHub asks for where it names no time


def _spent(response: "httpx.Response") -> bool:
    return bool(response.headers.get("x-ratelimit-remaining") == "0")


def _said(response: "httpx.Response") -> str:
    """GitHub's own words, in one line."""
    try:
        document = response.json()
        errors = [str(each.get("message") or each.get("code")) for each in document.get("errors") or () if each]
        words = "; ".join([str(document.get("message", "")), *errors])
    except (ValueError, AttributeError):
        words = response.reason_phrase
    return f"{response.status_code} {' '.join(words.split())[:300]}"


def _error(method: str, path: str, response: "httpx.Response", said: str) -> ApiError:
    status = response.status_code
    hint = HINTS.get(status, "run it again")
    if response.is_redirect:
        hint = "the repository may have been renamed: use its new name (a token is never sent after a redirect)"
    return ApiError(status, f"GitHub answers {said} to {method} {path or 'the repository'}", hint)
