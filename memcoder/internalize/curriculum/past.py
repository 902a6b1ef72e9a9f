"""What a curriculum draws on beside the memories it teaches: attempts that failed, and the history."""

from collections.abc import Sequence

from memcoder.errors import FaultError, UsageError
from memcoder.internalize.curriculum.build import Failed
from memcoder.memory.store import MemoryStore
from memcoder.records import Memory
from memcoder.runs.store import RunStore


def failed_attempts(runs: RunStore) -> Failed:
    """The diffs of a fix's run that its tests refused; none where the run is not at hand any more."""

    def failed(memory: Memory) -> Sequence[str]:
        if memory.provenance.run is None:
            return ()
        try:
            run = runs.load(memory.provenance.run)
        except (UsageError, FaultError):
            return ()
        return [one.after for one in run.attempts if not one.passed and one.after != one.before]

    return failed


def history(store: MemoryStore) -> list[Memory]:
    """Commits that changed what the product does; rehearsal alone is drawn from them."""
    wanted = ("fix", "feature", "refactor")
    sound = (one for one in store.all("commit") if one.trust == "history" and one.retired is None)
    reverted = ("reverted_by", "reverts")
    return [
        one for one in sound if one.change.kind in wanted and not any(link.relation in reverted for link in one.links)
    ]
