"""The one place where the benchmark calls recall."""

from typing import Any

from memcoder import Guard, LanguageModel, MemoryStore, Recall, Repository, recall
from memcoder_eval.dataset import Question

PLACES = 100
"""Files and symbols asked for: ranks beyond are not known."""


def ask(
    repo: Repository,
    store: MemoryStore,
    question: Question,
    left_out: frozenset[str],
    model: LanguageModel | None = None,
) -> Recall:
    """What memory and code say about a question, as of its base commit, without the rankers `left_out`."""
    reranked: dict[str, Any] = {} if model is None else {"rerank": model}
    guard = Guard(issues=question.numbers, text=question.text)
    return recall(
        repo, store, question.text, as_of=question.base_commit, without=left_out, places=PLACES, guard=guard, **reranked
    )


def ask_plainly(repo: Repository, store: MemoryStore, question: Question) -> Recall:
    """Recall as its users call it; for taking times, not for figures of merit."""
    return recall(repo, store, question.text, as_of=question.base_commit)


def forget(store: MemoryStore) -> None:
    """Drop what the store keeps of the last question, so that asking again costs what a new one costs."""
    store.cache.pop("scene", None)
