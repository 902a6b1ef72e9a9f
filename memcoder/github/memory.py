"""Memories that git cannot give back, on a branch of their own: signed JSON lines, in one file.

The branch is read and written through the API. Lines that are there stay as they are, whoever wrote them; a merge adds
one. What is not signed with the repository's own key is quarantined when it is read, and that is said.
"""

import json
import os
from collections.abc import Callable
from typing import Any

from memcoder import FaultError, MemoryStore, UsageError, export_lines, import_lines
from memcoder.github.api import Api, ApiError
from memcoder.github.options import Options

KEY = "MEMCODER_MEMORY_KEY"
FILE = "memories.jsonl"
KINDS = frozenset({"fix", "lesson", "guardrail", "skill"})
"""What is kept there; everything else is made again from git."""
TRIES = 4


def take(store: MemoryStore, api: Api, options: Options) -> tuple[str, ...]:
    """Bring the branch's memories into the store; what is to be said of it."""
    if not os.environ.get(KEY):
        return (f"`{KEY}` is not set, so fixes of earlier pull requests were not recalled",)
    lines = _read(api, options.memory_branch).splitlines()
    if not lines:
        return ()
    try:
        done = import_lines(store, lines)
    except UsageError as error:
        return (f"the branch `{options.memory_branch}` is not as memcoder writes it, and nothing of it was used: "
                f"{error.message.partition(':')[0]}",)  # fmt: skip
    if not done.quarantined:
        return ()
    return (f"{done.quarantined} memories of `{options.memory_branch}` are not signed with this repository's key: "
            "they are in quarantine and were shown to no model",)  # fmt: skip


def grow(store: MemoryStore, api: Api, options: Options, memory_id: str) -> bool:
    """Add a record of the store to the branch; whether it was not there yet. Raises FaultError where others keep
    writing it."""
    if not os.environ.get(KEY):
        raise UsageError(f"`{KEY}` is not set, so nothing can be remembered", "add a long random secret of that name")
    header, *records = export_lines(store)
    line = next(line for line in records if json.loads(line)["memory"]["id"] == memory_id)
    if json.loads(line)["memory"]["kind"] not in KINDS:
        raise UsageError(f"{memory_id} is not of a kind that is kept on a branch", "git gives it back")
    return _retry(lambda: _add(api, options.memory_branch, header, line))


def _add(api: Api, branch: str, header: str, line: str) -> bool:
    """One try: the file with the line at its end, as a commit on what the branch is now."""
    tip = _tip(api, branch)
    kept = _read(api, tip).splitlines() if tip else []
    if line in kept:
        return False
    text = "\n".join([*(kept or [header]), line]) + "\n"
    others = {"base_tree": api.get(f"git/commits/{tip}")["tree"]["sha"]} if tip else {}
    entry = {"path": FILE, "mode": "100644", "type": "blob", "content": text}
    tree = api.post("git/trees", {"tree": [entry], **others})["sha"]
    message = "What merged pull requests have taught"
    made = api.post("git/commits", {"message": message, "tree": tree, "parents": [tip] if tip else []})["sha"]
    if tip:
        api.patch(f"git/refs/heads/{branch}", {"sha": made, "force": False})
    else:
        api.post("git/refs", {"ref": f"refs/heads/{branch}", "sha": made})
    return True


def _retry(add: Callable[[], bool]) -> bool:
    for _ in range(TRIES):
        try:
            return add()
        except ApiError as error:
            if error.status not in (409, 422):
                raise
            last = error
    raise FaultError(f"the memory branch cannot be written: {last.message}", "run it again")


def _tip(api: Api, branch: str) -> str:
    found: Any = api.find(f"git/ref/heads/{branch}")
    return str(found["object"]["sha"]) if found else ""


def _read(api: Api, ref: str) -> str:
    """The file as of a branch or commit; empty where there is none."""
    try:
        return api.text(f"contents/{FILE}", "raw+json", ref=ref)
    except ApiError as error:
        if error.status != 404:
            raise
        return ""
