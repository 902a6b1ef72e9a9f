"""The store of a stream: a copy of a mined one, gone at the end."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from memcoder import MemoryStore, Repository, Settings, mine, recall
from memcoder_eval.dataset import Instance
from memcoder_eval.stores import Report


def mine_all(
    repo: Repository, instances: Sequence[Instance], store: Path, settings: Settings, within: float, report: Report
) -> None:
    """Mine HEAD's history into the store, and that of each base commit beside it; quick where that was done before.

    `within` bounds the seconds of all of them together past what makes a history searchable. The code of each base
    commit is indexed too, once for all streams, which begin with copies of this store.
    """
    end = time.monotonic() + within
    reached = repo.ancestors(repo.head())
    beside = dict.fromkeys(one.question.base_commit for one in instances if one.question.base_commit not in reached)
    with MemoryStore.open(settings.model_copy(update={"store": store}), repo.key) as opened:
        for revision in ("HEAD", *beside):
            done = mine(repo, opened, revision=revision, within=max(0.0, end - time.monotonic()))
            if done.new:
                report(f"{store.name}: {done.commits} commits, {done.new} new, pending {done.pending}")
        for one in instances:
            recall(repo, opened, one.question.text, as_of=one.question.base_commit, k=1, places=1)


@contextmanager
def thrown_away(mined: Path, folder: Path) -> Iterator[Path]:
    """A copy of a mined store below the folder, gone at the end of the block, so that no stream learns from another."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="stream-", dir=folder) as name:
        copy = Path(name) / mined.name
        shutil.copytree(mined, copy, ignore=shutil.ignore_patterns("*.lock"))
        yield copy
