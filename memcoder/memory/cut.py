"""What a recall could not see, and why: for people who want to know that time travel is exact."""

from memcoder.history.repository import Repository
from memcoder.memory.fusion import ordered
from memcoder.memory.guard import Guard
from memcoder.memory.index import memory_index, visible
from memcoder.memory.query import Query
from memcoder.memory.store import MemoryStore
from memcoder.memory.vanished import vanished
from memcoder.records import Record

EXAMPLES = 5
"""Memories cut away that are named: those that would have been found first."""


class Hidden(Record):
    """A memory that would have been found, and why it was not."""

    id: str
    subject: str
    reason: str


class Cut(Record):
    """How many memories there are, how many may be seen, and what hides the others."""

    memories: int
    visible: int
    hidden: dict[str, int]
    examples: tuple[Hidden, ...]
    """The nearest by words among the hidden."""


def explain_cut(
    repo: Repository,
    store: MemoryStore,
    query: str,
    *,
    as_of: str,
    exclude: frozenset[str] = frozenset(),
    guard: Guard | None = None,
) -> Cut:
    """What `recall` with the same arguments does not look at."""
    commit = repo.resolve(as_of)
    index = memory_index(store)
    seen = visible(repo, store, index, commit, exclude)
    guarded = guard.hide(store, index, seen) if guard else seen
    ancestors, gone = repo.ancestors(commit), vanished(store)
    reasons: dict[int, str] = {}
    for number, memory_id in enumerate(index.ids):
        if memory_id and not guarded[number]:
            own = index.commits[number]
            reasons[number] = (
                "quarantined or retired" if index.hidden[number]
                else "named by --exclude" if exclude.intersection((memory_id, own))
                else "hidden by the evaluation's guard" if seen[number]
                else "its commit vanished from the history" if own in gone
                else "no ancestor" if own not in ancestors
                else "hidden"
            )  # fmt: skip
    counts: dict[str, int] = {}
    for reason in reasons.values():
        counts[reason] = counts.get(reason, 0) + 1
    every = sum(1 for memory_id in index.ids if memory_id)
    return Cut(
        memories=every,
        visible=int(guarded.sum()),
        hidden=dict(sorted(counts.items())),
        examples=tuple(
            Hidden(id=index.ids[number], subject=_subject(store, index.ids[number]), reason=reasons[number])
            for number in _nearest(store, query, reasons)
        ),
    )


def _nearest(store: MemoryStore, query: str, reasons: dict[int, str]) -> list[int]:
    postings = memory_index(store).fields["message"]
    terms = store.vocabulary.numbered(Query(query).weights)
    scores = postings.select(terms).bm25(postings.lengths).scores
    return [number for number in ordered(scores).tolist() if number in reasons][:EXAMPLES]


def _subject(store: MemoryStore, memory_id: str) -> str:
    memory = store.get(memory_id)
    return memory.subject if memory else ""
