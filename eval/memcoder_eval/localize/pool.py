"""Jobs in processes of their own, one a repository, so that the memory of each can be told; one writer, the parent."""

import multiprocessing
import signal
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from memcoder import FaultError, MemcoderError
from memcoder_eval.localize.work import Job, Say, rows


def run_jobs(jobs: Sequence[Job], workers: int, say: Say) -> Generator[dict[str, Any], None, None]:
    """The rows of all jobs as they come, so many processes at once; the error of one ends all."""
    waiting = list(jobs)
    running: dict[Connection, tuple[Job, BaseProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                job = waiting.pop(0)
                connection, process = _start(job)
                running[connection] = (job, process)
            for ready in wait(list(running)):
                yield from _receive(ready, running, say)  # type: ignore[arg-type]
    finally:
        for _, process in running.values():
            process.terminate()
        for _, process in running.values():
            process.join()


def _start(job: Job) -> tuple[Connection, BaseProcess]:
    # A fresh interpreter: a fork would share locks and memory with what the parent already holds.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, job))
    process.start()
    theirs.close()
    return ours, process


def _receive(
    ready: Connection, running: dict[Connection, tuple[Job, BaseProcess]], say: Say
) -> Iterator[dict[str, Any]]:
    job, process = running[ready]
    try:
        kind, value = ready.recv()
    except EOFError:
        process.join()
        del running[ready]
        if process.exitcode:
            hint = "run the same command again to go on; with fewer --workers if memory ran out"
            raise FaultError(f"{job.repo}: the process ended with exit code {process.exitcode}", hint) from None
        return
    if kind == "error":
        raise value
    if kind == "say":
        say(value)
    else:
        yield value


def _work(pipe: Connection, job: Job) -> None:
    """The child: it ends by itself when the parent is gone, because then the pipe is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent tells when to stop
    try:
        for row in rows(job, lambda line: pipe.send(("say", line))):
            pipe.send(("row", row))
    except BrokenPipeError:
        return
    except MemcoderError as error:
        pipe.send(("error", error))
    except Exception as error:
        pipe.send(
            (
                "error",
                FaultError(
                    f"{job.repo}: {type(error).__name__}: {str(error)[:500]}",
                    "repeat the command: what was done is kept",
                ),
            )
        )
        raise
