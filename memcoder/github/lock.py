"""One run an issue at a time: a ref that only one can make, `refs/memcoder/locks/issue-N`.

It names a commit of no branch, whose message says whose it is and whose time says since when. Making a ref that is
there already fails (422), and a ref of a run that died is taken over by moving it forward, which fails too where
another one was quicker: both are decided by GitHub alone.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from memcoder.github.api import Api, ApiError
from memcoder.github.event import Trigger
from memcoder.github.options import Options
from memcoder.github.permission import RefusedError, seconds

HOLDER = re.compile(r"^memcoder run (\S+) attempt (\d+)$", re.MULTILINE)


@contextmanager
def locked(api: Api, trigger: Trigger, options: Options, number: int, tree: str) -> Iterator[None]:
    """Hold the lock of an issue; `tree` is any tree that GitHub has. Raises RefusedError where another run holds it."""
    name = f"memcoder/locks/issue-{number}"
    holder = f"{trigger.run or f'local-{time.time_ns()}'} attempt {trigger.attempt}"
    mine = _take(api, name, f"memcoder run {holder}", tree, trigger, options)
    try:
        yield
    finally:
        found = api.find(f"git/ref/{name}")
        if found is not None and found["object"]["sha"] == mine:
            api.delete(f"git/refs/{name}")


def _take(api: Api, name: str, message: str, tree: str, trigger: Trigger, options: Options) -> str:
    """The commit that the ref names once it is ours."""
    commit = _commit(api, message, tree, [])
    try:
        api.post("git/refs", {"ref": f"refs/{name}", "sha": commit})
        return commit
    except ApiError as error:
        if error.status != 422:
            raise
    found = api.find(f"git/ref/{name}")
    there = found["object"]["sha"] if found else ""
    if there == commit:  # our own first try, whose answer was lost
        return commit
    if not there or not _dead(api, there, trigger, options):
        raise RefusedError("another run is at work on this issue", "wait for its answer", to_actor=True)
    commit = _commit(api, message, tree, [there])
    try:
        api.patch(f"git/refs/{name}", {"sha": commit, "force": False})
    except ApiError as error:
        if error.status != 422:
            raise
        raise RefusedError("another run is at work on this issue", "wait for its answer", to_actor=True) from error
    return commit


def _commit(api: Api, message: str, tree: str, parents: list[str]) -> str:
    return str(api.post("git/commits", {"message": message, "tree": tree, "parents": parents})["sha"])


def _dead(api: Api, commit: str, trigger: Trigger, options: Options) -> bool:
    """Whether the run that holds the lock has surely ended: an earlier attempt of this one, or a very old one."""
    found = api.get(f"git/commits/{commit}")
    holder = HOLDER.search(str(found["message"]))
    if holder and holder[1] == trigger.run and int(holder[2]) < trigger.attempt:
        return True
    return time.time() - seconds(str(found["committer"]["date"])) > 60.0 * options.lock_minutes
