"""What the arms remember, made ahead: stores by repository and arm, and each instance's first recall in each arm.

A store holds ancestors of the base commits asked for and nothing else of a clone. What stands in the folder is
not made again, so that a benchmark that was cut off goes on.
"""

import json
import math
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from memcoder import (
    PARAMETERS,
    DistillLog,
    FaultError,
    LanguageModel,
    Memory,
    MissingError,
    Recall,
    RecalledMemory,
    Repository,
    Settings,
    UsageError,
    conventions,
    conventions_for,
    distil_shown,
    learn_weights,
    mine,
    open_model,
)
from memcoder_eval.arms import check_arms
from memcoder_eval.dataset import Instance
from memcoder_eval.solving.arms import ARMS, CUSTOMS, DISTILLED, STORED
from memcoder_eval.solving.places import told_places
from memcoder_eval.solving.remember import PLACES, Asked, Prepared, open_store
from memcoder_eval.solving.sight import guard_of, issue_of, source_of
from memcoder_eval.stores import Report

CUSTOM_FILES, CUSTOMS_TOLD = 3, 8
"""Files whose customs a recall tells, and how many of them, as in memcoder's own."""


def prepare_memory(
    instances: Sequence[Instance],
    arms: Sequence[str],
    clones: Path,
    folder: Path,
    settings: Settings,
    report: Report,
    *,
    model: LanguageModel | None = None,
    within: float = math.inf,
) -> None:
    """Make what is missing in `folder` of the memory of all instances in all arms.

    `model`, or else the settings' own, distils what the arms that need it show, within so many seconds. Instances whose
    clone or base commit is missing are told and left out. Raises UsageError for an unknown arm, and where another
    process is at work on the folder, and the model's faults.
    """
    check_arms(arms, ARMS)
    ends = time.monotonic() + within
    with _alone(folder):
        lacking = [one for one in instances if any(_kept(folder, arm, one, settings) is None for arm in arms)]
        for name in dict.fromkeys(one.question.repo for one in lacking):
            found = list(_found([one for one in lacking if one.question.repo == name], clones, report))
            if found:
                source = source_of(found[0], clones)
                _Maker(found, arms, source, folder, settings, report, model, ends).make()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Of two processes one would find the other distilling, and keep answers with raw memories in them."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "lock", blocking=False):
            yield
    except Timeout as error:
        raise UsageError(f"another process prepares the memory in {folder}", "wait for it, or end it") from error


def memory_of(instance: Instance, arm: str, folder: Path, settings: Settings, source: Repository) -> Prepared | None:
    """What the agent of an arm remembers; None where it was not prepared. `source` has the base commit."""
    found = _kept(folder, arm, instance, settings)
    if found is None:
        return None
    return Prepared(found, _customs(folder, arm, instance), _asked(instance, arm, folder, settings, source))


def customs_at_base(instance: Instance, folder: Path) -> tuple[Memory, ...]:
    """What the project does by custom as of the base commit, whichever arm knows it."""
    text = _customs_file(folder, instance).read_text(encoding="utf-8")
    return tuple(Memory.model_validate(one) for one in json.loads(text))


def distilling_of(instances: Sequence[Instance], folder: Path, settings: Settings, clones: Path) -> dict[str, Any]:
    """What was spent on distilling for the arms that show it, which no row has: memories asked about, tokens, seconds.

    Raises MissingError where a clone is missing.
    """
    entries = []
    for one in {instance.question.repo: instance for instance in instances}.values():
        if (stores_of(folder, one) / "structured").is_dir():
            with open_store(stores_of(folder, one), "structured", settings, source_of(one, clones)) as store:
                entries += list(DistillLog(store).entries())
    return {
        "asked": len(entries),
        "distilled": sum(entry.distilled for entry in entries),
        "tokens": sum(entry.tokens_in + entry.tokens_out for entry in entries),
        "seconds": round(sum(entry.seconds for entry in entries), 1),
    }


def _found(instances: Iterable[Instance], clones: Path, report: Report) -> Iterator[Instance]:
    """The instances whose base commit is there; of the others it is told why not."""
    for one in instances:
        try:
            source_of(one, clones)
        except MissingError as error:
            report(f"{one.id}: {error.message}")
        else:
            yield one


@dataclass
class _Maker:
    """One repository's memory at work."""

    instances: Sequence[Instance]
    arms: Sequence[str]
    repo: Repository
    folder: Path
    settings: Settings
    report: Report
    model: LanguageModel | None
    ends: float
    """When distilling stops."""

    @property
    def stores(self) -> Path:
        return stores_of(self.folder, self.instances[0])

    def make(self) -> None:
        """The stores, then what they say of each instance."""
        wanted = {STORED[arm] for arm in self.arms}
        if wanted & {"raw", "structured"}:
            self._mine("raw")
        if "structured" in wanted:
            self._copy()
            self._distil_first()
        for instance in self.instances:
            self._count_customs(instance, "raw" if wanted & {"raw", "structured"} else "none")
            for arm in self.arms:
                self._ask(instance, arm)
        if "structured" in wanted:
            self._mine("structured")

    def _bases(self) -> list[str]:
        """The base commits that no other one has among its ancestors: with them all are mined."""
        bases = list(dict.fromkeys(one.question.base_commit for one in self.instances))
        below: set[str] = set()
        for base in bases:
            below |= self.repo.ancestors(base) - {base}
        return [base for base in bases if base not in below]

    def _mine(self, name: str) -> None:
        """Mine the base commits' ancestors, and learn of them what rankers weigh."""
        with open_store(self.stores, name, self.settings, self.repo) as store:
            for base in self._bases():
                done = mine(self.repo, store, revision=base, say=self.report)
                self.report(f"{self.instances[0].question.repo}: {done.commits} commits, {done.new} new in {name}")
            for instance in self.instances:
                learn_weights(self.repo, store, instance.question.base_commit)

    def _copy(self) -> None:
        """The structured store begins as the raw one."""
        target = self.stores / "structured"
        if target.is_dir():
            self._mine("structured")
            return
        draft = self.stores / "structured.partial"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(self.stores / "raw", draft)
        draft.rename(target)

    def _distil_first(self) -> None:
        """Distil what the arms would show of the raw commits, so that its words are searched when they are asked."""
        arms = [arm for arm in self.arms if arm in DISTILLED]
        shown = [item for one in self.instances for arm in arms for item in self._recall(one, arm).memories]
        self._distilled(tuple({item.memory.id: item for item in shown}.values()))
        self._mine("structured")

    def _distilled(self, shown: tuple[RecalledMemory, ...]) -> tuple[RecalledMemory, ...]:
        """What is about to be shown, with what the model makes of those that are raw; in the same order."""
        raw = sum(item.memory.kind == "commit" and not item.memory.distilled for item in shown)
        if not raw:
            return shown
        with (
            _opened(self.model, self.settings, self.report) as model,
            open_store(self.stores, "structured", self.settings, self.repo) as store,
        ):
            done = distil_shown(store, model, shown, self.ends - time.monotonic())[0]
        left = sum(item.memory.kind == "commit" and not item.memory.distilled for item in done)
        self.report(f"{raw - left} of {raw} raw memories distilled")
        return done

    def _recall(self, instance: Instance, arm: str) -> Recall:
        asked = _asked(instance, arm, self.folder, self.settings, self.repo)
        return asked.recall(self.repo, issue_of(instance), self.settings.recall_k, PLACES)

    def _count_customs(self, instance: Instance, store_name: str) -> None:
        file = _customs_file(self.folder, instance)
        if not file.is_file():
            with open_store(self.stores, store_name, self.settings, self.repo) as store:
                found = conventions(self.repo, store, as_of=instance.question.base_commit, keep=False)
            _write(file, [one.model_dump(mode="json") for one in found])

    def _ask(self, instance: Instance, arm: str) -> None:
        """Keep an instance's first recall."""
        if _kept(self.folder, arm, instance, self.settings) is not None:
            return
        try:
            found = self._recall(instance, arm)
        except FaultError as error:  # a reference that does not apply, or what the guard stopped
            self.report(f"{instance.id}, {arm}: {error.message}")
            return
        if arm in DISTILLED:
            found = found.model_copy(update={"memories": self._distilled(found.memories)})
        customs = _customs(self.folder, arm, instance)
        paths = [place.path for place in found.files[:CUSTOM_FILES]]
        found = found.model_copy(update={"policies": conventions_for(customs, paths)[:CUSTOMS_TOLD]})
        made = {"by": _made_by(self.settings), "recall": found.model_dump(mode="json")}
        _write(_recall_file(self.folder, arm, instance, self.settings), made)


def stores_of(folder: Path, instance: Instance) -> Path:
    """Where the stores of an instance's repository lie, by name."""
    return folder / "stores" / instance.question.repo.replace("/", "__")


def _asked(instance: Instance, arm: str, folder: Path, settings: Settings, repo: Repository) -> Asked:
    base = instance.question.base_commit
    told = told_places(repo, base, instance.patch) if arm == "oracle" else ((), ())
    return Asked(arm, instance.id, base, guard_of(instance), stores_of(folder, instance), settings, told)


def _kept(folder: Path, arm: str, instance: Instance, settings: Settings) -> Recall | None:
    """The first recall, where it was made by these settings."""
    file = _recall_file(folder, arm, instance, settings)
    if not file.is_file():
        return None
    made = json.loads(file.read_text(encoding="utf-8"))
    return Recall.model_validate(made["recall"]) if made["by"] == _made_by(settings) else None


def _made_by(settings: Settings) -> dict[str, Any]:
    return {"seed": settings.seed, "k": settings.recall_k, "embedder": settings.embedder, "ranking": PARAMETERS}


def _customs(folder: Path, arm: str, instance: Instance) -> tuple[Memory, ...]:
    return customs_at_base(instance, folder) if arm in CUSTOMS else ()


def _customs_file(folder: Path, instance: Instance) -> Path:
    return folder / "customs" / f"{instance.id}.json"


def _recall_file(folder: Path, arm: str, instance: Instance, settings: Settings) -> Path:
    return folder / "recalls" / arm / str(settings.seed) / f"{instance.id}.json"


def _write(file: Path, found: Any) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".partial")
    draft.write_text(json.dumps(found) + "\n", encoding="utf-8")
    draft.replace(file)


@contextmanager
def _opened(model: LanguageModel | None, settings: Settings, report: Report) -> Iterator[LanguageModel]:
    if model is not None:
        yield model
        return
    with open_model(settings, say=report) as opened:
        yield opened
