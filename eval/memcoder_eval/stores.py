"""Repositories by name, each with a mined store of the benchmark's own."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from memcoder import MemoryStore, MissingError, Repository, Settings, mine

Report = Callable[[str], None]


def clone_at(folder: Path, name: str) -> Path | None:
    """The clone at FOLDER/NAME or FOLDER/NAME.git, ordinary or bare; None where there is none."""
    return next((path for path in (folder / name, folder / f"{name}.git") if path.is_dir()), None)


def repository_at(folder: Path, name: str) -> Repository:
    """The clone at FOLDER/NAME or FOLDER/NAME.git, ordinary or bare; NAME may leave out `owner__`.

    Raises MissingError where there is none, or more than one.
    """
    exact = [path for path in (folder / name, folder / f"{name}.git") if path.is_dir()]
    found = exact or [path for end in ("", ".git") for path in sorted(folder.glob(f"*__{name}{end}")) if path.is_dir()]
    if len(found) != 1:
        raise MissingError(f"{folder} has {len(found)} clones for {name}", f"clone it to {folder / name}.git")
    return Repository.open(found[0])


@contextmanager
def mined(
    folder: Path, name: str, stores: Path, settings: Settings, report: Report, *, vectors: bool = True
) -> Iterator[tuple[Repository, MemoryStore]]:
    """A repository and its store STORES/NAME, mined up to the clone's HEAD; quick where that was done before."""
    repo = repository_at(folder, name)
    with MemoryStore.open(settings.model_copy(update={"store": stores / name}), repo.key) as store:
        report(f"{name}: mining")
        done = mine(repo, store, say=report, within=math.inf if vectors else 0.0)
        report(f"{name}: {done.commits} commits, {done.new} new, pending {done.pending}")
        yield repo, store
