"""Which symbols a commit changed, by qualified name: the later, dearer look at a history that is already searchable.

One `git log -U0` tells which lines of which blobs changed; each such blob is parsed once, by worker processes that read
blobs themselves, so that only ids, line numbers and names pass between processes.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from memcoder.errors import FaultError
from memcoder.history.blobs import BlobReader
from memcoder.history.commits import Raw, Status, log_records, pair_chunks, split_record
from memcoder.history.noise import FILES_LIMIT, LINES_LIMIT, is_noise_path
from memcoder.history.repository import Repository
from memcoder.history.symbols import language_of, symbols, symbols_at

Ranges = tuple[tuple[int, int], ...]
"""First and last line, inclusive, from 1, ascending."""
FileSymbols = tuple[tuple[str, tuple[str, ...]], ...]
HUNK = re.compile(rb"\n@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
BATCH = 32
"""Commits that one worker is handed at a time."""
AHEAD = 4
"""Batches a process that wait or are worked on, so that none is idle and memory stays bounded."""
KNOWN_LIMIT = 100_000
"""Answers that are remembered; more than all batches under way can ask for."""
SMALL = 64
"""So few commits are not worth the start of a process."""


class Touched(NamedTuple):
    """A file of a commit with the lines that it changed."""

    path: str
    status: Status
    blob: str
    """Id of the new version; zeros where the file was deleted."""
    old_path: str | None
    """Where the file was before a rename."""
    old_blob: str
    """Id of the version before; zeros where the file is new."""
    lines: Ranges
    """Lines of the new version that are new or differ."""
    old_lines: Ranges
    """Lines of the old version that were deleted with nothing put in their place."""


class Job(NamedTuple):
    """A blob and the lines whose symbols are asked for; equal jobs have equal answers."""

    ending: str
    blob: str
    lines: Ranges


def read_touched(repo: Repository, wanted: Iterable[str]) -> Iterator[tuple[str, tuple[Touched, ...]]]:
    """Each wanted commit with its regular files and their changed lines; merges have none.

    A file of noise, and every file of a commit of more than FILES_LIMIT, is left out.
    """
    for record in log_records(repo, wanted, 0):
        fields, files, chunks = split_record(record)
        pairs = pair_chunks(files, chunks) if len(files) <= FILES_LIMIT else ()
        yield fields[0].decode(), tuple(_touched(file, hunks) for file, hunks in pairs if _counts(file))


def touched_symbols(path: str, source: bytes, lines: Iterable[int]) -> tuple[str, ...]:
    """Qualified names of the innermost symbols that hold the lines, in order, each once; blank lines are nobody's."""
    text = source.split(b"\n")
    filled = (line for line in lines if 0 < line <= len(text) and text[line - 1].strip())
    return tuple(dict.fromkeys(symbol.qualified for symbol in symbols_at(symbols(path, source), filled)))


def qualified(repo: Repository, wanted: Iterable[str], processes: int = 2) -> Iterator[tuple[str, FileSymbols]]:
    """Each wanted commit, in order, with the qualified names that it changed, file by file.

    Files in languages without a grammar, deleted files and noise are left out, and so is a file of which a clone
    lacks the blob. What is deleted with nothing put in its place is named as it was called before. Equal questions
    (the same lines of the same blob) are answered once. Raises FaultError where git or a worker dies.
    """
    from concurrent.futures.process import BrokenProcessPool

    ids = list(wanted)
    with ExitStack() as stack:
        pool: Executor | None = None
        if processes > 1 and len(ids) > SMALL:
            pool = stack.enter_context(_pool(repo, processes))
        else:
            answer = _Answers(repo.path, stack)
        waiting: deque[_Batch] = deque()
        known: dict[Job, tuple[str, ...]] = {}
        asked: set[Job] = set()
        commits = read_touched(repo, ids)
        try:
            while True:
                batch = list(islice(commits, BATCH))
                if batch:
                    jobs = _jobs(batch, known, asked)
                    given = pool.submit(_work, jobs) if pool else _done([answer(job) for job in jobs])
                    waiting.append(_Batch(batch, jobs, given))
                if len(waiting) >= (AHEAD * processes if batch and pool else 1):
                    yield from _answered(waiting.popleft(), known, asked)
                elif not batch:
                    return
        except BrokenProcessPool as error:
            hint = "run it again, it goes on where it was; if it is memory that lacks, with fewer processes"
            raise FaultError("a process that parses source files died", hint) from error


@dataclass
class _Batch:
    commits: list[tuple[str, tuple[Touched, ...]]]
    jobs: list[Job]
    given: "Future[list[tuple[str, ...]]]"


def _answered(batch: _Batch, known: dict[Job, tuple[str, ...]], asked: set[Job]) -> Iterator[tuple[str, FileSymbols]]:
    known.update(zip(batch.jobs, batch.given.result(), strict=True))
    asked.difference_update(batch.jobs)
    for sha, files in batch.commits:
        found = []
        for file in files:
            names = dict.fromkeys(name for job in _questions(file) for name in known[job])
            if names:
                found.append((file.path, tuple(names)))
        yield sha, tuple(found)
    if len(known) > KNOWN_LIMIT:
        for job in list(islice(known, len(known) - KNOWN_LIMIT // 2)):
            del known[job]


def _jobs(
    batch: list[tuple[str, tuple[Touched, ...]]], known: dict[Job, tuple[str, ...]], asked: set[Job]
) -> list[Job]:
    """What is asked for the first time; a batch under way, which ends before, answers the rest."""
    jobs: list[Job] = []
    for _, files in batch:
        for file in files:
            for job in _questions(file):
                if job in known:
                    known[job] = known.pop(job)  # young again: this batch will look it up
                elif job not in asked:
                    asked.add(job)
                    jobs.append(job)
    return jobs


def _questions(file: Touched) -> Iterator[Job]:
    if language_of(file.path) is None or file.status == "deleted":
        return
    ending = file.path[file.path.rfind(".") :].lower()
    if file.lines:
        yield Job(ending, file.blob, file.lines)
    if file.old_lines and file.old_blob.strip("0"):
        yield Job(ending, file.old_blob, file.old_lines)


def _counts(file: Raw) -> bool:
    return file.regular and not is_noise_path(file.path)


def _touched(file: Raw, hunks: bytes) -> Touched:
    new: list[tuple[int, int]] = []
    gone: list[tuple[int, int]] = []
    changed = 0
    for old, old_count, start, count in HUNK.findall(hunks):
        deleted, added = int(old_count or 1), int(count or 1)
        if added:
            new.append((int(start), int(start) + added - 1))
        else:
            gone.append((int(old), int(old) + deleted - 1))
        changed += added + deleted
    if changed > LINES_LIMIT:
        new, gone = [], []
    return Touched(file.path, file.status, file.blob, file.old_path, file.old_blob, tuple(new), tuple(gone))


class _Answers:
    """Answers jobs from one git child, which reads the blobs."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._blobs = stack.enter_context(BlobReader(folder))

    def __call__(self, job: Job) -> tuple[str, ...]:
        source = self._blobs.read(job.blob)
        lines = (line for first, last in job.lines for line in range(first, last + 1))
        return touched_symbols(f"x{job.ending}", source, lines) if source else ()


_worker: _Answers | None = None
"""Of a worker process: set once when it starts."""


def _pool(repo: Repository, processes: int) -> ProcessPoolExecutor:
    # Not forked: the caller may hold threads and database connections, which do not live through a fork.
    return ProcessPoolExecutor(processes, get_context("spawn"), initializer=_start, initargs=(repo.path,))


def _start(folder: Path) -> None:
    import signal
    from threading import Thread

    global _worker
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and ends its workers
    _worker = _Answers(folder, ExitStack())


def _end_with_parent() -> None:
    """A parent that was killed ends no worker, and a worker that waits for its next job does not notice."""
    import os
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(jobs: list[Job]) -> list[tuple[str, ...]]:
    assert _worker is not None  # noqa: S101 - the pool's initializer made it
    return [_worker(job) for job in jobs]


def _done(answers: list[tuple[str, ...]]) -> "Future[list[tuple[str, ...]]]":
    future: Future[list[tuple[str, ...]]] = Future()
    future.set_result(answers)
    return future
