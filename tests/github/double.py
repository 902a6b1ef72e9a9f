"""A GitHub of our own: the REST endpoints that are used, checked against the published description, and git over HTTP.

One repository, a real bare one. What the description does not have is answered with 404 and remembered as a mistake.
"""

import base64
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.github.published import answer, check_request, find_endpoint

TOKEN = "decoy-secret-token0123456789abcdefghij"
MEMORY_KEY = "decoy-secret-memory0123456789"
NAME = "octo/shop"
PATH = "/repos/{owner}/{repo}"
Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


@dataclass
class GitHub:
    """The state of the repository, which tests set and look at."""

    folder: Path
    """The bare repository."""
    url: str = ""
    """Address of the server; the API is below `/api`."""
    permissions: dict[str, str] = field(default_factory=lambda: {"maria": "write", "ada": "admin", "rob": "read"})
    types: dict[str, str] = field(default_factory=dict)
    """Login → `Bot` and the like, where that is not `User`."""
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    review_comments: list[dict[str, Any]] = field(default_factory=list)
    protected: set[str] = field(default_factory=set)
    run_started_at: str = "2026-01-01T12:00:00Z"
    faults: list[tuple[str, str, Answer]] = field(default_factory=list)
    """(method, end of a path, answer): each is given once, instead of what would be answered."""
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    """Method, path and body of everything that was asked of the API."""
    mistakes: list[str] = field(default_factory=list)
    """What was asked that GitHub does not have, or answered as it would not."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def git(self, *arguments: str, data: bytes | None = None) -> str:
        done = subprocess.run(["git", "-C", str(self.folder), *arguments], input=data, capture_output=True, check=False)
        if done.returncode:
            raise LookupError(done.stderr.decode(errors="replace"))
        return done.stdout.decode(errors="replace").strip()

    def tip(self, branch: str) -> str:
        """The commit of a branch; empty where there is none."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
        except LookupError:
            return ""

    def open_issue(self, number: int, title: str, body: str, author: str = "rob", **more: Any) -> dict[str, Any]:
        """An issue as events and the API have it."""
        self.issues[number] = {
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "locked": False,
            "user": {"login": author, "type": "User"},
            "created_at": "2026-01-01T10:00:00Z",
            "updated_at": "2026-01-01T10:00:00Z",
            **more,
        }
        return self.issues[number]

    def comment(self, issue: int, body: str, author: str = "maria", **more: Any) -> dict[str, Any]:
        """A comment on an issue or pull request."""
        number = 1000 + len(self.comments)
        self.comments[number] = {
            "id": number,
            "issue": issue,
            "body": body,
            "user": {"login": author, "type": "User"},
            "author_association": "COLLABORATOR",
            "created_at": "2026-01-01T11:00:00Z",
            "updated_at": "2026-01-01T11:00:00Z",
            **more,
        }
        return self.comments[number]

    def said(self, issue: int) -> list[str]:
        """Comments of the token's owner."""
        return [
            each["body"] for each in self.comments.values() if each["issue"] == issue and each["user"]["login"] == BOT
        ]

    def asked(self, method: str, end: str = "") -> list[Any]:
        """Bodies of the requests of a method whose path ends so."""
        return [body for how, path, body in self.requests if how == method and path.endswith(end)]


BOT = "github-actions[bot]"


def respond(hub: GitHub, method: str, path: str, query: dict[str, str], body: Any, accept: str) -> Answer:
    """What GitHub would answer."""
    found = find_endpoint(method, path)
    if found is None:
        hub.mistakes.append(f"there is no {method} {path}")
        return 404, {"message": "Not Found"}
    template, values = found
    if f"{values['owner']}/{values['repo']}" != NAME:
        return 404, {"message": "Not Found"}
    check_request(template, method, body)
    handler = HANDLERS[method, template.removeprefix(PATH)]
    status, value = handler(hub, values, query, body, accept)[:2]
    if isinstance(value, str):
        return status, value
    return status, answer(template, method, status, value)


def _repository(hub: GitHub, *_: Any) -> Answer:
    return 200, {"full_name": NAME, "default_branch": "main"}


def _run(hub: GitHub, *_: Any) -> Answer:
    return 200, {"run_started_at": hub.run_started_at}


def _branch(hub: GitHub, values: dict[str, str], *_: Any) -> Answer:
    tip = hub.tip(values["branch"])
    if not tip:
        return 404, {"message": "Branch not found"}
    commit = {"sha": tip, "commit": {"message": hub.git("log", "-1", "--format=%B", tip)}}
    return 200, {"name": values["branch"], "commit": commit, "protected": values["branch"] in hub.protected}


def _permission(hub: GitHub, values: dict[str, str], *_: Any) -> Answer:
    login = unquote(values["username"])
    if login not in hub.permissions:
        return 404, {"message": f"{login} is not a user"}
    level = hub.permissions[login]
    user = {"login": login, "type": hub.types.get(login, "User")}
    return 200, {"permission": level, "role_name": level, "user": user}


def _contents(hub: GitHub, values: dict[str, str], query: dict[str, str], body: Any, accept: str) -> Answer:
    assert "raw" in accept
    try:
        return 200, hub.git("cat-file", "blob", f"{query['ref']}:{values['path']}")
    except LookupError:
        return 404, {"message": "Not Found"}


def _get_ref(hub: GitHub, values: dict[str, str], *_: Any) -> Answer:
    try:
        sha = hub.git("rev-parse", "--verify", "--quiet", f"refs/{values['ref']}")
    except LookupError:
        return 404, {"message": "Not Found"}
    return 200, {"ref": f"refs/{values['ref']}", "object": {"sha": sha, "type": "commit"}}


def _post_ref(hub: GitHub, values: dict[str, str], query: Any, body: Any, accept: str) -> Answer:
    try:
        hub.git("update-ref", body["ref"], body["sha"], "0" * 40)
    except LookupError:
        return 422, {"message": "Reference already exists"}
    return 201, {"ref": body["ref"], "object": {"sha": body["sha"], "type": "commit"}}


def _patch_ref(hub: GitHub, values: dict[str, str], query: Any, body: Any, accept: str) -> Answer:
    ref = f"refs/{values['ref']}"
    try:
        old = hub.git("rev-parse", "--verify", "--quiet", ref)
        if not body.get("force"):
            hub.git("merge-base", "--is-ancestor", old, body["sha"])
        hub.git("update-ref", ref, body["sha"], old)
    except LookupError:
        return 422, {"message": "Update is not a fast forward"}
    return 200, {"ref": ref, "object": {"sha": body["sha"], "type": "commit"}}


def _delete_ref(hub: GitHub, values: dict[str, str], *_: Any) -> Answer:
    hub.git("update-ref", "-d", f"refs/{values['ref']}")
    return 204, None


def _post_commit(hub: GitHub, values: Any, query: Any, body: Any, accept: str) -> Answer:
    parents = [word for parent in body["parents"] for word in ("-p", parent)]
    sha = hub.git("commit-tree", body["tree"], *parents, data=body["message"].encode())
    return 201, {"sha": sha, "message": body["message"], "tree": {"sha": body["tree"]}}


def _get_commit(hub: GitHub, values: dict[str, str], *_: Any) -> Answer:
    sha = values["commit_sha"]
    message, date, tree = hub.git("log", "-1", "--format=%B%x00%cI%x00%T", sha).split("\0")
    return 200, {"sha": sha, "message": message, "committer": {"date": date}, "tree": {"sha": tree}}


def _post_tree(hub: GitHub, values: Any, query: Any, body: Any, accept: str) -> Answer:
    lines = hub.git("ls-tree", body["base_tree"]).splitlines() if body.get("base_tree") else []
    for entry in body["tree"]:
        sha = hub.git("hash-object", "-w", "--stdin", data=entry["content"].encode())
        lines = [line for line in lines if not line.endswith(f"\t{entry['path']}")]
        lines.append(f"{entry['mode']} blob {sha}\t{entry['path']}")
    return 201, {"sha": hub.git("mktree", data="".join(f"{line}\n" for line in lines).encode()), "tree": []}


def _get_issue(hub: GitHub, values: dict[str, str], *_: Any) -> Answer:
    number = int(values["issue_number"])
    if number in hub.pulls:
        pull = hub.pulls[number]
        shared = {key: pull[key] for key in ("number", "title", "body", "state", "locked", "updated_at")}
        return 200, {**shared, "pull_request": {}}
    return (200, hub.issues[number]) if number in hub.issues else (404, {"message": "Not Found"})


def _get_comments(hub: GitHub, values: dict[str, str], query: dict[str, str], *_: Any) -> Answer:
    found = [each for each in hub.comments.values() if each["issue"] == int(values["issue_number"])]
    size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
    return 200, [_told(each) for each in found[size * (page - 1) : size * page]]


def _told(comment: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in comment.items() if key != "issue"}


def _post_comment(hub: GitHub, values: dict[str, str], query: Any, body: Any, accept: str) -> Answer:
    user = {"login": BOT, "type": "Bot"}
    return 201, _told(hub.comment(int(values["issue_number"]), body["body"], user=user, author_association="NONE"))


def _get_comment(hub: GitHub, values: dict[str, str], *_: Any) -> Answer:
    found = hub.comments.get(int(values["comment_id"]))
    return (200, _told(found)) if found else (404, {"message": "Not Found"})


def _patch_comment(hub: GitHub, values: dict[str, str], query: Any, body: Any, accept: str) -> Answer:
    hub.comments[int(values["comment_id"])]["body"] = body["body"]
    return 200, _told(hub.comments[int(values["comment_id"])])


def _get_pulls(hub: GitHub, values: Any, query: dict[str, str], *_: Any) -> Answer:
    branch = query["head"].partition(":")[2]
    found = [each for each in hub.pulls.values() if each["head"]["ref"] == branch and each["state"] == query["state"]]
    return 200, [{key: value for key, value in each.items() if key not in ("merged", "merged_by")} for each in found]


def _post_pull(hub: GitHub, values: Any, query: Any, body: Any, accept: str) -> Answer:
    if any(each["head"]["ref"] == body["head"] and each["state"] == "open" for each in hub.pulls.values()):
        errors = [{"resource": "PullRequest", "code": "custom", "message": "A pull request already exists"}]
        return 422, {"message": "Validation Failed", "errors": errors, "documentation_url": "https://example.org"}
    number = 100 + len(hub.pulls)
    repository = {"full_name": NAME}
    hub.pulls[number] = {
        "number": number,
        "title": body["title"],
        "body": body["body"],
        "draft": body["draft"],
        "state": "open",
        "locked": False,
        "merged": False,
        "updated_at": "2026-01-01T13:00:00Z",
        "html_url": f"{hub.url}/{NAME}/pull/{number}",
        "head": {"ref": body["head"], "sha": hub.tip(body["head"]), "repo": repository},
        "base": {"ref": body["base"], "sha": hub.tip(body["base"]), "repo": repository},
    }
    return 201, hub.pulls[number]


def _get_pull(hub: GitHub, values: dict[str, str], query: Any, body: Any, accept: str) -> Answer:
    pull = hub.pulls.get(int(values["pull_number"]))
    if pull is None:
        return 404, {"message": "Not Found"}
    if pull["head"]["repo"] and pull["head"]["repo"]["full_name"] == NAME and not pull["merged"]:
        pull["head"]["sha"] = hub.tip(pull["head"]["ref"]) or pull["head"]["sha"]
    if "diff" in accept:
        return 200, hub.git("diff", f"{pull['base']['sha']}...{pull['head']['sha']}") + "\n"
    return 200, pull


def _patch_pull(hub: GitHub, values: dict[str, str], query: Any, body: Any, accept: str) -> Answer:
    hub.pulls[int(values["pull_number"])] |= body
    return 200, hub.pulls[int(values["pull_number"])]


def _get_pull_commits(hub: GitHub, values: dict[str, str], *_: Any) -> Answer:
    pull = hub.pulls[int(values["pull_number"])]
    listed = hub.git("log", "--reverse", "--format=%H%x00%B%x01", f"{pull['base']['sha']}..{pull['head']['sha']}")
    commits = [each.strip().split("\0") for each in listed.split("\1") if each.strip()]
    return 200, [{"sha": sha, "commit": {"message": message}} for sha, message in commits]


def _get_review_comments(hub: GitHub, *_: Any) -> Answer:
    return 200, hub.review_comments


HANDLERS = {
    ("GET", ""): _repository,
    ("GET", "/actions/runs/{run_id}"): _run,
    ("GET", "/branches/{branch}"): _branch,
    ("GET", "/collaborators/{username}/permission"): _permission,
    ("GET", "/contents/{path}"): _contents,
    ("GET", "/git/ref/{ref}"): _get_ref,
    ("POST", "/git/refs"): _post_ref,
    ("PATCH", "/git/refs/{ref}"): _patch_ref,
    ("DELETE", "/git/refs/{ref}"): _delete_ref,
    ("POST", "/git/commits"): _post_commit,
    ("GET", "/git/commits/{commit_sha}"): _get_commit,
    ("POST", "/git/trees"): _post_tree,
    ("GET", "/issues/{issue_number}"): _get_issue,
    ("GET", "/issues/{issue_number}/comments"): _get_comments,
    ("POST", "/issues/{issue_number}/comments"): _post_comment,
    ("GET", "/issues/comments/{comment_id}"): _get_comment,
    ("PATCH", "/issues/comments/{comment_id}"): _patch_comment,
    ("GET", "/pulls"): _get_pulls,
    ("POST", "/pulls"): _post_pull,
    ("GET", "/pulls/{pull_number}"): _get_pull,
    ("PATCH", "/pulls/{pull_number}"): _patch_pull,
    ("GET", "/pulls/{pull_number}/commits"): _get_pull_commits,
    ("GET", "/pulls/{pull_number}/reviews/{review_id}/comments"): _get_review_comments,
}


class Handler(BaseHTTPRequestHandler):
    """The API below /api, git over HTTP below /octo/shop.git."""

    hub: GitHub
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(length) if "chunked" not in self.headers.get("Transfer-Encoding", "") else self._chunks()
        if self.path.startswith("/api/"):
            self._api(data)
        else:
            self._git(data)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve

    def _chunks(self) -> bytes:
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def _api(self, data: bytes) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path.removeprefix("/api"))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = json.loads(data) if data else None
        with self.hub.lock:
            self.hub.requests.append((self.command, path, body))
            given = self._fault(path)
            if given is None and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                given = 401, {"message": "Bad credentials"}
            if given is None:
                try:
                    given = respond(self.hub, self.command, path, query, body, self.headers.get("Accept", ""))
                except Exception as error:
                    self.hub.mistakes.append(f"{self.command} {path}: {error!r}")
                    given = 500, {"message": str(error)}
        self._send(*given)

    def _fault(self, path: str) -> Answer | None:
        for fault in self.hub.faults:
            if fault[0] == self.command and path.endswith(fault[1]):
                self.hub.faults.remove(fault)
                return fault[2]
        return None

    def _send(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        if status == 0:  # no answer at all
            self.close_connection = True
            self.connection.close()
            return
        content = b"" if value is None else value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    def _git(self, data: bytes) -> None:
        expected = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            self._send(401, "who are you?", {"WWW-Authenticate": 'Basic realm="git"'})
            return
        parts = urlsplit(self.path)
        environment = os.environ | {
            "GIT_PROJECT_ROOT": str(self.hub.folder.parent.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(data)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "x-access-token",
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(["git", "http-backend"], input=data, env=environment, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        status = int(headers.pop("Status", "200").split()[0])
        self.send_response(status)
        for name, text in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass


@contextmanager
def github(folder: Path) -> Iterator[GitHub]:
    """A GitHub whose repository is empty, until the end of the block."""
    bare = folder / NAME.split("/")[0] / f"{NAME.split('/')[1]}.git"
    bare.mkdir(parents=True)
    hub = GitHub(bare)
    hub.git("init", "--quiet", "--bare", "--initial-branch=main")
    hub.git("config", "http.receivepack", "true")
    handler = type("OurHandler", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
