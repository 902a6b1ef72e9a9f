"""One stream: the tasks of a repository, one after the other, under one policy.

Each task's row is kept as it ends, in a folder of the stream's own. A stream that was cut off is put together again
from these rows: what its policy wrote back is written back again, in the same order, into a fresh copy of the store.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memcoder import MemoryStore, Repository, Settings
from memcoder_eval.batch.faults import ended_row
from memcoder_eval.batch.logs import unit_log
from memcoder_eval.batch.run import latest
from memcoder_eval.batch.units import Unit
from memcoder_eval.dataset import Instance
from memcoder_eval.results import Results
from memcoder_eval.stream.localise import localise
from memcoder_eval.stream.order import created
from memcoder_eval.stream.policies import OFF, to_keep, write_back
from memcoder_eval.stream.stores import thrown_away

Row = dict[str, Any]
Solve = Callable[[Unit, Instance, Path | None], Row]
"""Solves a task with the store in a folder (None: without memory); the unit has policy and seed. Its row has `patch`,
`verdict`, `resolved`, `tokens`, `cost`, `seconds`. Raises what a batch's work may raise."""


@dataclass(frozen=True)
class Chain:
    """The work of a batch whose units are streams: the arm is a policy, the instance a repository."""

    tasks: Mapping[str, tuple[Instance, ...]]
    """Repository (`owner__name`) → its tasks in the order of time."""
    clones: Mapping[str, Path]
    mined: Path
    """Folder of mined stores; they are copied, never written to."""
    out: Path
    settings: Settings
    solve: Solve | None = None
    """None: tasks are only localised."""

    def __call__(self, unit: Unit) -> Row:
        """Bring a stream to its end; how many tasks it has. Raises what ended a task, and goes on there next time."""
        results = Results(self.out / "streams" / unit.key, {"seed": unit.seed})
        repo = Repository.open(self.clones[unit.instance])
        tasks = self.tasks[unit.instance]
        with thrown_away(self.mined / unit.instance, self.out / "stores") as store:
            for row in self._rows(unit, tasks, repo, store, latest(results.rows())):
                results.add(row)
        return {"tasks": len(tasks)}

    def _rows(
        self, unit: Unit, tasks: Sequence[Instance], repo: Repository, store: Path, done: Mapping[str, Row]
    ) -> Iterator[Row]:
        report = unit_log(self.out, unit)
        for place, task in enumerate(tasks, start=1):
            own = Unit.of(unit.arm, task.id, unit.seed)
            row = done.get(own.key)
            if row is None:
                row = own.head | {"repo": unit.instance, "place": place} | self._row(own, task, repo, store)
                yield row
                report(f"{place} of {len(tasks)}, {task.id}: ranks {row['ranks']}, fixes shown {row['fixes']}")
            self._keep(unit.arm, task, repo, store, row)

    def _row(self, own: Unit, task: Instance, repo: Repository, store: Path) -> Row:
        found = localise(repo, store, task, own.arm, self.settings)
        if self.solve is None:
            return {"state": "ended", **found}
        return ended_row(self.solve(own, task, None if own.arm == OFF else store)) | found

    def _keep(self, policy: str, task: Instance, repo: Repository, store: Path, row: Row) -> None:
        if not (diff := to_keep(policy, task, row)):
            return
        with MemoryStore.open(self.settings.model_copy(update={"store": store}), repo.key) as opened:
            write_back(opened, repo, task, diff, policy, created(task), str(row.get("patch") or ""))
