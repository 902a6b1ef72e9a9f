"""What a person or a program points at, found in a commit's tree: a file, lines of it, or a function by name.

Names are looked up among git's own objects, never on the disk, so no name leads out of the repository.
"""

import os
import re
import time
from dataclasses import dataclass

from memcoder.errors import LimitError, UsageError
from memcoder.history.blobs import BlobReader
from memcoder.history.git import bounded, decode_path, encode_path, run
from memcoder.history.repository import REGULAR, Repository
from memcoder.history.symbols import Symbol, language_of, symbols
from memcoder.records import Place
from memcoder.wording import listed

LINES = re.compile(r"(?P<path>.+):(?P<start>\d{1,9})(?:-(?P<end>\d{1,9}))?", re.DOTALL)
NAME = re.compile(r"[^\s/]+")
NAME_LIMIT = 4096
"""Characters of a place; no path and no name is longer."""
SEARCH_SECONDS = 20.0
SHOWN = 10
"""Candidates that a message lists."""
GREP_LIMIT = 16 << 20


@dataclass(frozen=True)
class Entry:
    """A path in a commit's tree."""

    mode: bytes
    kind: str
    """`blob`, `tree` or `commit` (a submodule)."""
    id: str


def find_place(repo: Repository, commit: str, text: str) -> Place:
    """The place that `PATH`, `PATH:LINE`, `PATH:FIRST-LAST` or a function's or class's name stands for, as of a commit.

    Lines count from 1; a whole file has start and end 0. Raises UsageError for what is not there or not text, and for
    a name that several definitions have, with all of them; LimitError where a name is in too many files.
    """
    if not text.strip() or "\0" in text or len(text) > NAME_LIMIT:
        raise UsageError("that is no place", "give PATH, PATH:LINE, PATH:FIRST-LAST or the name of a function")
    named = _relative(repo, text)
    entry = entry_at(repo, commit, named)
    if entry is not None and entry.kind != "tree":
        _require_file(repo, named, entry)
        return Place(path=named)
    if (match := LINES.fullmatch(named)) and (holder := entry_at(repo, commit, match["path"])) is not None:
        _require_file(repo, match["path"], holder)
        start = int(match["start"])
        return _lines(repo, commit, match["path"], start, int(match["end"] or start))
    # A folder may have a function's name, and nobody asks about a folder.
    found = [] if match or not NAME.fullmatch(named) else find_symbol(repo, commit, named)
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(named, found)
    if entry is not None:
        _require_file(repo, named, entry)
    raise _absent(repo, commit, match["path"] if match else named, "/" in named or match is not None)


def find_symbol(repo: Repository, commit: str, name: str) -> list[Place]:
    """Every definition whose qualified name is `name` or ends with it, by path and line."""
    parts = [word for word in re.split(r"[.#:]+", name) if word]
    if not parts:
        return []
    ended = time.monotonic() + SEARCH_SECONDS
    dotted = ".".join(parts)
    found = []
    with BlobReader(repo.path) as blobs:
        for path, blob in _files_with(repo, commit, parts):
            if time.monotonic() > ended:
                raise LimitError(f"{name!r} stands in too many files to look at all of them", "give PATH:LINE")
            source = blobs.read(blob) or b""
            if not _may_define(path, source, parts[-1]):
                continue
            for symbol in symbols(path, source):
                if _is_called(symbol, dotted):
                    found.append(Place(path=path, symbol=symbol.qualified, start=symbol.start, end=symbol.end))
    return found


def entry_at(repo: Repository, commit: str, path: str) -> Entry | None:
    """What a path is in a commit's tree; None where it is nothing there."""
    try:
        raw = os.fsdecode(encode_path(path))
    except UnicodeEncodeError:
        return None
    listed = run(repo.path, "ls-tree", "-z", "--full-tree", commit, "--", raw)
    if listed.returncode != 0:
        return None
    for line in filter(None, listed.stdout.split(b"\0")):
        facts, _, name = line.partition(b"\t")
        mode, kind, blob = facts.split()
        if name == encode_path(path):
            return Entry(mode, kind.decode(), blob.decode())
    return None


def line_count(data: bytes) -> int:
    """Lines as git counts them; a last line without a line feed is one."""
    return data.count(b"\n") + (not data.endswith(b"\n") and data != b"")


def is_binary(data: bytes) -> bool:
    """git's own rule: a NUL among the first 8,000 bytes."""
    return b"\0" in data[:8000]


def _relative(repo: Repository, text: str) -> str:
    """The path as git has it: from the repository's root, without `./`; an editor's absolute path is cut to that."""
    root = f"{repo.path}/"
    named = text.removeprefix(root) if text.startswith(root) else text
    while named.startswith("./"):
        named = named[2:]
    return named.rstrip("/") or "."


def _require_file(repo: Repository, path: str, entry: Entry) -> None:
    if entry.kind == "commit":
        raise UsageError(f"{path} is a submodule", "its past is in its own repository: ask there")
    if entry.kind == "tree":
        raise UsageError(f"{path} is a folder", "give a file in it")
    if entry.mode not in REGULAR:
        target = run(repo.path, "cat-file", "blob", entry.id).stdout[:NAME_LIMIT]
        raise UsageError(f"{path} is a symbolic link to {decode_path(target)}", "ask about the file that it leads to")


def _lines(repo: Repository, commit: str, path: str, start: int, end: int) -> Place:
    data = repo.read(commit, path) or b""
    if is_binary(data):
        raise UsageError(f"{path} is binary and has no lines", f"ask about the whole file: {path}")
    count = line_count(data)
    if not 1 <= start <= end <= count:
        asked = str(start) if start == end else f"{start}-{end}"
        raise UsageError(f"{path} has {count} lines, not {asked}", "lines count from 1, the first before the last")
    return Place(path=path, start=start, end=end)


def _may_define(path: str, source: bytes, name: str) -> bool:
    """Whether a file is worth parsing: in Python a definition has its keyword before it, and most files only call."""
    if not path.endswith((".py", ".pyi")):
        return True
    return re.search(rb"\b(?:def|class)\s+" + re.escape(name.encode()), source) is not None


def _files_with(repo: Repository, commit: str, words: list[str]) -> list[tuple[str, str]]:
    """Source files that hold every word of a name, each with its blob."""
    wanted = [part for word in words for part in ("-e", word)]
    arguments = ("grep", "-l", "-z", "-F", "-w", "-I", "--full-name", "--all-match", *wanted, commit)
    try:
        listed, _ = bounded(repo.path, *arguments, seconds=SEARCH_SECONDS, most=GREP_LIMIT, codes=(0, 1))
    except UnicodeEncodeError:
        return []
    tree = repo.tree(commit)
    paths = [decode_path(line.partition(b":")[2]) for line in listed.split(b"\0") if line]
    return [(path, tree[path]) for path in paths if path in tree and language_of(path)]


def _is_called(symbol: Symbol, dotted: str) -> bool:
    return symbol.name == dotted or f".{symbol.qualified}".endswith(f".{dotted}")


def _ambiguous(name: str, found: list[Place]) -> UsageError:
    places = listed([f"{place.path}:{place.start}-{place.end}" for place in found], SHOWN)
    return UsageError(f"{name!r} is defined {len(found)} times", f"give one of {places}")


def _absent(repo: Repository, commit: str, path: str, is_path: bool) -> UsageError:
    """What to say of a path or name that is not in the tree: where it went, when, or what may have been meant."""
    short = commit[:10]
    if (gone := last_seen(repo, commit, path)) is not None:
        last, by, now_at = gone
        went = f"renamed to {now_at}" if now_at else "deleted"
        hint = f"ask about {now_at}, or about it" if now_at else "ask about it"
        return UsageError(f"{path} was {went} in {by[:10]}", f"{hint} with --as-of {last[:10]}, the last that had it")
    alike = [other for other in repo.files(commit) if other.endswith(f"/{path}")][:SHOWN]
    hint = f"did you mean {', '.join(alike)}?" if alike else "paths count from the repository's root"
    return UsageError(f"{path!r} is no file{'' if is_path else ', function or class'} as of {short}", hint)


def last_seen(repo: Repository, commit: str, path: str) -> tuple[str, str, str | None] | None:
    """Of a path that is gone: the last commit that had it, the one that took it away, and its name since then."""
    try:
        raw = os.fsdecode(encode_path(path))
    except UnicodeEncodeError:
        return None
    listed = run(repo.path, "log", "-1", "--format=%H %P", "--diff-filter=D", "--no-renames", commit, "--", raw)
    ids = listed.stdout.decode().split("\n")[0].split()
    if listed.returncode != 0 or len(ids) < 2:
        return None
    by, last = ids[:2]
    arguments = ("diff-tree", "-r", "-z", "-M", "--diff-filter=R", "--name-status", last, by)
    told, whole = bounded(repo.path, *arguments, seconds=SEARCH_SECONDS, most=GREP_LIMIT)
    fields = told.split(b"\0")
    pairs = zip(fields[1::3], fields[2::3], strict=False) if whole else ()
    renamed = next((decode_path(new) for old, new in pairs if decode_path(old) == path), None)
    return last, by, renamed
