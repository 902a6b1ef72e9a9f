"""What the commands of `memcoder memory` share: their options, the opened store, one memory by its name, one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from memcoder.cli.common import safe_text

if TYPE_CHECKING:
    from memcoder.history.repository import Repository
    from memcoder.memory.store import MemoryStore
    from memcoder.records import Memory

repository_option = click.option(
    "--repo", "repository", default=".", type=click.Path(path_type=Path), help="The repository.", show_default=True
)
store_option = click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")


@contextmanager
def opened(repository: Path, store: Path | None) -> Iterator[tuple["Repository", "MemoryStore"]]:
    """The repository and its store."""
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.memory.store import MemoryStore

    repo = Repository.open(repository)
    settings = load_settings(None if repo.bare else repo.path, store=store)
    with MemoryStore.open(settings, repo.key) as found:
        yield repo, found


def one_of(store: "MemoryStore", name: str) -> "Memory":
    """The memory whose id begins with `name`. Raises UsageError where there is none, or more than one."""
    from memcoder.errors import UsageError

    found = store.get(name)
    ids = [] if found else store.find(name)
    if len(ids) == 1:
        found = store.get(ids[0])
    if found is None:
        reason = f"begins {len(ids)} memories' ids" if ids else "is no memory's id"
        raise UsageError(f"{name!r} {reason}", "`memcoder memory list` shows them")
    return found


def line_of(memory: "Memory") -> str:
    """One line for one memory."""
    shown = memory.id[:12] if memory.kind == "commit" else memory.id
    state = f"{memory.trust}, retired" if memory.retired else memory.trust
    return f"{shown}  {memory.kind}/{memory.change.kind}  {state}  {safe_text(memory.subject)}"
