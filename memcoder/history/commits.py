"""Commits as git tells them, streamed from one `git log`, with the names that enclose each change.

This is what makes a history searchable, so it must keep up with git: no line is looked at in Python, no blob is read
and nothing is parsed. What needs parsing is in `touched.py`.
"""

import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Literal

from memcoder.errors import FaultError
from memcoder.history.enclosing import driver_of, enclosing_names
from memcoder.history.git import DIFF_OPTIONS, decode_path, output, stream, unquote
from memcoder.history.noise import FILES_LIMIT, LINES_LIMIT, is_noise_path
from memcoder.history.repository import REGULAR, Repository
from memcoder.records import Commit, FileChange

PATCH_LIMIT = 20_000
"""Characters of a commit's patch that are kept."""
BLOCK = 1 << 18
RECORD_LIMIT = 8 << 20
"""Bytes of one commit's output that are looked at; of an enormous one, git is asked for the counts again."""
CONTEXT = 1
"""One line of context is enough to read a patch by, makes git's work a seventh less than three, and lets the hunk's
header name what encloses the changed line, not what stands three lines above it."""
BIG_FILE = "64m"
"""Larger blobs git takes for binary here, which bounds its memory."""
Status = Literal["added", "modified", "deleted", "renamed"]
STATUS: dict[str, Status] = {"A": "added", "D": "deleted", "R": "renamed", "C": "added"}


RAW = re.compile(rb"^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*\t([^\t\n]+)(?:\t([^\t\n]+))?$", re.M)


@dataclass(frozen=True)
class Raw:
    """A file of a commit as `--raw` tells of it; blobs of zeros are none."""

    path: str
    old_path: str | None
    status: Status
    old_blob: str
    blob: str
    regular: bool
    """Whether the new version (of a deleted file the old one) is a regular file: no link and no submodule."""
    chunks: int
    """Parts of the patch that are about it: two where a file became a link or the like."""


def list_commits(repo: Repository, revision: str, without: Iterable[str] = ()) -> list[str]:
    """Ids of a revision's ancestors and itself, oldest first; `without` those of commits whose history is known.

    With a recent commit to leave out, this costs what is new and not what there is.
    """
    known = [f"^{commit}" for commit in without]
    return output(repo.path, "rev-list", "--reverse", "--topo-order", revision, *known, "--").decode().split()


def read_commits(repo: Repository, wanted: Iterable[str]) -> Iterator[Commit]:
    """The wanted commits in their order, from one git child; diffs are against the first parent, merges have none.

    Symbols are the enclosing names of hunks (see `enclosing.py`); of noise, deleted files and commits of more than
    FILES_LIMIT files there are none. Of a partial clone, whose blobs may be missing and are never fetched, there are
    messages and paths alone. Raises FaultError where git cannot tell of all commits.
    """
    ids = list(wanted)
    if not ids:
        return
    seen = 0
    for record in log_records(repo, ids, CONTEXT):
        yield _commit(repo, record)
        seen += 1
    if seen < len(ids):
        raise FaultError(f"git told of {seen} of {len(ids)} commits", "is the clone whole? `git fsck` says")


def log_records(repo: Repository, ids: list[str], context: int, *options: str) -> Iterator[bytes]:
    """One record a commit: id, parents, author, time and message, each ended by NUL, then `--raw` and the patch.

    A record is cut at RECORD_LIMIT bytes. Of a partial clone there are no patches, and renames without changes alone.
    """
    patch = ("--find-renames=100%",) if repo.partial else (f"-U{context}",)
    mark = secrets.token_hex(16)  # nothing in a message or a diff can look like the next commit
    shape = f"--format=%x00{mark}%x00%H%x00%P%x00%an%x00%ct%x00%B%x00"
    arguments = (
        "-c", f"core.bigFileThreshold={BIG_FILE}",
        "log", "--no-walk=unsorted", "--stdin", shape, "--encoding=UTF-8", "--raw", "--no-abbrev",
        *DIFF_OPTIONS, "--diff-merges=off", "--root", "--no-notes", *options, *patch,
    )  # fmt: skip
    with tempfile.TemporaryFile() as listed:
        listed.write("\n".join(ids).encode() + b"\n")
        listed.seek(0)
        with stream(repo.path, *arguments, stdin=listed) as lines:
            yield from _records(lines, f"\0{mark}\0".encode())


def split_record(record: bytes) -> tuple[list[bytes], list[Raw], list[bytes]]:
    """A record's five fields, its files, and the parts of its patch, each without `diff --git `."""
    *fields, rest = record.split(b"\0", 5)
    head, *chunks = rest.split(b"\ndiff --git ")
    return fields, [_raw(match) for match in RAW.finditer(head)], chunks


def pair_chunks(files: Iterable[Raw], chunks: Iterable[bytes]) -> Iterator[tuple[Raw, bytes]]:
    """Each file with its hunks, from the newline before the first `@@` on; empty where it has none (binary, cut)."""
    left = iter(chunks)
    for file in files:
        parts = [next(left, b"") for _ in range(file.chunks)]
        yield file, b"".join(part[at:] for part in parts if (at := part.find(b"\n@@ ")) >= 0)


def _records(stream: IO[bytes], mark: bytes) -> Iterator[bytes]:
    """What follows each mark, up to the next; of an enormous commit only its beginning is kept."""
    kept, tail = bytearray(), b""
    first = True
    while block := stream.read(BLOCK):
        *whole, rest = (tail + block).split(mark)
        for part in whole:
            if not first:
                yield bytes(kept) + part[: max(0, RECORD_LIMIT - len(kept))]
            kept, first = bytearray(), False
        # A mark may lie across two blocks: its possible beginning waits for the next.
        tail = rest[-len(mark) :]
        kept += rest[: len(rest) - len(tail)][: max(0, RECORD_LIMIT - len(kept))]
    if not first:
        yield bytes(kept) + tail


def _raw(match: "re.Match[bytes]") -> Raw:
    """`:100644 100644 OLD NEW M<TAB>path` or, for renames, `R090<TAB>old<TAB>new`."""
    old_mode, mode, old_blob, blob, letter, first, second = match.groups()
    path = decode_path(unquote(second or first))
    return Raw(
        path=path,
        old_path=decode_path(unquote(first)) if second else None,
        status=STATUS.get(letter.decode(), "modified"),
        old_blob=old_blob.decode(),
        blob=blob.decode(),
        regular=(old_mode if letter == b"D" else mode) in REGULAR,
        chunks=2 if letter == b"T" else 1,
    )


def _commit(repo: Repository, record: bytes) -> Commit:
    (sha, parents, author, when, message), files, chunks = split_record(record)
    changes = tuple(_change(file, hunks, len(files)) for file, hunks in pair_chunks(files[:FILES_LIMIT], chunks))
    if len(record) >= RECORD_LIMIT:
        changes = _recounted(repo, sha.decode(), changes)
    patch = b"".join(b"diff --git " + chunk + b"\n" for chunk in _beginning(chunks))
    return Commit(
        sha=sha.decode(),
        parents=tuple(parents.decode().split()),
        author=author.decode("utf-8", "replace"),
        time=int(when or 0),
        message=message.decode("utf-8", "replace").strip(),
        files=changes,
        patch=patch.decode("utf-8", "replace")[:PATCH_LIMIT],
    )


def _beginning(chunks: list[bytes]) -> Iterator[bytes]:
    """As much of a patch as PATCH_LIMIT characters can need."""
    left = 4 * PATCH_LIMIT
    for chunk in chunks:
        if left <= 0:
            return
        yield chunk[:left]
        left -= len(chunk)


def _change(file: Raw, hunks: bytes, files: int) -> FileChange:
    added, deleted = hunks.count(b"\n+"), hunks.count(b"\n-")
    driver = driver_of(file.path)
    dull = file.status == "deleted" or files > FILES_LIMIT or added + deleted > LINES_LIMIT or not file.regular
    names = enclosing_names(driver, hunks) if hunks and driver and not dull and not is_noise_path(file.path) else ()
    return FileChange(
        path=file.path, old_path=file.old_path, status=file.status, added=added, deleted=deleted, symbols=names
    )


def _recounted(repo: Repository, sha: str, changes: tuple[FileChange, ...]) -> tuple[FileChange, ...]:
    """The changes with git's own counts, for the rare commit of which only the beginning was read."""
    arguments = ("diff-tree", "-r", "--root", "--numstat", "--no-commit-id", "-z", *DIFF_OPTIONS, sha, "--")
    counts: dict[str, tuple[int, int]] = {}
    fields = iter(output(repo.path, "-c", f"core.bigFileThreshold={BIG_FILE}", *arguments).split(b"\0"))
    for field in fields:
        if not field:
            continue
        added, deleted, path = field.split(b"\t", 2)
        if not path:  # a rename: the old and the new path follow
            next(fields)
            path = next(fields)
        if added != b"-":
            counts[decode_path(path)] = (int(added), int(deleted))
    return tuple(
        change.model_copy(update=dict(zip(("added", "deleted"), counts.get(change.path, (0, 0)), strict=True)))
        for change in changes
    )
