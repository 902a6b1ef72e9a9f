"""BM25 over an FTS5 table, computed over the allowed documents alone.

FTS5's own bm25() counts every document of the table, so a commit of the future would move the scores of the past.
Here FTS5 gives the postings, and document frequency and mean length are those of the documents that `as_of` may see.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

K1 = 1.2
B = 0.75
TERMS_LIMIT = 400
"""Distinct terms of a query that are looked up."""
COMMON = 0.5
"""A term in more than this share of a large collection tells nothing and costs most; it is left out."""
LARGE = 200


@dataclass(frozen=True)
class Corpus:
    """Documents that may be found: `lengths[number]` is a document's length in words, 0 where it may not be seen."""

    terms: str
    """Name of the FTS5 vocabulary table (instances)."""
    weights: Mapping[str, float]
    """Column to weight of a word in it."""
    lengths: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Hits:
    """Scores by document number, and for each document which terms matched, best first."""

    scores: dict[int, float]
    matched: dict[int, list[str]]

    def best(self, most: int) -> list[int]:
        """Numbers by falling score; ties go to the higher number, which came later."""
        return sorted(self.scores, key=lambda number: (-self.scores[number], -number))[:most]


def search(database: sqlite3.Connection, corpus: Corpus, terms: Mapping[str, float]) -> Hits:
    """Score every allowed document that holds one of the terms; a term's value is its weight in the query."""
    allowed = corpus.lengths > 0
    count = int(allowed.sum())
    if not count:
        return Hits({}, {})
    mean = float(corpus.lengths[allowed].mean())
    total = np.zeros(len(corpus.lengths))
    parts: dict[int, list[tuple[float, str]]] = {}
    for term, weight in list(terms.items())[:TERMS_LIMIT]:
        numbers, frequency = _postings(database, corpus, term)
        if not len(numbers) or (count > LARGE and len(numbers) > COMMON * count):
            continue
        rarity = np.log1p((count - len(numbers) + 0.5) / (len(numbers) + 0.5))
        norm = K1 * (1 - B + B * corpus.lengths[numbers] / mean)
        gain = weight * rarity * frequency * (K1 + 1) / (frequency + norm)
        total[numbers] += gain
        for number, value in zip(numbers.tolist(), gain.tolist(), strict=True):
            parts.setdefault(number, []).append((value, term))
    matched = {number: [term for _, term in sorted(found, reverse=True)] for number, found in parts.items()}
    return Hits({number: float(total[number]) for number in parts}, matched)


def _postings(
    database: sqlite3.Connection, corpus: Corpus, term: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Allowed documents that hold a term, and its weighted frequency in each."""
    # The table's name is a constant of ours; terms are bound.
    rows = database.execute(
        f"SELECT doc, col, count(*) FROM {corpus.terms} WHERE term = ? GROUP BY doc, col",  # noqa: S608
        (term,),
    ).fetchall()
    weighted = np.zeros(len(corpus.lengths))
    for number, column, times in rows:
        if number < len(weighted) and corpus.lengths[number] > 0:
            weighted[number] += corpus.weights[column] * times
    numbers = np.flatnonzero(weighted)
    return numbers, weighted[numbers]
