"""The one place where the benchmark calls recall."""

import inspect
from typing import Any

import memcoder
from memcoder import MemoryStore, Recall, Repository, recall
from memcoder_eval.localize.dataset import Question

PLACES = 100
"""Files and symbols asked for: ranks beyond are not known."""
RANKERS: dict[str, str] = (
    dict(getattr(memcoder, "RANKERS", {"file-words": "code"}))
    if "RANKERS" in memcoder.__all__
    else {"file-words": "code"}
)
PARAMETERS: str = memcoder.PARAMETERS if "PARAMETERS" in memcoder.__all__ else "0"


def ask(
    repo: Repository, store: MemoryStore, question: Question, left_out: frozenset[str], model: Any = None
) -> Recall:
    """What memory and code say about a question, as of its base commit, its own pull request hidden."""
    arguments: dict[str, Any] = {"k": 5, "without": left_out, "places": PLACES}
    if model is not None:
        arguments["rerank"] = model
    known = inspect.signature(recall).parameters
    arguments = {name: value for name, value in arguments.items() if name in known}
    return recall(repo, store, question.text, as_of=question.base_commit, **arguments)


def ask_plainly(repo: Repository, store: MemoryStore, question: Question) -> Recall:
    """Recall as its users call it; for taking times, not for figures of merit, because nothing is hidden."""
    return recall(repo, store, question.text, as_of=question.base_commit)


def forget(store: MemoryStore) -> None:
    """Drop what the store keeps of the last query, so that asking again costs what a new query costs."""
    getattr(store, "forget_query", lambda: store.cache.pop("scene", None))()
