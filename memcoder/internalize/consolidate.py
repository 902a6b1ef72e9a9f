"""Consolidation: what is due becomes a curriculum, a candidate, a judgement, and perhaps the promoted adapter.

A consolidation lies in a folder of the store named by everything that decides it, until its adapter is in the
registry. Cut off anywhere, the same command goes on there; where a memory changed meanwhile, it is another one.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from memcoder.config import home
from memcoder.errors import FaultError, UsageError
from memcoder.history.repository import Repository
from memcoder.internalize.curriculum.build import Curriculum, curriculum_of
from memcoder.internalize.curriculum.general import general_examples
from memcoder.internalize.curriculum.past import failed_attempts, history
from memcoder.internalize.due import Plan, Survey, survey
from memcoder.internalize.gate.candidate import Exam, judge_candidate
from memcoder.internalize.gate.decide import FORGETTING, Judgement
from memcoder.internalize.gate.examine import Progress, as_questions
from memcoder.internalize.gate.judge import Judge
from memcoder.internalize.gate.sources import complaints
from memcoder.internalize.probe import probe
from memcoder.internalize.training.example import Example, Training
from memcoder.internalize.training.need import require_libraries, require_memory, tokens_of
from memcoder.internalize.training.train import Report, train
from memcoder.memory.store import MemoryStore
from memcoder.memory.vanished import reachable
from memcoder.models.adapters.registry import Registry
from memcoder.models.adapters.weights import base_file, base_sha256
from memcoder.records import Adapter, Record
from memcoder.runs.store import RunStore

ABANDONED = 30 * 24 * 3600
"""Seconds after which a consolidation that was cut off is not gone on with: its memories have changed since."""
LIBRARIES = ("torch", "transformers", "peft", "memcoder-agent")

Say = Callable[[str], None]


class Wish(Record):
    """How to consolidate."""

    base: str | Path
    """`small`, `embedded`, or a path, as `base_file` has it; looked for when it is needed."""
    how: Training
    given: Path | None = None
    """A copy of a pinned base's file on this machine."""
    promote: bool = True
    """Whether an accepted candidate becomes the promoted adapter."""
    forgetting: float = FORGETTING
    max_time: float | None = None
    """Seconds, of training and gate together."""


class Outcome(Record):
    """What became of one area."""

    area: str
    adapter: Adapter
    promoted: bool


class Heard(NamedTuple):
    """Who is told how far it is; nobody, unless said."""

    report: Report | None = None
    """Of every step of a training."""
    progress: Progress | None = None
    """Of every question of the gate."""
    say: Say = lambda line: None
    """What begins now, a line each."""


class Consolidation:
    """The consolidations of one repository."""

    def __init__(self, repo: Repository, store: MemoryStore, wish: Wish, registry: Registry | None = None) -> None:
        self.repo, self.store, self.wish = repo, store, wish
        self.registry = registry or Registry.open()

    @cached_property
    def base(self) -> Path:
        """The base's file or folder. Raises as `base_file` does."""
        return base_file(str(self.wish.base), self.wish.given)

    @cached_property
    def base_sha256(self) -> str:
        """What tells the base from every other."""
        return base_sha256(self.base)

    def survey(self) -> Survey:
        """What is due, by area, from the store as it is now. The base is asked for where an adapter is promoted."""
        mine = [one for one in self.registry.all() if one.repository == self.repo.key]
        aliases = {one.area: one.alias for one in mine}
        promoted = {area: self.registry.promoted(alias) for area, alias in aliases.items()}
        standing = {area: adapter for area, adapter in promoted.items() if adapter is not None}
        return survey(list(self.store.all()), reachable(self.repo), mine, standing, lambda: self.base_sha256)

    def curriculum(self, plan: Plan) -> Curriculum:
        """What a plan teaches and asks, from the records as they are now."""
        new = [one.memory for one in plan.new]
        old = [one.memory for one in plan.old]
        return curriculum_of(new, old, history(self.store), failed_attempts(RunStore.open()), self.wish.how.seed)

    def run(self, plan: Plan, heard: Heard | None = None) -> Outcome:
        """Train and judge a plan's candidate, keep it in the registry, and promote it where the gate accepted it.

        Raises UsageError where there is nothing new or too little to judge, LimitError at `max_time` (the same call
        goes on), MissingError without the extra `train`, FaultError where the machine's memory is too small or
        another consolidation of this store is running.
        """
        from filelock import Timeout

        require_libraries()
        try:
            with self.store.lock("internalize").acquire(timeout=0):
                return self._run(plan, heard or Heard())
        except Timeout as error:
            raise FaultError("another consolidation of this store is running", "wait for it, or end it") from error

    def _run(self, plan: Plan, heard: Heard) -> Outcome:
        until = None if self.wish.max_time is None else time.monotonic() + self.wish.max_time
        curriculum = self.curriculum(plan)
        _require_enough(plan, curriculum)
        key = self._key(plan, curriculum)
        made = next((one for one in self.registry.all() if one.training.get("key") == key), None)
        if made is None:
            work = self.store.folder / "internalize" / key
            work.mkdir(parents=True, exist_ok=True)
            candidate, judgement = self._candidate(plan, curriculum, work, until, heard)
            made = self.registry.put(candidate, self._manifest(plan, curriculum, judgement, key))
            _clear(work)
        promoted = made.verdict == "accepted" and self.wish.promote
        if promoted:
            self.registry.promote(made.id)
        return Outcome(area=plan.area, adapter=made, promoted=promoted)

    def _candidate(
        self, plan: Plan, curriculum: Curriculum, work: Path, until: float | None, heard: Heard
    ) -> tuple[Path, Judgement]:
        """The trained candidate's folder, and the gate's word on it."""
        wish, base = self.wish, self.base
        parent = self.registry.get(plan.parent.id)[1] if plan.parent else None
        require_memory(base, tokens_of((*curriculum.examples, *curriculum.control), wish.how))
        known = _general(base, work, curriculum, heard.say)
        trained = {}
        for name, examples in (("candidate", curriculum.examples), ("control", curriculum.control)):
            heard.say(f"training the {name}: {len(examples)} examples, and {len(known)} of general rehearsal")
            left = None if until is None else max(0.0, until - time.monotonic())
            every = (*examples, *known)
            trained[name] = train(
                base, every, work / name, wish.how, start=parent, progress=heard.report, max_time=left
            )
        heard.say("judging the candidate")
        exam = Exam(questions=curriculum.questions, earlier=curriculum.earlier, probe=as_questions(probe()))
        judgement = judge_candidate(
            Judge(base),
            exam,
            candidate=trained["candidate"],
            control=trained["control"],
            parent=parent,
            work=work,
            base_ledger=_ledger_of(self.base_sha256),
            complaints=complaints((*curriculum.examples, *known), self._again(plan).examples),
            forgetting=wish.forgetting,
            until=until,
            progress=heard.progress,
        )
        return trained["candidate"], judgement

    def _again(self, plan: Plan) -> Curriculum:
        """The curriculum of what may be taught now: training is long, and a memory may have been edited meanwhile."""
        now = {one.memory.id: one for each in self.survey().plans for one in (*each.new, *each.old)}
        new = tuple(now[one.memory.id] for one in plan.new if one.memory.id in now)
        old = tuple(now[one.memory.id] for one in plan.old if one.memory.id in now)
        return self.curriculum(plan.model_copy(update={"new": new, "old": old}))

    def _key(self, plan: Plan, curriculum: Curriculum) -> str:
        parent = plan.parent.id if plan.parent else None
        facts = [
            [self.base_sha256, self.wish.how.model_dump(mode="json"), plan.area, parent],
            curriculum.model_dump(mode="json"),
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]

    def _manifest(self, plan: Plan, curriculum: Curriculum, judgement: Judgement, key: str) -> Adapter:
        return Adapter(
            id="",
            repository=self.repo.key,
            area=plan.area,
            base=self.base.name,
            base_sha256=self.base_sha256,
            memories=curriculum.memories,
            data_sha256=curriculum.data_sha256,
            training={**self.wish.how.model_dump(mode="json"), "examples": len(curriculum.examples), "key": key},
            versions={name: version(name) for name in LIBRARIES},
            parent=plan.parent.id if plan.parent else None,
            round=plan.parent.round + 1 if plan.parent else 1,
            scores=judgement.scores,
            verdict="accepted" if judgement.accepted else "refused",
            reasons=judgement.reasons,
            created=int(time.time()),
        )


def _general(base: Path, work: Path, curriculum: Curriculum, say: Say) -> tuple[Example, ...]:
    """The base's own answers, as often as they make up half of what is rehearsed."""
    kept = work / "general.json"
    if not kept.exists():
        say("asking the base what it would answer to general questions")
    found = general_examples(lambda: Judge(base), kept)
    others = sum(one.kind == "rehearsal" for one in curriculum.examples)
    return found * max(1, round(others / len(found))) if found else ()


def _ledger_of(base: str) -> Path:
    """What this base knows of the general probe: the same in every round, so it is asked once."""
    folder = home() / "internalize"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"base-{base[:16]}.jsonl"


def _clear(work: Path) -> None:
    """Delete the folder of a consolidation that is done, and of others that nobody went on with for a month."""
    for folder in work.parent.iterdir():
        if folder == work or time.time() - folder.stat().st_mtime > ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)


def _require_enough(plan: Plan, curriculum: Curriculum) -> None:
    where = f"area {plan.area!r}" if plan.area else "this project"
    if not plan.new:
        raise UsageError(f"nothing is new in {where}", "accept fixes first: `memcoder review`")
    if not curriculum.control:
        raise UsageError("the store holds no history to draw a control from", "run `memcoder mine` first")
    if not curriculum.questions:
        raise UsageError(f"what is new in {where} cannot be asked about", "accept more fixes, or mine more history")
