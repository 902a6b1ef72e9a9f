"""What is counted: rules, each of which holds or does not hold for a change, or does not apply to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from memcoder.memory.conventions.landed import FILES_LIMIT, NOISE, Landed, added_calls
from memcoder.memory.conventions.paths import Layout, Role
from memcoder.records import ChangeKind, FileChange

KINDS: tuple[ChangeKind | None, ...] = (None, "fix", "feature", "refactor")
"""The kinds of change that are counted apart; None is any change of source."""

COMPANIONS: dict[str, Role] = {"tests": "test", "changelog": "changelog", "docs": "docs"}
"""Rules about what comes with a change of source, and the role of the file that comes."""


@dataclass(frozen=True)
class Facts:
    """A change, its files sorted by what they are."""

    landed: Landed
    areas: frozenset[str]
    """Areas whose source it touches; "" is the whole project. Empty where no source is touched."""
    files: dict[Role, tuple[FileChange, ...]] = field(default_factory=dict)

    @property
    def kind(self) -> ChangeKind:
        return self.landed.kind

    def of(self, role: Role) -> tuple[FileChange, ...]:
        """The files of a role."""
        return self.files.get(role, ())

    @cached_property
    def calls(self) -> dict[str, frozenset[str]]:
        """File → names that the change's added lines call."""
        return added_calls(self.landed)

    def source_in(self, area: str, layout: Layout) -> tuple[FileChange, ...]:
        """The source files of an area; of the whole project where the area is ""."""
        return tuple(file for file in self.of("source") if not area or layout.area(file.path) == area)


@dataclass(frozen=True)
class Rule:
    """One custom that may hold: told apart by rule key, area, kind of change and, where several can hold, form."""

    rule: str
    area: str
    kind: ChangeKind | None
    holds: Callable[[Facts], bool | None]
    """Of a change of this area and kind; None where the rule has nothing to say about it."""
    form: str = ""
    """What the custom looks like, e.g. the template of test paths."""
    detail: str = ""
    """More of it for a reader, e.g. the quartiles of a size."""


def facts_of(changes: Iterable[Landed], layout: Layout) -> list[Facts]:
    """The facts of those changes that show customs: no merges, releases, reformats, nor enormous ones."""
    return [_facts(change, layout) for change in changes if change.kind not in NOISE and _usual(change)]


def _usual(change: Landed) -> bool:
    return 0 < len(change.files) <= FILES_LIMIT


def _facts(change: Landed, layout: Layout) -> Facts:
    sorted_files: dict[Role, list[FileChange]] = {}
    for file in change.files:
        sorted_files.setdefault(layout.role(file.path), []).append(file)
    sources = sorted_files.get("source", [])
    areas = {area for file in sources if (area := layout.area(file.path))} | ({""} if sources else set())
    return Facts(change, frozenset(areas), {role: tuple(files) for role, files in sorted_files.items()})


def companions(layout: Layout) -> list[Rule]:
    """Whether a change of source comes with tests, with a changelog entry, with documentation, with type stubs."""
    keys = (*COMPANIONS, "stubs") if layout.stubbed else tuple(COMPANIONS)
    areas = ("", *layout.areas)
    tried = ((key, area, kind, companion(key, area, layout)) for area in areas for kind in KINDS for key in keys)
    return [Rule(key, area, kind, rule) for key, area, kind, rule in tried if rule]


def companion(key: str, area: str, layout: Layout) -> Callable[[Facts], bool | None] | None:
    """What one of these rules asks of a change; None where the key is of another rule."""
    if key == "stubs":
        return _stubs(area, layout)
    return _has(COMPANIONS[key]) if key in COMPANIONS else None


def _has(role: Role) -> Callable[[Facts], bool | None]:
    return lambda facts: bool(facts.of(role))


def _stubs(area: str, layout: Layout) -> Callable[[Facts], bool | None]:
    def holds(facts: Facts) -> bool | None:
        stubbed = [file.path for file in facts.source_in(area, layout) if file.path in layout.stubbed]
        if not stubbed:
            return None
        stubs = {file.path for file in facts.of("stub")}
        return any(path + "i" in stubs for path in stubbed)

    return holds
