"""The project's counted conventions, each kept or broken by a patch, with its counts."""

from collections.abc import Iterable, Iterator

from memcoder.memory.conventions.ask import conventions_for
from memcoder.memory.conventions.hold import facts_of_change, holds
from memcoder.memory.conventions.paths import Layout
from memcoder.memory.conventions.sentences import claim, support
from memcoder.records import Convention, Finding, Memory
from memcoder.verify.fit.patched import Patched

JUDGED = (
    "tests", "changelog", "docs", "stubs", "test-file", "test-folder", "changelog-place", "changelog-name", "size",
    "helper",
)  # fmt: skip
"""What a patch can show; how messages look is for whoever commits it."""
ALTERNATIVES = frozenset(("test-file",))
"""Rules that hold where one of several forms does."""
NEVER_BROKEN = frozenset(("helper",))
"""A change need not call a helper; code that does a helper's work again is found as a repeat."""


def custom_findings(patched: Patched, policies: Iterable[Memory], layout: Layout) -> Iterator[Finding]:
    """A finding for each rule that has something to say of the patch, taken as a fix.

    `policies` are those of the whole project, as of the base commit.
    """
    facts = facts_of_change(tuple(file.change for file in patched.files), patched.diff(), "fix", layout)
    if facts is None or not facts.of("source"):
        return
    near = conventions_for(policies, [file.path for file in facts.of("source")])
    conventions = [memory.convention for memory in near if memory.convention]
    for rule in JUDGED:
        judged = [(each, held) for each in conventions if each.rule == rule
                  and (held := holds(each, facts, layout)) is not None]  # fmt: skip
        if rule in NEVER_BROKEN:
            yield from (_finding(each, True) for each, held in judged if held)
        elif judged:
            yield _finding(*_telling(rule, judged))


def _telling(rule: str, judged: list[tuple[Convention, bool]]) -> tuple[Convention, bool]:
    """Of several areas and kinds the one that counts: of fixes rather than of all changes, then the surest."""
    if rule in ALTERNATIVES and any(held for _, held in judged):
        judged = [(each, held) for each, held in judged if held]
    return max(judged, key=lambda pair: (pair[0].kind is not None, bool(pair[0].area), pair[0].weight))


def _finding(each: Convention, kept: bool) -> Finding:
    return Finding(
        kind=each.rule,
        outcome="kept" if kept else "broken",
        line=f"{claim(each)} ({support(each)})",
        count=each.count,
        total=each.total,
        weight=weight_of(each.rate),
    )


def weight_of(rate: float) -> float:
    """How much a custom binds: nothing where it holds every other time, 1 where it always does."""
    return round(max(0.0, 2 * rate - 1), 4)
