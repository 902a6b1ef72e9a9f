"""Why a place was recalled, in words: what each ranker saw, and whose vote it was."""

from collections.abc import Sequence

import numpy as np

from memcoder.memory import rankers
from memcoder.memory.among import rows_among
from memcoder.memory.postings import Integers, Scored
from memcoder.memory.scene import Scene
from memcoder.records import Evidence

VOTES = ("message-votes", "title-votes", "diff-votes", "vector-votes")
SAYS = {
    "file-words": "its words are those of the issue",
    "title-words": "shares words with the title",
    "path-words": "its path shares words with the issue",
    "named-paths": "the issue names it by path, import or stack frame",
    "test-links": "changes with tests that share words with the issue",
    "co-change": "changes with files that the issue's words point at",
    "recency": "was often fixed of late",
}


def unit_evidence(scene: Scene, units: Integers, without: frozenset[str] = frozenset()) -> list[tuple[Evidence, ...]]:
    """For each unit what every ranker that ranked it saw."""
    shared = shared_words(scene, scene.unit_words, units)
    voters = _unit_voters(scene, units, without)
    found = []
    for unit in units.tolist():
        said: list[Evidence] = []
        for name in _heard(scene, rankers.UNITS, without):
            scores = rankers.said(scene, name).units
            if scores is None or scores[unit] <= 0:
                continue
            detail = voters.get((name, unit)) or SAYS.get(name, "")
            if name == "code-words":
                detail = shared[unit]
            elif name == "named-symbols":
                detail = f"the issue names {scene.code.units[unit].name}"
            said.append(Evidence(ranker=name, score=round(float(scores[unit]), 4), detail=detail))
        found.append(tuple(said))
    return found


def file_evidence(scene: Scene, files: Integers, without: frozenset[str] = frozenset()) -> list[tuple[Evidence, ...]]:
    """For each file what every ranker that ranked it saw."""
    voters = {name: _file_voters(scene, name, files) for name in _heard(scene, VOTES, without)}
    cited = _cited(scene, {number for found in voters.values() for number in found.values()})
    found = []
    for file in files.tolist():
        said: list[Evidence] = []
        for name in _heard(scene, rankers.FILES, without):
            scores = rankers.said(scene, name).files
            if scores is None or scores[file] <= 0:
                continue
            voter = voters.get(name, {}).get(file)
            detail = cited[voter] if voter is not None else SAYS.get(name, "by its functions")
            said.append(Evidence(ranker=name, score=round(float(scores[file]), 4), detail=detail))
        found.append(tuple(said))
    return found


def shared_words(scene: Scene, words: Scored, documents: Integers) -> dict[int, str]:
    """The words of the query that gave each document most, said."""
    terms = words.best_terms(documents)
    names = scene.store.vocabulary.names({term for some in terms.values() for term in some})
    return {document: "shares " + ", ".join(names[term] for term in terms[document]) for document in terms}


def _heard(scene: Scene, names: Sequence[str], without: frozenset[str]) -> list[str]:
    """Those rankers that were asked, and not left out; one that is left out may still have given another its seeds."""
    return [name for name in names if name in scene.kept and name not in without]


def _unit_voters(scene: Scene, units: Integers, without: frozenset[str]) -> dict[tuple[str, int], str]:
    """For each ranker and unit the memory that gave it most, cited."""
    wanted = set(units.tolist())
    best: dict[tuple[str, int], int] = {}
    for name in _heard(scene, VOTES, without):
        for unit, number in rankers.said(scene, name).voters.items():
            if unit in wanted:
                best[name, unit] = number
    cited = _cited(scene, set(best.values()))
    return {key: cited[number] for key, number in best.items()}


def _file_voters(scene: Scene, name: str, files: Integers) -> dict[int, int]:
    """For each file the strongest memory that voted for it."""
    voters = rankers.voters(scene, name)
    who, paths = scene.view.touched_by(voters)
    targets = scene.view.file_of_path[paths]
    wanted = np.isin(targets, files)
    found: dict[int, int] = {}
    for file, voter in zip(targets[wanted].tolist(), who[wanted].tolist(), strict=True):
        found.setdefault(file, int(voters[voter]))  # `who` rises, and the first is the strongest
    return found


def _cited(scene: Scene, numbers: set[int]) -> dict[int, str]:
    """Hash and subject of memories that voted, whose signatures hold."""
    known: dict[int, str] = scene.store.kept("cited")
    missing = [number for number in numbers if number not in known]
    query = """SELECT number, records.kind, records.id, json_extract(body, '$.message')
        FROM records JOIN versions USING (seq) WHERE number IN"""
    for number, kind, memory_id, message in rows_among(scene.store.database, query, missing):
        short = memory_id[:10] if kind == "commit" else memory_id
        subject = message.strip().partition("\n")[0]
        known[number] = f"{short} {subject[:80]}"
    return {number: known.get(number, "") for number in numbers}
