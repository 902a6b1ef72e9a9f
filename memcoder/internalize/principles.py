"""Principles: what it teaches that a failed, or proposed, change and the accepted one parted where they did.

Each is a sentence of ours about facts that diffs, trees and test outcomes show: places, kinds of edit, helpers, tests.
The rules are few and fixed, so that the same gap always teaches the same, and each names what it was drawn from.
(Contrasting a failed with an accepted attempt at the step where they parted is the idea of MEL; here no model does it.)
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from memcoder.internalize.gap import Gap
from memcoder.internalize.hunks import Hunk
from memcoder.records import Kind, Topic
from memcoder.wording import visible

NAME_LIMIT = 80
"""Characters of a name in a sentence."""
USED = 3
"""New names of an accepted edit that are told."""


class Failure(NamedTuple):
    """An attempt that its tests refused, against what was accepted."""

    gap: Gap
    tests: tuple[str, ...] = ()
    """Tests of the project, or of the accepted patch, that failed."""


class Said(NamedTuple):
    """A lesson before it is a memory."""

    kind: Kind
    topic: Topic
    place: str
    about: str
    holds: bool
    text: str
    at: tuple[Hunk, ...] = ()
    """Edits of the accepted patch that it speaks of."""


def of_gap(gap: Gap) -> Iterator[Said]:
    """What a human changed in a proposed patch, the most telling first."""
    yield from _parted(gap)
    yield from _missed(gap)
    yield from _companions(gap)
    yield from _needless(gap)


def _parted(gap: Gap) -> Iterator[Said]:
    tried, held = gap.proposed_at, gap.accepted_at
    if tried is None or held is None:
        return
    if gap.parted == "change" and tried.kind != held.kind:
        used = f", with {_listed(held.names[:USED])}" if held.names else ""
        text = f"Lesson: in {_place(held)}, what held was {held.kind}{used}; {tried.kind} had been proposed."
        yield Said("lesson", "edit", held.place, held.kind, True, text, (held,))
        text = f"What did not hold: {tried.kind} in {_place(tried)}. The accepted fix had {held.kind} there instead."
        yield Said("guardrail", "edit", tried.place, tried.kind, False, text, (held,))
    elif gap.parted == "change" and (fresh := [name for name in held.names if name not in tried.names][:USED]):
        text = f"Lesson: in {_place(held)}, what held was {held.kind} with {_listed(fresh)}; it was proposed without."
        yield Said("lesson", "edit", held.place, f"{held.kind} with {fresh[0]}", True, text, (held,))
    elif gap.parted in ("place", "file") and not tried.new_file:
        text = f"Lesson: the fix belonged into {_place(held)}, not into {_place(tried)}, where it was proposed."
        yield Said("lesson", "place", held.place, tried.place, True, text, (held,))


def _missed(gap: Gap) -> Iterator[Said]:
    """What belonged to the fix too, and the helpers that it took."""
    missed = [hunk for hunk in gap.accepted if hunk.place in gap.missed]
    if gap.shared and missed:
        text = f"Lesson: a fix of {_name(gap.shared[0])} was whole only with a change of {_place(missed[0])}."
        yield Said("lesson", "together", gap.shared[0], missed[0].place, True, text, (missed[0],))
    for helper in gap.helpers[:1]:
        at = gap.accepted[:1]
        area = at[0].path.rpartition("/")[0] if at else ""
        text = (
            f"Lesson: in {_area(area)}, the accepted fix used {_name(helper)} where the proposed one went without it."
        )
        yield Said("lesson", "helper", area, helper, True, text, at)


def _companions(gap: Gap) -> Iterator[Said]:
    at, area = gap.accepted[:1], _folder(gap)
    if gap.tests:
        text = f"Lesson: a fix in {_area(area)} comes with a test; {_name(gap.tests[0])} was added to a proposed one."
        yield Said("lesson", "tests", area, "", True, text, at)
    if gap.changelog:
        text = f"Lesson: a fix comes with a changelog entry; {_name(gap.changelog[0])} was added to a proposed one."
        yield Said("lesson", "changelog", "", "", True, text, at)


def _needless(gap: Gap) -> Iterator[Said]:
    """What the human took out. A file that the proposed patch made has a name of the model's, which is not told."""
    taken = [hunk for hunk in gap.proposed if hunk.place in gap.needless and not hunk.new_file]
    if gap.shared and taken:
        text = f"What was not wanted: a change of {_place(taken[0])} beside a fix of {_name(gap.shared[0])}."
        yield Said("guardrail", "together", gap.shared[0], taken[0].place, False, text)


def of_failure(failure: Failure) -> Iterator[Said]:
    """What an attempt that failed its tests teaches, by where it parted from what was accepted."""
    gap = failure.gap
    tried, held = gap.proposed_at, gap.accepted_at
    if tried is None or tried.new_file:
        return
    failed = f" Failed with it: {_listed(failure.tests[:2])}." if failure.tests else " Its tests failed."
    if gap.parted == "change" and held and tried.kind != held.kind:
        text = f"What failed: {tried.kind} in {_place(tried)}; the accepted fix had {held.kind} there.{failed}"
        yield Said("guardrail", "edit", tried.place, tried.kind, False, text, (held,))
    elif gap.parted in ("place", "file") and held:
        text = (
            f"What failed: {tried.kind} in {_place(tried)}; the accepted fix was {held.kind} in {_place(held)}.{failed}"
        )
        yield Said("guardrail", "tried", tried.place, held.place, False, text, (held,))
    elif gap.parted == "more" and held and gap.shared and held.place not in gap.shared:
        text = f"Lesson: a fix of {_name(gap.shared[0])} was whole only with a change of {_place(held)}.{failed}"
        yield Said("lesson", "together", gap.shared[0], held.place, True, text, (held,))


def _place(hunk: Hunk) -> str:
    """`symbol` (path), or the path."""
    return f"{_name(hunk.symbol)} ({_name(hunk.path)})" if hunk.symbol else _name(hunk.path)


def _folder(gap: Gap) -> str:
    """Where the accepted patch changes code."""
    place = gap.accepted[0].path if gap.accepted else next(iter(gap.shared), "").partition(":")[0]
    return place.rpartition("/")[0]


def _area(folder: str) -> str:
    return f"{_name(folder)}/" if folder else "this project"


def _name(text: str) -> str:
    """A name of others in a sentence of ours: one line of visible characters, in marks that it cannot close."""
    plain = " ".join(visible(text).replace("`", "'").split())
    return f"`{plain if len(plain) <= NAME_LIMIT else plain[: NAME_LIMIT - 2] + ' …'}`"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_name, names))
