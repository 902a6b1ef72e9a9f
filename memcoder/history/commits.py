"""Commits as git tells them, streamed from one `git log`, with the symbols that each changed."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from memcoder.errors import FaultError
from memcoder.history.blobs import BlobReader
from memcoder.history.git import output, stream
from memcoder.history.repository import Repository
from memcoder.history.symbols import language_of, symbol_at, symbols
from memcoder.records import Commit, FileChange

PATCH_LIMIT = 20_000
FILES_LIMIT = 200
"""A commit that touches more is an import or a reformat: its files are listed up to here, its symbols are not read."""
MARK = "\x1eCOMMIT\x1f"
FORMAT = f"--format={MARK}%H%x1f%P%x1f%an%x1f%ct%x1f%B%x1f"
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
    arguments = (
        "log", "--no-walk=unsorted", "--stdin", FORMAT, "--encoding=UTF-8", "--raw", "--abbrev=64", "-p", "-M", "--no-color",
        "--no-ext-diff", "--no-textconv", "--diff-merges=off", "--root", "--no-notes",
    )  # fmt: skip
    with tempfile.TemporaryFile() as listed, BlobReader(repo.path) as blobs:
        listed.write("\n".join(ids).encode() + b"\n")
        listed.seek(0)
        seen = 0
        with stream(repo.path, *arguments, stdin=listed) as lines:
            for chunk in _chunks(lines):
                yield _commit(chunk, blobs)
                seen += 1
        if seen < len(ids):
            raise FaultError(f"git told of {seen} of {len(ids)} commits", "is the clone whole? `git fsck` says")


def _chunks(stream: Iterable[bytes]) -> Iterator[list[str]]:
    """The lines of each commit."""
    chunk: list[str] = []
    for raw in stream:
        line = raw.decode("utf-8", errors="replace").rstrip("\n")
        if line.startswith(MARK) and chunk:
            yield chunk
            chunk = []
        chunk.append(line)
    if chunk:
        yield chunk


def _commit(lines: list[str], blobs: BlobReader) -> Commit:
    at = next(
        number for number, line in enumerate(lines) if line.endswith("\x1f") and (number or line.count("\x1f") > 5)
    )
    sha, parents, author, when, message = "\n".join(lines[: at + 1])[len(MARK) :].split("\x1f")[:5]
    rest = lines[at + 1 :]
    start = next((number for number, line in enumerate(rest) if line.startswith("diff --git ")), len(rest))
    files = [_raw(line) for line in rest[:start] if line.startswith(":")]
    patch = rest[start:]
    if len(files) <= FILES_LIMIT:
        _read_hunks(files, patch)
    return Commit(
        sha=sha,
        parents=tuple(parents.split()),
        author=author,
        time=int(when or 0),
        message=message.strip(),
        files=tuple(_change(file, blobs) for file in files[:FILES_LIMIT]),
        patch="\n".join(patch)[:PATCH_LIMIT],
    )


def _raw(line: str) -> _File:
    """`:100644 100644 OLD NEW M<TAB>path` or, for renames, `R90<TAB>old<TAB>new`."""
    facts, *paths = line[1:].split("\t")
    _, _, _, blob, status = facts.split()
    names = [path.strip('"') for path in paths]
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
        status=file.status,  # type: ignore[arg-type]
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
