"""The project's counted conventions, each kept or broken by a patch, with its counts."""

from collections.abc import Iterable, Iterator

from memcoder.memory.conventions.ask import conventions_for
from memcoder.memory.conventions.hold import facts_of_change, holds
from memcoder.memory.conventions.paths import Layout
from memcoder.memory.conventions.sentences import claim, support
from memcoder.records import UNTESTED, Convention, Finding, Memory
from memcoder.verify.fit.patched import Patched

JUDGED = (
    "tests", "changelog", "docs", "stubs", "test-file", "test-folder", "changelog-place", "changelog-name", "size",
    "helper",
)  # fmt: skip
"""What a patch can show; how messages look is for whoever commits it."""
ALTERNATIVES = frozenset(("test-file",))
"""Rules that hold where one of several forms does."""
OF_TESTS = frozenset(("test-file", "test-folder"))
BINDING = 2 / 3
"""Customs that hold less often bind nobody."""
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
        elif rule == "tests":
            yield from _tests_finding(judged, patched, bool(facts.of("test")), layout)
        elif judged and ((told := _finding(*_telling(rule, judged))).weight or told.outcome == "kept"):
            yield told


def _tests_finding(
    judged: list[tuple[Convention, bool]], patched: Patched, tested: bool, layout: Layout
) -> Iterator[Finding]:
    """A patch is better with tests than without, even where they are no custom; a change of what code does is so by as
    much as the custom binds."""
    found = _finding(*_telling("tests", judged)) if judged else None
    if tested:
        yield from [found] if found else []
        return
    source = [file for file in patched.files if layout.role(file.path) == "source"]
    binding = found.weight if found and not all(file.acts_as_before for file in source) else 0.0
    found = found or Finding(kind="tests", outcome="broken", line="No test comes with it")
    yield found.model_copy(update={"weight": max(binding, UNTESTED)})


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
        about="tests" if each.rule in OF_TESTS else "product",
    )


def weight_of(rate: float) -> float:
    """How much a custom binds: nothing where it holds two times in three, 1 where it always does."""
    return round(max(0.0, (rate - BINDING) / (1 - BINDING)), 4)
