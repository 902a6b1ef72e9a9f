"""What an issue is likely about, as who writes a test of it must know it: what can be called, and where it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from memcoder.agent.context import read_source
from memcoder.agent.locate import to_location
from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.records import Place, Recall
from memcoder.verify.imports import module_of
from memcoder.verify.spectrum import Spectrum

MOST, LINES = 2, 40
"""Functions that are shown, and lines of each."""


@dataclass(frozen=True)
class Subject:
    """A recalled function: the line that imports it, its header and its docstring."""

    path: str
    text: str


def subjects_of(repo: Repository, commit: str, recall: Recall) -> list[Subject]:
    """The first recalled functions of the project, not of its tests."""
    found: list[Subject] = []
    for place in filter(_importable, recall.symbols):
        header = to_location(place, read_source(repo, commit, place.path), Spectrum()).header
        if header:
            shown = "\n".join(header.splitlines()[:LINES])
            found.append(Subject(place.path, f"from {module_of(place.path)} import {_top(place)}\n\n{shown}"))
        if len(found) == MOST:
            break
    return found


def modules_of(recall: Recall) -> Mapping[str, str]:
    """The module of each recalled name that stands at the top of one; of equal names, of the one recalled first."""
    modules: dict[str, str] = {}
    for place in filter(_importable, recall.symbols):
        modules.setdefault(_top(place), module_of(place.path))
    return modules


def _importable(place: Place) -> bool:
    return bool(place.symbol) and place.path.endswith(".py") and not is_test_path(place.path)


def _top(place: Place) -> str:
    return (place.symbol or "").partition(".")[0]
