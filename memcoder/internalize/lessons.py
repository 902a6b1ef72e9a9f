"""Lessons as memories: principles of `principles.py`, kept, merged, and superseded where they are contradicted.

No prose of an issue or a model gets in. What stands in an issue's title is kept as a set of words to be found by, in
the order of the alphabet, and no prompt shows those.

A lesson speaks of a topic, a place and what about it. Of two that say the same, the later one takes up the earlier
one's occasions and supersedes it; where they say the contrary, it supersedes it alone. Nothing is rewritten, so that
a recall as of an earlier commit finds what was known then.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from memcoder.history.repository import Repository
from memcoder.internalize.gap import Gap
from memcoder.internalize.principles import Failure, Said, of_failure, of_gap
from memcoder.memory.store import MemoryStore
from memcoder.memory.text import STOP
from memcoder.memory.vectors import embed_missing
from memcoder.records import Change, FileChange, Kind, Lesson, Link, Memory, Provenance, Trust
from memcoder.wording import title_of

KINDS: tuple[Kind, ...] = ("lesson", "guardrail")
MOST = {"lesson": 3, "guardrail": 2}
"""Kept of one occasion; with more, a recall would show little else."""
KEYWORDS = 12


def lessons_of(
    gap: Gap | None,
    *,
    issue: str,
    provenance: Provenance,
    sources: Sequence[str],
    failures: Iterable[Failure] = (),
    trust: Trust = "accepted",
) -> tuple[Memory, ...]:
    """What a gap, and the failed attempts beside it, teach: at most three `lesson` and two `guardrail` memories.

    `provenance` dates them: its commit's descendants see them; its `run`, else its commit, is the occasion they are
    counted by. `sources` are the ids of what they were drawn from (`fix` memory, commit), linked as `distilled_from`.
    """
    said = [*(of_gap(gap) if gap else ()), *(one for failure in failures for one in of_failure(failure))]
    occasion = provenance.run or provenance.commit or ""
    made: dict[str, Memory] = {}
    for one in said:
        memory = _memory(one, issue, provenance, occasion, sources, trust)
        same_kind = sum(other.kind == one.kind for other in made.values())
        if memory.id not in made and same_kind < MOST[one.kind]:
            made[memory.id] = memory
    return tuple(sorted(made.values(), key=lambda memory: memory.kind != "lesson"))


def keep_lessons(store: MemoryStore, memories: Iterable[Memory], repo: Repository | None = None) -> tuple[Memory, ...]:
    """Keep lessons, all or none; those that are there are merged or superseded. The same again changes nothing.

    Returns each as it is kept. Only what an ancestor's lesson said is taken up; without `repo`, what stands at the
    very same commit. A failed attempt's guardrail is not kept where an accepted fix did just that before.
    """
    kept: list[Memory] = []
    new = False
    with store.writing():
        known = [memory for kind in KINDS for memory in store.all(kind)]
        for memory in memories:
            there = next((other for other in known if other.id == memory.id), None)
            if there is None:
                there = _joined(memory, _standing(memory, known, repo))
                if there is None:
                    continue
                store.put([there])
                known.append(there)
                new = True
            kept.append(there)
    if new:
        embed_missing(store, lambda what, done, total: None)  # what is missing after this, the next mine makes
    return tuple(kept)


def _standing(memory: Memory, known: Iterable[Memory], repo: Repository | None) -> list[Memory]:
    """Earlier lessons of the same topic that none of them supersedes."""
    topic = _topic(memory)
    earlier = [
        other
        for other in known
        if other.trust != "quarantined" and other.retired is None and _topic(other) == topic
        and _is_earlier(other.provenance.commit, memory.provenance.commit, repo)
    ]  # fmt: skip
    gone = {link.target for other in earlier for link in other.links if link.relation == "supersedes"}
    return [other for other in earlier if other.id not in gone]


def _is_earlier(older: str | None, newer: str | None, repo: Repository | None) -> bool:
    if older is None or older == newer:
        return True
    return repo is not None and newer is not None and repo.is_ancestor(older, newer)


def _joined(memory: Memory, earlier: Sequence[Memory]) -> Memory | None:
    """The lesson with what the earlier ones say; None where what failed was accepted before."""
    lesson = memory.lesson
    assert lesson is not None  # noqa: S101 - made by _memory
    contrary = [other for other in earlier if other.lesson and _holds(other.lesson) != _holds(lesson)]
    if memory.kind == "guardrail" and lesson.topic == "edit" and contrary:
        return None
    alike = [other for other in earlier if other not in contrary]
    occasions = (*(each for other in alike if other.lesson for each in other.lesson.occasions), *lesson.occasions)
    counted = tuple(dict.fromkeys(occasions))
    links = (*memory.links, *(link for other in alike for link in other.links if link.relation == "distilled_from"))
    supersedes = tuple(Link(relation="supersedes", target=other.id) for other in earlier)
    times = f"\n\nLearnt on {len(counted)} occasions." if len(counted) > 1 else ""
    return memory.model_copy(
        update={
            "message": memory.message + times,
            "keywords": tuple(sorted({*memory.keywords, *(word for other in alike for word in other.keywords)}))[
                : 2 * KEYWORDS
            ],
            "links": (*dict.fromkeys(links), *supersedes),
            "lesson": lesson.model_copy(update={"count": len(counted), "occasions": counted}),
        }
    )


def _memory(
    said: Said, issue: str, provenance: Provenance, occasion: str, sources: Sequence[str], trust: Trust
) -> Memory:
    lesson = Lesson(topic=said.topic, place=said.place, about=said.about, holds=said.holds, occasions=(occasion,))
    files: dict[str, list[str]] = {}
    for hunk in said.at:
        files.setdefault(hunk.path, []).extend([hunk.symbol] if hunk.symbol else [])
    changes = tuple(FileChange(path=path, symbols=tuple(dict.fromkeys(names))) for path, names in files.items())
    mark = _hash(provenance.repository, *topic_of(lesson))[:10]
    return Memory(
        id=f"{said.kind}-{mark}-{_hash(occasion)[:6]}",
        kind=said.kind,
        message=said.text,
        change=Change(files=changes),
        keywords=_keywords(issue),
        provenance=provenance,
        trust=trust,
        links=tuple(Link(relation="distilled_from", target=source) for source in sources),
        lesson=lesson,
    )


def topic_of(lesson: Lesson) -> tuple[str, str, str]:
    """Equal for lessons that say the same or contradict each other. `X, not Y` and `Y, not X` are of one topic."""
    if lesson.topic == "place":
        return "place", *sorted((lesson.place, lesson.about))  # type: ignore[return-value]
    return lesson.topic, lesson.place, lesson.about


def _holds(lesson: Lesson) -> tuple[bool, str]:
    return lesson.holds, lesson.place


def _topic(memory: Memory) -> tuple[str, ...]:
    return (memory.provenance.repository, *topic_of(memory.lesson)) if memory.lesson else ("", memory.id)


def _keywords(issue: str) -> tuple[str, ...]:
    """Words of an issue's title as a set, sorted: to be found by, not to be read."""
    words = dict.fromkeys(re.findall(r"[^\W\d]\w{2,39}", title_of(issue).lower()))
    return tuple(sorted(word for word in words if word not in STOP)[:KEYWORDS])


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
