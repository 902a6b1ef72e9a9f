"""A solver for tests of streams: says what its plan says, and notes what memory it saw."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memcoder_eval.batch.units import Unit
from memcoder_eval.dataset import Instance

from memcoder import MemoryStore, Repository, Settings


@dataclass
class Scripted:
    """Solves a task as planned: the verdict of its own patch, or an error that is raised."""

    clones: Path
    planned: dict[str, Any]
    patches: dict[str, str] = field(default_factory=dict)
    """Patches of its own; the reference where there is none."""
    seen: dict[str, list[str] | None] = field(default_factory=dict)
    """Task → ids of the `fix` memories that were in its store; None: it got none."""

    def __call__(self, unit: Unit, instance: Instance, store: Path | None) -> dict[str, Any]:
        plan = self.planned.get(instance.id, "failed")
        if isinstance(plan, list) and plan:
            raise plan.pop()
        self.seen[instance.id] = self._fixes(store) if store else None
        verdict = "failed" if isinstance(plan, list) else plan
        own = {
            "patch": self.patches.get(instance.id, instance.patch),
            "verdict": verdict,
            "resolved": verdict == "verified",
        }
        return {**own, "tokens": 10, "cost": 0.5, "seconds": 1.0}

    def _fixes(self, store: Path) -> list[str]:
        repo = Repository.open(self.clones / "example__shop")
        with MemoryStore.open(Settings(store=store, embedder="none"), repo.key) as opened:
            return [memory.id for memory in opened.all("fix")]
