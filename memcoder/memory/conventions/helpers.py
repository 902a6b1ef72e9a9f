"""Helpers that an area keeps using: functions of the project itself which files of the area call, and which changes of
the area went on calling anew.

Counted by identifiers: a name that one source file alone defines at its top level, called bare or by the name of that
file (`utils.name(`), so that a method of the same name does not count.
Files are read once, as of one commit; added lines are those of the patches that commits carry, which are cut.
"""

import builtins
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from memcoder.memory.conventions.count import Observations
from memcoder.memory.conventions.paths import Layout
from memcoder.memory.conventions.rules import Facts, Rule

DEFINED = {
    (".py", ".pyx"): re.compile(rb"^(?:async )?def (\w+)", re.MULTILINE),
    (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx"): re.compile(
        rb"^(?:export )?(?:default )?(?:async )?function (\w+)", re.MULTILINE
    ),
    (".go",): re.compile(rb"^func (\w+)", re.MULTILINE),
    (".rs",): re.compile(rb"^(?:pub(?:\([^)]*\))? )?(?:async )?fn (\w+)", re.MULTILINE),
    (".php",): re.compile(rb"^function (\w+)", re.MULTILINE),
}
CALLED = re.compile(rb"(?<![\w.])((?:[A-Za-z_]\w*\.)?[A-Za-z_]\w{3,})\(")
FILES_LIMIT = 20_000
LEAST_FILES = 3
"""Files of an area that must call a helper."""
MOST = 8
"""Helpers of one area, those with most recent uses first."""
COMMON = frozenset((*dir(builtins), "main", "setup", "test", "register"))


def helper_rules(
    seen: Observations, layout: Layout, read: Callable[[str], bytes | None], paths: Iterable[str]
) -> list[Rule]:
    """A rule for each helper of each area that recent changes went on using.

    `read` gives a file of the as-of commit.
    """
    sources = [path for path in paths if layout.role(path) == "source"][:FILES_LIMIT]
    homes, calls = _index(sources, read)
    found = []
    for area in layout.areas:
        files: Counter[str] = Counter()
        for path in sources:
            if layout.area(path) == area:
                files.update({name for call in calls[path] if (name := _helper(call, homes)) and homes[name] != path})
        candidates = {name: homes[name] for name, number in files.items() if number >= LEAST_FILES}
        for name in _kept_using(seen, area, layout, candidates):
            detail = f"called in {files[name]} files of the area"
            found.append(Rule("helper", area, None, uses(name, homes, area, layout), f"{name} ({homes[name]})", detail))
    return found


def _helper(call: str, homes: Mapping[str, str]) -> str | None:
    """The helper that a call calls: `name`, or `file.name` where that file defines it."""
    module, _, name = call.rpartition(".")
    if name not in homes or (module and module != homes[name].rpartition("/")[2].partition(".")[0]):
        return None
    return name


@cache
def _definition(ending: str) -> re.Pattern[bytes] | None:
    return next((pattern for endings, pattern in DEFINED.items() if ending in endings), None)


def _index(
    sources: list[str], read: Callable[[str], bytes | None]
) -> tuple[dict[str, str], Mapping[str, frozenset[str]]]:
    """Function → the one file that defines it; file → the functions it calls."""
    homes: dict[str, str] = {}
    several: set[str] = set()
    calls: dict[str, frozenset[str]] = {path: frozenset() for path in sources}
    for path in sources:
        pattern = _definition(path[path.rfind(".") :])
        source = read(path) if pattern else None
        if pattern is None or source is None:
            continue
        for name in {match.decode("ascii", "replace") for match in pattern.findall(source)} - COMMON:
            several.update({name} if name in homes else ())
            homes[name] = path
        calls[path] = frozenset(match.decode("ascii", "replace") for match in CALLED.findall(source))
    return {name: path for name, path in homes.items() if name not in several}, calls


def _kept_using(seen: Observations, area: str, layout: Layout, candidates: Mapping[str, str]) -> list[str]:
    counted: Counter[str] = Counter()
    for weight, facts in seen.of(area, None):
        for name in {_helper(call, candidates) for call in _added(facts, area, layout)} - {None}:
            counted[str(name)] += weight  # type: ignore[assignment]
    return [name for name, _ in counted.most_common(MOST)]


def uses(name: str, homes: Mapping[str, str], area: str, layout: Layout) -> Callable[[Facts], bool | None]:
    """Whether a change's added lines call a helper in an area's files; `homes` says which file defines it."""
    home = {name: homes[name]}
    return lambda facts: any(_helper(call, home) for call in _added(facts, area, layout))


def _added(facts: Facts, area: str, layout: Layout) -> frozenset[str]:
    """Names that a change's added lines call in an area's files."""
    return frozenset().union(*(names for path, names in facts.calls.items() if layout.area(path) == area))
