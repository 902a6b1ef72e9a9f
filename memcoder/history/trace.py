"""Which commits made a place what it is: `git log -L`, `git log --follow` and `git blame`, one process a question.

Everything is asked about one commit, so only its ancestors can answer. Each question has a limit in time and in
bytes; what was cut off says so.
"""

import os
import re
import secrets
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from memcoder.errors import FaultError
from memcoder.history.git import DIFF_OPTIONS, bounded, decode_path, encode_path, run, unquote
from memcoder.history.repository import Repository
from memcoder.records import Place

OUTPUT_LIMIT = 64 << 20
"""Bytes that one git child may write."""
MESSAGE_LIMIT = 20_000
"""Characters of one message that are read."""
TELLING = 6
"""Letters and digits of a line that says something; shorter ones are `pass` and the like."""
COMPARED = 50
"""Lines gone, and lines come, that are compared."""
LIKE = 0.6
"""Ratio of equal characters from which two lines are alike."""
HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
LOG_OPTIONS = ("--encoding=UTF-8", "--no-notes", "--no-show-signature", *DIFF_OPTIONS)


@dataclass
class Touch:
    """A commit, and what it did to the place."""

    sha: str
    parents: tuple[str, ...]
    author: str
    time: int
    message: str
    path: str
    old_path: str | None = None
    status: str = "M"
    """git's letter; A where nothing of the place was there before, R for a rename."""
    added: int = 0
    deleted: int = 0
    first: int = 0
    """First line of the place in this commit; 0 where the place is the whole file or was deleted."""
    last: int = 0
    rewrote: bool = False
    """Whether nothing like the place's lines was there before, though other lines were: git counts those as the past
    of what replaced them."""


@dataclass(frozen=True)
class Trace:
    """The commits that touched a place, newest first."""

    touches: list[Touch] = field(default_factory=list)
    whole: bool = True
    """False where a limit came before the first commit."""


def trace(repo: Repository, commit: str, place: Place, seconds: float) -> Trace:
    """The commits that touched a place as it stands in `commit`, renames of its file followed.

    Lines are traced as `git log -L` does, whole files as `git log --follow` does.
    """
    if not place.start:
        return _read(repo, ("--follow", "--raw", "--numstat", "--no-abbrev"), commit, place.path, seconds)
    return _read(repo, (f"-L{place.start},{place.end}:{_raw(place.path)}",), commit, None, seconds)


def _read(repo: Repository, how: tuple[str, ...], commit: str, path: str | None, seconds: float) -> Trace:
    mark = secrets.token_hex(16)  # nothing in a message or a diff can look like the next commit
    shape = f"--format=%x00{mark}%x00%H%x00%P%x00%an%x00%ct%x00%B%x00"
    after = ("--", _raw(path)) if path is not None else ("--",)
    told, whole = bounded(
        repo.path, "log", *how, shape, *LOG_OPTIONS, commit, *after, seconds=seconds, most=OUTPUT_LIMIT
    )
    records = told.split(f"\0{mark}\0".encode())[1:]
    if not whole:
        records = records[:-1]  # the last may be cut in the middle
    read = _file_touch if path is not None else _line_touch
    return Trace([touch for record in records if (touch := read(record))], whole)


def _commit(record: bytes) -> tuple[Touch, list[bytes]]:
    sha, parents, author, when, message, rest = record.split(b"\0", 5)
    touch = Touch(
        sha.decode(),
        tuple(parents.decode().split()),
        author.decode("utf-8", "replace"),
        int(when or 0),
        message.decode("utf-8", "replace").strip()[:MESSAGE_LIMIT],
        path="",
    )
    return touch, rest.split(b"\n")


def _line_touch(record: bytes) -> Touch | None:
    """One commit of `git log -L`; a merge is told of once a parent, of which the first counts."""
    touch, lines = _commit(record)
    starts = [number for number, line in enumerate(lines) if line.startswith(b"diff --git ")]
    if not starts:
        return None
    old = ""
    left_old = left_new = 0
    shown: list[bytes] = []
    for line in lines[starts[0] + 1 : starts[1] if len(starts) > 1 else len(lines)]:
        if left_old > 0 or left_new > 0:
            shown.append(line)
            left_old -= line.startswith((b"-", b" "))
            left_new -= line.startswith((b"+", b" "))
        elif match := HUNK.match(line):
            left_old, left_new = int(match[1] or 1), int(match[3] or 1)
            touch.first = touch.first or int(match[2])
            touch.last = int(match[2]) + left_new - 1
        elif line.startswith(b"--- "):
            old = _header_path(line)
        elif line.startswith(b"+++ "):
            touch.path = _header_path(line)
    touch.added = sum(line.startswith(b"+") for line in shown)
    touch.deleted = sum(line.startswith(b"-") for line in shown)
    touch.rewrote = touch.added > 0 and not _alike(shown)
    if old and touch.path and old != touch.path:
        touch.old_path, touch.status = old, "R"
    if not touch.path:
        touch.path, touch.status = old, "D"
    elif touch.added == len(shown):
        touch.status = "A"
    return touch


def _alike(lines: list[bytes]) -> bool:
    """Whether a line that says something stayed, or is like one that came."""
    telling = [line.decode("utf-8", "replace") for line in lines if len(re.findall(rb"\w", line)) >= TELLING]
    if any(line.startswith(" ") for line in telling):
        return True
    gone = [line[1:].strip() for line in telling if line.startswith("-")][:COMPARED]
    came = [line[1:].strip() for line in telling if line.startswith("+")][:COMPARED]
    return any(SequenceMatcher(None, one, other).quick_ratio() >= LIKE for one in gone for other in came)


def _header_path(line: bytes) -> str:
    """`+++ b/path`, perhaps quoted, perhaps followed by a tab; empty for /dev/null."""
    path = unquote(line[4:].partition(b"\t")[0])
    return "" if path == b"/dev/null" else decode_path(path[2:])


def _file_touch(record: bytes) -> Touch | None:
    touch, lines = _commit(record)
    for line in lines:
        if line.startswith(b":"):
            facts, *names = line.split(b"\t")
            touch.status = facts.split()[-1][:1].decode()
            paths = [decode_path(unquote(name)) for name in names]
            touch.path = paths[-1]
            touch.old_path = paths[0] if len(paths) > 1 else None
        elif match := re.match(rb"(\d+)\t(\d+)\t", line):
            touch.added, touch.deleted = int(match[1]), int(match[2])
    return touch if touch.path else None


@dataclass(frozen=True)
class Blamed:
    """A line's origin, as `git blame` tells it."""

    sha: str
    path: str
    line: int
    boundary: bool
    text: str


def blame(repo: Repository, revision: str, place: Place, seconds: float, *options: str) -> list[Blamed] | None:
    """The origin of each line of a place, whitespace ignored; None where git could not say in time.

    `revision` may be a range: what is older than its beginning is told as standing there, with `boundary`.
    """
    lines = (f"-L{place.start},{place.end}",) if place.start else ()
    arguments = ("-w", *options, "--porcelain", "--no-textconv", *lines, revision, "--", _raw(place.path))
    try:
        told, whole = bounded(repo.path, "blame", *arguments, seconds=seconds, most=OUTPUT_LIMIT)
    except FaultError:  # e.g. the repository's settings name a file of ignored revisions that is not there
        return None
    return _blamed(told) if whole else None


def _blamed(told: bytes) -> list[Blamed]:
    found: list[Blamed] = []
    paths: dict[str, str] = {}
    boundaries: set[str] = set()
    sha, line = "", 0
    for text in told.split(b"\n"):
        if text.startswith(b"\t"):
            shown = text[1:].decode("utf-8", "replace")
            found.append(Blamed(sha, paths.get(sha, ""), line, sha in boundaries, shown))
        elif re.match(rb"[0-9a-f]{40,64} \d+ \d+", text):
            words = text.split()
            sha, line = words[0].decode(), int(words[1])
        elif text.startswith(b"filename "):
            paths[sha] = decode_path(unquote(text[9:]))
        elif text == b"boundary":
            boundaries.add(sha)
    return found


def messages_with(repo: Repository, commit: str, pattern: str, seconds: float) -> Trace:
    """Ancestors whose message holds a text, letter case ignored; what they did is not told."""
    mark = secrets.token_hex(16)
    shape = f"--format=%x00{mark}%x00%H%x00%P%x00%an%x00%ct%x00%B%x00"
    arguments = ("log", "-i", "-F", f"--grep={pattern}", shape, "--encoding=UTF-8", "--no-notes", commit, "--")
    told, whole = bounded(repo.path, *arguments, seconds=seconds, most=OUTPUT_LIMIT)
    records = told.split(f"\0{mark}\0".encode())[1:]
    return Trace([_commit(record)[0] for record in (records if whole else records[:-1])], whole)


def touching(repo: Repository, commit: str, paths: list[str], most: int, seconds: float) -> list[str]:
    """The newest ancestors, merges left out, that changed one of the paths, at most so many; renames end a path."""
    arguments = ("rev-list", "--no-merges", f"--max-count={most}", commit, "--", *(_raw(path) for path in paths))
    told, whole = bounded(repo.path, *arguments, seconds=seconds, most=OUTPUT_LIMIT)
    return told.decode().split()[: None if whole else -1]


def files_of(repo: Repository, shas: list[str], seconds: float) -> dict[str, list[str]]:
    """The paths that each commit changed against its first parent; merges have none."""
    if not shas:
        return {}
    mark = secrets.token_hex(16)
    shape = f"--format={mark}%H"
    arguments = ("log", "--no-walk=unsorted", shape, "--name-only", "-z", "--no-notes", *DIFF_OPTIONS, *shas, "--")
    told, whole = bounded(repo.path, *arguments, seconds=seconds, most=OUTPUT_LIMIT)
    found = {}
    records = told.split(mark.encode())[1:]
    for record in records if whole else records[:-1]:
        sha, _, rest = record.partition(b"\0")
        found[sha.decode().strip()] = [decode_path(name) for name in rest.strip(b"\n\0").split(b"\0") if name]
    return found


def lines_at(repo: Repository, revision: str, path: str) -> list[str]:
    """A file's lines in a commit; none where it is not there."""
    done = run(repo.path, "cat-file", "blob", f"{revision}:{_raw(path)}")
    return done.stdout.decode("utf-8", "replace").split("\n") if done.returncode == 0 else []


def _raw(path: str) -> str:
    """A path as the operating system passes it to git."""
    return os.fsdecode(encode_path(path))
