"""The root commits of a repository, remembered between processes: finding them walks the whole history.

What a commit's roots are never changes, so the cache is right as long as it says which commit it is about; one that is
damaged, or of another commit, is not used. It lies under the home, a file a repository.
"""

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

from memcoder.config import home
from memcoder.history.git import output, run

HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
FOLDER = "roots"


def root_commits(folder: Path, head: str, *, remember: bool = True) -> list[str]:
    """Ids of the root commits that `head` reaches, sorted; with `remember` from the cache, which then has them.

    Where the cache knows an ancestor of `head`, only what is new since is walked.
    """
    if not remember:
        return _walk(folder, head)
    place = home() / FOLDER / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}.json"
    cached = _load(place)
    if cached is not None and cached[0] == head:
        return cached[1]
    if cached is not None and run(folder, "merge-base", "--is-ancestor", cached[0], head).returncode == 0:
        roots = sorted({*cached[1], *_walk(folder, head, f"^{cached[0]}")})
    else:
        roots = _walk(folder, head)
    _save(place, head, roots)
    return roots


def _walk(folder: Path, *revisions: str) -> list[str]:
    return sorted(output(folder, "rev-list", "--max-parents=0", *revisions, "--").decode().split())


def _load(place: Path) -> tuple[str, list[str]] | None:
    """The commit and its roots; None where there is no cache that makes sense."""
    try:
        found = json.loads(place.read_bytes())
        head, roots = found["head"], found["roots"]
        ids = [head, *roots]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = all(isinstance(one, str) and HASH.fullmatch(one) for one in ids)
    return (head, roots) if whole and roots and isinstance(roots, list) else None


def _save(place: Path, head: str, roots: list[str]) -> None:
    """Write the cache whole or not at all; a home that cannot be written costs the next process its time."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".roots-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"head": head, "roots": roots}, file)
        os.replace(temporary, place)
    except OSError:
        return
