"""Rankers: each a small function from a scene to scores of files, units of code, or both; 0 is "says nothing".

Each can be left out; fusion does not know what they are. Why these: lexical ranking beats dense on code, functions
beat whole files, and the votes of past commits add to both.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from memcoder.memory import fusion, weights
from memcoder.memory.fusion import places_within
from memcoder.memory.postings import Floats, Integers
from memcoder.memory.scene import Scene

BEST_UNITS = 3
"""Units of a file whose scores are added up for the file."""
VOTERS = 300
"""Memories that vote for files."""
UNIT_VOTERS = 100
"""Memories that vote for units: each must be looked up."""
SHARPNESS = 5.0
"""Power of a memory's score in its vote."""
TESTS = 20
"""Test files whose sources are looked for."""
COMMON_NAME = 50
"""A name that more units bear says nothing."""


@dataclass(frozen=True)
class Scores:
    """What a ranker says: a score for each file and each unit of the scene's code; None where it does not rank them."""

    files: Floats | None = None
    units: Floats | None = None
    voters: dict[int, int] = field(default_factory=dict)
    """Of a vote: for each unit the memory that gave it most."""


def file_words(scene: Scene) -> Scores:
    """BM25 over whole files."""
    matches, code = scene.in_code, scene.code
    return Scores(files=matches.bm25(code.file_lengths, code.file_of).scores)


def code_words(scene: Scene) -> Scores:
    """BM25 over units; a file has the sum of its best three."""
    scores = scene.unit_words.scores
    return Scores(files=best_of_file(scene, scores), units=scores)


def title_words(scene: Scene) -> Scores:
    """The same for the title alone: what people think the matter is."""
    words = scene.code.words
    scores = words.select(scene.title_terms).bm25(words.lengths).scores
    return Scores(files=best_of_file(scene, scores), units=scores)


def path_words(scene: Scene) -> Scores:
    """BM25 over the words of paths."""
    words = scene.code.path_words
    return Scores(files=words.select(scene.terms).bm25(words.lengths).scores)


def named_symbols(scene: Scene) -> Scores:
    """Functions and classes that the query names; a name that many bear says less of each."""
    code = scene.code
    units = np.zeros(len(code.units))
    for name, value in scene.query.names.items():
        owner, _, last = name.rpartition(".")
        found = code.named.get(last, [])
        if not found or len(found) > COMMON_NAME or last.startswith("__"):
            continue
        for number in found:
            exact = bool(owner) and code.units[number].qualified.endswith(name)
            units[number] = max(units[number], value * (2.0 if exact else 1.0) / len(found) ** 0.5)
    return Scores(files=best_of_file(scene, units), units=units)


def named_paths(scene: Scene) -> Scores:
    """Files that the query names: by path, as a module that it imports, or in a stack trace, the innermost first."""
    files = np.zeros(len(scene.code.files))
    units = np.zeros(len(scene.code.units))
    for path in scene.query.paths:
        for number in _ending_with(scene, path):
            files[number] = max(files[number], 1.0)
    for module, name in scene.query.imports:
        stem = module.replace(".", "/")
        for end in (f"{stem}/{name}.py", f"{stem}.py", f"{stem}/__init__.py"):
            for number in _ending_with(scene, end):
                files[number] = max(files[number], 0.5)
    for depth, (path, _, function) in enumerate(reversed(scene.query.frames)):
        for number in _ending_with(scene, _tail(path)):
            files[number] = max(files[number], 2.0 / (1 + 0.3 * depth))
            for unit in scene.code.placed.get((number, function), []):
                units[unit] = max(units[unit], 2.0 / (1 + 0.3 * depth))
    return Scores(files=files, units=units)


def message_votes(scene: Scene) -> Scores:
    """What the commits changed whose messages, paths and symbols share words with the query."""
    return _votes(scene, "message-votes", scene.said_by_memories(scene.terms, "message", "places"))


def title_votes(scene: Scene) -> Scores:
    """The same for the title alone."""
    return _votes(scene, "title-votes", scene.said_by_memories(scene.title_terms, "message", "places"))


def diff_votes(scene: Scene) -> Scores:
    """What the commits changed whose changed lines share words with the query, those of the title counting twice."""
    scores = scene.said_by_memories(scene.terms, "diff") + scene.said_by_memories(scene.title_terms, "diff")
    return _votes(scene, "diff-votes", scores)


def vector_votes(scene: Scene) -> Scores:
    """What the commits changed that are near by meaning."""
    scores = np.zeros(scene.index.size)
    for number, cosine in scene.near:
        scores[number] = cosine
    return _votes(scene, "vector-votes", scores)


def test_links(scene: Scene) -> Scores:
    """Sources that change with the tests that share words with the query."""
    code = scene.code
    tests = code.test_words.select(scene.terms).bm25(code.test_words.lengths).scores
    best = _top(tests, TESTS)
    files = np.zeros(len(code.files))
    if not len(best):
        return Scores(files=files)
    of_path = scene.view.test_of_path
    value = np.zeros(len(scene.index.paths))
    for test in best:
        value[of_path == test] = (tests[test] / tests[best[0]]) ** 2
    return Scores(files=_passed_on(scene, value))


def co_change(scene: Scene) -> Scores:
    """Files that change with the one which the rankers that look at the query put first together."""
    files = np.zeros(len(scene.code.files))
    names = tuple(name for name in FILES if name not in ALONE)
    found = fusion.candidates({name: said(scene, name).files for name in names})
    if not len(found.items):
        return Scores(files=files)
    best = found.items[np.argmax(found.features @ weights.default("files", names))]
    # What is passed on is shared by how often a file changes at all: a changelog changes with everything.
    value = (scene.view.file_of_path == best).astype(np.float64)
    files += _passed_on(scene, value) / np.sqrt(1.0 + scene.view.busy)
    files[best] = 0.0
    return Scores(files=files)


def _passed_on(scene: Scene, value: Floats) -> Floats:
    """Every memory that touched a path of some value passes it on to all files that it touched."""
    strength = np.bincount(scene.view.owner, value[scene.index.touched], scene.index.size) * scene.view.decay
    return scene.view.spread(np.flatnonzero(strength), strength)


def recency(scene: Scene) -> Scores:
    """How often a file was fixed, later fixes counting more."""
    return Scores(files=np.log1p(scene.view.fixed))


@dataclass(frozen=True)
class Ranker:
    """A ranker by name; `source` says whether it needs the repository's history."""

    source: Literal["code", "history"]
    rank: Callable[[Scene], Scores]


ALL: dict[str, Ranker] = {
    "file-words": Ranker("code", file_words),
    "code-words": Ranker("code", code_words),
    "title-words": Ranker("code", title_words),
    "path-words": Ranker("code", path_words),
    "named-symbols": Ranker("code", named_symbols),
    "named-paths": Ranker("code", named_paths),
    "message-votes": Ranker("history", message_votes),
    "title-votes": Ranker("history", title_votes),
    "diff-votes": Ranker("history", diff_votes),
    "vector-votes": Ranker("history", vector_votes),
    "test-links": Ranker("history", test_links),
    "co-change": Ranker("history", co_change),
    "recency": Ranker("history", recency),
}


FILES = tuple(ALL)
"""Rankers that rank files."""
ALONE = frozenset({"co-change", "recency"})
"""Rankers that speak of files which nothing in the query points at: they order what others found, and find nothing."""
UNITS = (
    "code-words",
    "title-words",
    "named-symbols",
    "named-paths",
    "message-votes",
    "title-votes",
    "diff-votes",
    "vector-votes",
)
"""Rankers that rank units."""


def said(scene: Scene, name: str) -> Scores:
    """What a ranker says of a scene, worked out once."""
    if name not in scene.kept:
        scene.kept[name] = ALL[name].rank(scene)
    found: Scores = scene.kept[name]
    return found


def best_of_file(scene: Scene, units: Floats) -> Floats:
    """A file's score: the sum of its best three units'."""
    at = np.flatnonzero(units > 0)
    owner = scene.code.file_of[at].astype(np.int64)
    kept = places_within(units[at], owner) < BEST_UNITS
    return np.bincount(owner[kept], units[at[kept]], len(scene.code.files)).astype(np.float64)


def voters(scene: Scene, name: str) -> Integers:
    """The memories that vote in a ranker, the strongest first."""
    found: Integers = scene.kept[f"voters of {name}"]
    return found


def _votes(scene: Scene, name: str, scores: Floats) -> Scores:
    """Each of the best memories votes for what it changed, with a power of its score, for its age and breadth."""
    weighed = np.where(scene.view.decay > 0, scores, 0.0)
    best = scene.kept[f"voters of {name}"] = scene.vouched(_top(weighed, VOTERS))
    strength = np.zeros(scene.index.size)
    if len(best):
        strength[best] = (weighed[best] / weighed[best[0]]) ** SHARPNESS * scene.view.decay[best]
    return _unit_votes(scene, best[:UNIT_VOTERS], strength, scene.view.spread(best, strength))


def _unit_votes(scene: Scene, best: Integers, strength: Floats, files: Floats) -> Scores:
    """A memory's vote goes to the functions that it changed, of many to each less; else to the file's own lines."""
    changed = _changed_units(scene, best)
    sizes = [len(units) for units, _ in changed]
    units = np.concatenate([np.zeros(0, np.int64), *(units for units, _ in changed)])
    numbers = np.repeat(best, sizes)
    votes = strength[numbers] / np.concatenate([np.zeros(0), *(roots for _, roots in changed)])
    last = np.lexsort((numbers, votes, units))  # of each unit, the strongest vote comes last
    most = dict(zip(units[last].tolist(), numbers[last].tolist(), strict=True))
    return Scores(files, np.bincount(units, votes, len(scene.code.units)).astype(np.float64), most)


def _changed_units(scene: Scene, numbers: Integers) -> list[tuple[Integers, Floats]]:
    """By memory, the units that it changed, as of the scene's commit, and the root of how many share a file's vote."""
    known = scene.view.changed_units
    for number, changes in scene.changes(np.array([number for number in numbers.tolist() if number not in known])):
        units: list[int] = []
        sizes: list[int] = []
        for path, names in changes:
            found = _units_of_change(scene, int(scene.view.file_of_path[scene.index.path_numbers[path]]), names)
            units += found
            sizes += [len(found)] * len(found)
        known[number] = np.array(units, np.int64), np.sqrt(np.array(sizes, np.float64))
    return [known[number] for number in numbers.tolist()]


def _units_of_change(scene: Scene, file: int, names: list[str]) -> list[int]:
    """What of a file the names mean; its own lines where they mean nothing there."""
    if file < 0:
        return []
    found = [unit for name in names for unit in units_named(scene, file, name)]
    module = scene.code.module_of.get(file)
    return found or ([] if module is None else [module])


def units_named(scene: Scene, file: int, name: str) -> list[int]:
    """Units of a file that a name means: the qualified one where it is there, else all of the last part's name."""
    found = scene.code.placed.get((file, name.rpartition(".")[2]), [])
    exact = [unit for unit in found if scene.code.units[unit].qualified == name]
    return exact or found


def _top(scores: Floats, most: int) -> Integers:
    """Indexes of the highest scores above 0, falling; ties go to the later one."""
    at = np.flatnonzero(scores > 0)
    if len(at) > 4 * most:
        least = np.partition(scores[at], len(at) - most)[len(at) - most]
        at = at[scores[at] >= least]
    return at[np.lexsort((-at, -scores[at]))][:most]


def _ending_with(scene: Scene, path: str) -> list[int]:
    ending = "/" + path
    alike = scene.code.files_called.get(path.rpartition("/")[2], [])
    return [number for known, number in alike if known == path or known.endswith(ending)]


def _tail(path: str) -> str:
    """A path of somebody's machine without its beginning: what follows the packages' folder, else the last two."""
    for mark in ("site-packages/", "dist-packages/"):
        if mark in path:
            return path.rpartition(mark)[2]
    return "/".join(path.split("/")[-2:])
