"""Commits as git tells them, streamed from one `git log`, with the symbols that each changed."""

import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from memcoder.errors import FaultError
from memcoder.history.blobs import BlobReader
from memcoder.history.git import DIFF_OPTIONS, decode_path, output, stream, unquote
from memcoder.history.repository import Repository
from memcoder.history.symbols import language_of, symbol_at, symbols
from memcoder.records import Commit, FileChange

PATCH_LIMIT = 20_000
FILES_LIMIT = 200
"""A commit that touches more is an import or a reformat: its files are listed up to here, its symbols are not read."""
BLOCK = 1 << 16
RECORD_LIMIT = 8 << 20
"""Bytes of one commit's output that are looked at."""
STATUS = {"A": "added", "M": "modified", "D": "deleted", "R": "renamed", "T": "modified", "C": "added"}
HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


@dataclass
class _File:
    """One file of a commit while it is read."""

    path: str
    old_path: str | None
    status: str
    blob: str
    added: int = 0
    deleted: int = 0
    lines: set[int] = field(default_factory=set)


def list_commits(repo: Repository, revision: str) -> list[str]:
    """Ids of a revision's ancestors and itself, oldest first."""
    return output(repo.path, "rev-list", "--reverse", "--topo-order", revision, "--").decode().split()


def read_commits(repo: Repository, wanted: Iterable[str]) -> Iterator[Commit]:
    """The wanted commits in their order, from one git child; diffs are against the first parent, merges have none."""
    ids = list(wanted)
    if not ids:
        return
    mark = secrets.token_hex(16)  # nothing in a message or a diff can look like the next commit
    shape = f"--format=%x00{mark}%x00%H%x00%P%x00%an%x00%ct%x00%B%x00"
    arguments = (
        "log", "--no-walk=unsorted", "--stdin", shape, "--encoding=UTF-8", "--raw", "--no-abbrev", "-p",
        *DIFF_OPTIONS, "--diff-merges=off", "--root", "--no-notes",
    )  # fmt: skip
    with tempfile.TemporaryFile() as listed, BlobReader(repo.path) as blobs:
        listed.write("\n".join(ids).encode() + b"\n")
        listed.seek(0)
        seen = 0
        with stream(repo.path, *arguments, stdin=listed) as lines:
            for record in _records(lines, f"\0{mark}\0".encode()):
                yield _commit(record, blobs)
                seen += 1
        if seen < len(ids):
            raise FaultError(f"git told of {seen} of {len(ids)} commits", "is the clone whole? `git fsck` says")


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


def _commit(record: bytes, blobs: BlobReader) -> Commit:
    sha, parents, author, when, message, rest = record.split(b"\0", 5)
    lines = rest.split(b"\n")
    start = next((number for number, line in enumerate(lines) if line.startswith(b"diff --git ")), len(lines))
    files = [_raw(line) for line in lines[:start] if line.startswith(b":")]
    patch = [line.decode("utf-8", "replace") for line in lines[start:]]
    if len(files) <= FILES_LIMIT:
        _read_hunks(files, patch)
    return Commit(
        sha=sha.decode(),
        parents=tuple(parents.decode().split()),
        author=author.decode("utf-8", "replace"),
        time=int(when or 0),
        message=message.decode("utf-8", "replace").strip(),
        files=tuple(_change(file, blobs) for file in files[:FILES_LIMIT]),
        patch="\n".join(patch)[:PATCH_LIMIT],
    )


def _raw(line: bytes) -> _File:
    """`:100644 100644 OLD NEW M<TAB>path` or, for renames, `R090<TAB>old<TAB>new`."""
    facts, *paths = line[1:].split(b"\t")
    _, _, _, blob, status = facts.decode().split()
    names = [decode_path(unquote(path)) for path in paths]
    return _File(names[-1], names[0] if len(names) > 1 else None, STATUS.get(status[0], "modified"), blob)


def _read_hunks(files: list[_File], patch: list[str]) -> None:
    """Added and deleted lines of each file, and which lines of its new version changed."""
    current = iter(files)
    file: _File | None = None
    line_number = 0
    in_hunk = False
    for line in patch:
        if line.startswith("diff --git "):
            file, in_hunk = next(current, None), False
        elif match := HUNK.match(line):
            line_number, in_hunk = int(match[1]), True
        elif file is None or not in_hunk:
            continue
        elif line.startswith("+"):
            file.added += 1
            file.lines.add(line_number)
            line_number += 1
        elif line.startswith("-"):
            file.deleted += 1
            file.lines.add(max(1, line_number))
        elif line.startswith(" "):
            line_number += 1


def _change(file: _File, blobs: BlobReader) -> FileChange:
    return FileChange(
        path=file.path,
        old_path=file.old_path,
        status=file.status,
        added=file.added,
        deleted=file.deleted,
        symbols=_symbols(file, blobs),
    )


def _symbols(file: _File, blobs: BlobReader) -> tuple[str, ...]:
    if not file.lines or language_of(file.path) is None or file.status == "deleted":
        return ()
    found = symbols(file.path, blobs.read(file.blob) or b"")
    touched = (symbol_at(found, line) for line in sorted(file.lines))
    return tuple(dict.fromkeys(symbol.qualified for symbol in touched if symbol))
