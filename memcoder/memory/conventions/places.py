"""Where things live, learned from what changes together: tests of a source path, the changelog, its entries' names."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from memcoder.memory.conventions.count import Observations
from memcoder.memory.conventions.paths import Layout, changelog_place
from memcoder.memory.conventions.rules import KINDS, Facts, Rule

TEMPLATE = re.compile(r"\{(folder|name|parent)\}")
LEAST_PAIRS = 5.0
"""Faded pairs of a source and a test that a template needs to be tried."""
PAIRS_LIMIT = 10
"""Sources or tests of one change; a change of more tells nothing of which belongs to which."""
SHARED = 0.8
"""The folder of an area's tests is the deepest that this share of its changes with tests touch."""


def place_rules(seen: Observations, layout: Layout) -> list[Rule]:
    """The rules about places that a history suggests; how far they hold is counted afterwards."""
    found = []
    for area in ("", *layout.areas):
        found += [
            Rule("test-file", area, None, _in_template(area, layout, form), form)
            for form in _templates(seen, area, layout)
        ]
        if folder := _test_folder(seen, area):
            found.append(Rule("test-folder", area, None, _in_folder(folder), folder))
    for kind in KINDS:
        found += [Rule("changelog-place", "", kind, _told_in(place), place) for place in _top(_places(seen, kind))]
        found += [Rule("changelog-name", "", kind, _named(shape), shape) for shape in _top(_shapes(seen, kind))]
    return found


def place_rule(key: str, area: str, form: str, layout: Layout) -> Callable[[Facts], bool | None] | None:
    """What one of these rules asks of a change; None where the key is of another rule."""
    rules = {
        "test-file": lambda: _in_template(area, layout, form),
        "test-folder": lambda: _in_folder(form),
        "changelog-place": lambda: _told_in(form),
        "changelog-name": lambda: _named(form),
    }
    return rules[key]() if key in rules else None


def template(source: str, test: str) -> str | None:
    """`src/x/y.py` and `tests/x/test_y.py` give `src/{folder}/{name}.py → tests/{folder}/test_{name}.py`.

    None where the test's name has neither the source's name nor its folder's in it.
    """
    *folders, name = source.split("/")
    *test_folders, test_name = test.split("/")
    stem, _, ending = name.rpartition(".")
    bare = stem.strip("_")
    if bare and bare != "init" and re.search(rf"(^|[_.-]){re.escape(bare)}([_.-]|$)", test_name):
        named = test_name.replace(bare, "{name}", 1)
    elif folders and re.search(rf"(^|[_.-]){re.escape(folders[-1])}([_.-]|$)", test_name):
        named = test_name.replace(folders[-1], "{parent}", 1)
    else:
        return None
    skipped, place = _folders(folders, test_folders)
    pattern = "/".join((*folders[:skipped], *(("{folder}",) if skipped < len(folders) else ()), "{name}." + ending))
    return f"{pattern} → {'/'.join((*place, named))}"


def _folders(source: list[str], test: list[str]) -> tuple[int, list[str]]:
    """How many of the source's first folders the test's path lacks, and the test's folders with the rest marked."""
    for skipped in range(len(source)):
        rest = source[skipped:]
        for at in range(len(test) - len(rest) + 1):
            if test[at : at + len(rest)] == rest:
                return skipped, [*test[:at], "{folder}", *test[at + len(rest) :]]
    return len(source), list(test)


def expected(form: str, source: str) -> str | None:
    """The path of the test that a template gives for a source; None for a source it is not about."""
    pattern, _, target = form.partition(" → ")
    *folders, name = source.split("/")
    stem, _, ending = name.rpartition(".")
    prefix, holds_folder, _ = pattern.partition("{folder}")
    start = (prefix if holds_folder else pattern.partition("{name}")[0]).rstrip("/")
    depth = len(start.split("/")) if start else 0
    if ending != pattern.rpartition(".")[2] or "/".join(folders[:depth]) != start:
        return None
    if (len(folders) > depth) != bool(holds_folder):
        return None
    values = {"folder": "/".join(folders[depth:]), "name": stem.strip("_"), "parent": folders[-1] if folders else ""}
    return TEMPLATE.sub(lambda found: values[found[1]], target)


def _pairs(facts: Facts, area: str, layout: Layout) -> list[tuple[str, str]]:
    sources = [file.path for file in facts.source_in(area, layout)]
    tests = [file.path for file in facts.of("test")]
    if len(sources) > PAIRS_LIMIT or len(tests) > PAIRS_LIMIT:
        return []
    return [(source, test) for source in sources for test in tests]


def _templates(seen: Observations, area: str, layout: Layout) -> list[str]:
    """The templates that explain most pairs of an area, at most two."""
    counted: Counter[str] = Counter()
    for weight, facts in seen.of(area, None):
        forms = {form for source, test in _pairs(facts, area, layout) if (form := template(source, test))}
        for form in forms:
            counted[form] += weight  # type: ignore[assignment]
    return [form for form, weight in counted.most_common(2) if weight >= LEAST_PAIRS]


def _in_template(area: str, layout: Layout, form: str) -> Callable[[Facts], bool | None]:
    def holds(facts: Facts) -> bool | None:
        tests = {file.path for file in facts.of("test")}
        wanted = {expected(form, file.path) for file in facts.source_in(area, layout)} - {None}
        return bool(wanted & tests) if tests and wanted else None

    return holds


def _test_folder(seen: Observations, area: str) -> str:
    """The deepest folder that nearly all of an area's changes with tests touch; empty where there is none."""
    counted: Counter[str] = Counter()
    total = 0.0
    for weight, facts in seen.of(area, None):
        folders = {folder for file in facts.of("test") for folder in _above(file.path)}
        total += weight if folders else 0.0
        for folder in folders:
            counted[folder] += weight  # type: ignore[assignment]
    shared = [folder for folder, weight in counted.items() if weight >= SHARED * total and total >= LEAST_PAIRS]
    return max(shared, key=lambda folder: (folder.count("/"), folder), default="")


def _above(path: str) -> Iterator[str]:
    folders = path.split("/")[:-1]
    yield from ("/".join(folders[: depth + 1]) + "/" for depth in range(len(folders)))


def _in_folder(folder: str) -> Callable[[Facts], bool | None]:
    def holds(facts: Facts) -> bool | None:
        tests = facts.of("test")
        return any(file.path.startswith(folder) for file in tests) if tests else None

    return holds


def _places(seen: Observations, kind: object) -> Counter[str]:
    counted: Counter[str] = Counter()
    for weight, facts in seen.of("", kind):  # type: ignore[arg-type]
        for place in {changelog_place(file.path) for file in facts.of("changelog")}:
            counted[place] += weight  # type: ignore[assignment]
    return counted


def _shapes(seen: Observations, kind: object) -> Counter[str]:
    counted: Counter[str] = Counter()
    for weight, facts in seen.of("", kind):  # type: ignore[arg-type]
        for shape in _entry_shapes(facts):
            counted[shape] += weight  # type: ignore[assignment]
    return counted


def _top(counted: "Counter[str]") -> list[str]:
    return [form for form, weight in counted.most_common(1) if weight >= LEAST_PAIRS]


def _told_in(place: str) -> Callable[[Facts], bool | None]:
    def holds(facts: Facts) -> bool | None:
        places = {changelog_place(file.path) for file in facts.of("changelog")}
        return place in places if places else None

    return holds


def _entry_shapes(facts: Facts) -> set[str]:
    """Names of changelog entries that a change added, with numbers as N: `changelog/N.bugfix.rst`."""
    added = (file.path for file in facts.of("changelog") if file.status == "added")
    return {re.sub(r"\d+", "N", path) for path in added if re.search(r"\d", path.rpartition("/")[2])}


def _named(shape: str) -> Callable[[Facts], bool | None]:
    def holds(facts: Facts) -> bool | None:
        shapes = _entry_shapes(facts)
        return shape in shapes if shapes else None

    return holds
