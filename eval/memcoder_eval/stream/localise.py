"""Where recall ranks the files that a task's reference changed, and what memory it would show."""

import time
from pathlib import Path
from typing import Any

from memcoder import RANKERS, MemoryStore, Repository, Settings
from memcoder_eval.dataset import Instance
from memcoder_eval.localize.arms import without
from memcoder_eval.localize.ask import ask
from memcoder_eval.localize.gold import gold
from memcoder_eval.localize.metrics import recall_at
from memcoder_eval.stream.policies import OFF

KS = (1, 5)


def localise(repo: Repository, store: Path, instance: Instance, policy: str, settings: Settings) -> dict[str, Any]:
    """The part of a task's row that needs no model. Raises FaultError where the reference patch does not apply."""
    truth = gold(repo, instance.question.base_commit, instance.patch).files
    started = time.monotonic()
    with MemoryStore.open(settings.model_copy(update={"store": store}), repo.key) as opened:
        found = ask(repo, opened, instance.question, without("code" if policy == OFF else "full", RANKERS))
    places = [place.path for place in found.files]
    ranks = [places.index(path) + 1 if path in places else None for path in truth]
    shown = [] if policy == OFF else [(item.memory.id, item.memory.kind) for item in found.memories]
    return {
        "ranks": ranks,
        **{f"recall@{k}": recall_at(ranks, k) for k in KS},
        "memories": [memory for memory, _ in shown],
        "fixes": [memory for memory, kind in shown if kind == "fix"],
        "lessons": [memory for memory, kind in shown if kind in ("lesson", "guardrail")],
        "recall_seconds": round(time.monotonic() - started, 2),
    }
