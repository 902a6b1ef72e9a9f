"""Postings as arrays: which documents hold a term how often; BM25 over the documents that may be seen.

BM25 (Robertson and Walker, 1994) with document frequency and mean length of the allowed documents alone, so that a
commit of the future cannot move a score of the past.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
K1 = 1.2
B = 0.75
COMMON = 0.5
"""A term in more than this share of a large collection tells nothing and costs most; it is left out."""
LARGE = 200


@dataclass(frozen=True)
class Rows:
    """Documents with their terms, one after the other (compressed rows): document i has sizes[i] terms."""

    sizes: npt.NDArray[np.int32]
    terms: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]

    @classmethod
    def of(cls, documents: Sequence[Mapping[int, int]]) -> "Rows":
        """Rows of documents, each a term's number to its count."""
        sizes = np.fromiter((len(document) for document in documents), np.int32, len(documents))
        total = int(sizes.sum())
        terms = np.fromiter((term for document in documents for term in document), np.int32, total)
        counts = (min(count, 65535) for document in documents for count in document.values())
        return cls(sizes, terms, np.fromiter(counts, np.uint16, total))

    @classmethod
    def joined(cls, parts: Sequence["Rows"]) -> "Rows":
        """All documents of all parts, in order."""
        if not parts:
            return cls.of([])
        names = ("sizes", "terms", "counts")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def blobs(self) -> tuple[bytes, bytes, bytes]:
        """As they are kept in SQLite."""
        return self.sizes.tobytes(), self.terms.tobytes(), self.counts.tobytes()

    @classmethod
    def from_blobs(cls, sizes: bytes, terms: bytes, counts: bytes) -> "Rows":
        """The opposite of `blobs`."""
        return cls(np.frombuffer(sizes, np.int32), np.frombuffer(terms, np.int32), np.frombuffer(counts, np.uint16))


@dataclass(frozen=True)
class Postings:
    """Terms with their documents (compressed columns): term vocabulary[j] has documents[starts[j]:starts[j + 1]]."""

    vocabulary: npt.NDArray[np.int32]
    starts: Integers
    documents: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    lengths: Floats
    """Length of each document in words."""

    @classmethod
    def of(cls, rows: Rows, numbers: Integers | None = None, size: int = 0) -> "Postings":
        """Turn rows to columns; `numbers` below `size` are the documents' own, where they are not 0, 1, 2 ..."""
        ids = np.arange(len(rows.sizes), dtype=np.int64) if numbers is None else numbers
        size = max(size, len(rows.sizes))
        owner = np.repeat(ids, rows.sizes)
        # One sort of whole numbers is several times faster than an argsort: term above, position below.
        keys = np.sort((rows.terms.astype(np.int64) << 32) | np.arange(len(rows.terms), dtype=np.int64))
        order, terms = keys & 0xFFFFFFFF, (keys >> 32).astype(np.int32)
        firsts = np.flatnonzero(np.diff(terms, prepend=-1))
        lengths = np.bincount(owner, rows.counts, size) if len(owner) else np.zeros(size)
        return cls(
            terms[firsts],
            np.append(firsts, len(terms)),
            owner[order].astype(np.int32),
            rows.counts[order],
            lengths.astype(np.float64),
        )

    def select(self, terms: Mapping[int, float]) -> "Matches":
        """All postings of a query's terms."""
        numbers = np.fromiter(terms, np.int32, len(terms))
        weights = np.fromiter(terms.values(), np.float64, len(terms))
        at = np.searchsorted(self.vocabulary, numbers)
        at[at == len(self.vocabulary)] = 0
        there = self.vocabulary[at] == numbers if len(self.vocabulary) else np.zeros(len(numbers), np.bool_)
        at, numbers, weights = at[there], numbers[there], weights[there]
        starts = self.starts[at]
        sizes = self.starts[at + 1] - starts
        which, where = slices(starts, sizes)
        return Matches(numbers, weights, which, self.documents[where], self.counts[where].astype(np.float64))


@dataclass(frozen=True)
class Matches:
    """Postings of a query: the n-th says that document[n] holds term numbers[which[n]] count[n] times."""

    numbers: npt.NDArray[np.int32]
    weights: Floats
    which: npt.NDArray[Any]
    documents: npt.NDArray[np.int32]
    counts: Floats

    def bm25(self, lengths: Floats, group: npt.NDArray[np.int32] | None = None) -> "Scored":
        """Scores by document; with `group`, documents are put together first (units of a file, say).

        `lengths` are those of the documents, or of the groups, 0 where it may not be seen.
        """
        documents, which, counts = self.documents, self.which, self.counts
        if group is not None:
            documents, which, counts = _together(group[documents], which, counts, len(lengths))
        seen = lengths[documents] > 0
        documents, which, counts = documents[seen], which[seen], counts[seen]
        total = int((lengths > 0).sum())
        frequency = np.bincount(which, minlength=len(self.numbers))
        gain = self.weights * np.log1p((total - frequency + 0.5) / (frequency + 0.5))
        if total > LARGE:
            gain[frequency > COMMON * total] = 0.0
        mean = lengths.sum() / max(total, 1)
        norm = K1 * (1 - B + B * lengths[documents] / max(mean, 1e-9))
        parts = gain[which] * counts * (K1 + 1) / (counts + norm)
        scores = np.bincount(documents, parts, len(lengths)).astype(np.float64)
        return Scored(scores, documents, self.numbers[which], parts, self.numbers[frequency > 0])


@dataclass(frozen=True)
class Scored:
    """BM25 scores by document, and the parts that they are made of."""

    scores: Floats
    documents: npt.NDArray[np.int32]
    terms: npt.NDArray[np.int32]
    parts: Floats
    held: npt.NDArray[np.int32]
    """Terms that some document which may be seen holds."""

    def best_terms(self, documents: Integers, most: int = 4) -> dict[int, list[int]]:
        """For each document the terms that gave it most."""
        at = np.flatnonzero(np.isin(self.documents, documents) & (self.parts > 0))
        found: dict[int, list[int]] = {int(document): [] for document in documents}
        for where in at[np.argsort(-self.parts[at], kind="stable")].tolist():
            terms = found[int(self.documents[where])]
            if len(terms) < most:
                terms.append(int(self.terms[where]))
        return found

    def shared(self) -> npt.NDArray[np.int64]:
        """How many of the query's terms each document holds."""
        return np.bincount(self.documents[self.parts > 0], minlength=len(self.scores))


def slices(starts: Integers, sizes: Integers) -> tuple[Integers, Integers]:
    """For all positions of several slices, one after the other: which slice it belongs to, and the position."""
    before = np.cumsum(sizes) - sizes
    which = np.repeat(np.arange(len(sizes)), sizes)
    return which, np.arange(len(which)) + (starts - before)[which]


def _together(
    owners: npt.NDArray[np.int32], which: npt.NDArray[Any], counts: Floats, size: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[Any], Floats]:
    """Counts of the same term in the same group, added up; an owner below 0 belongs to none."""
    kept = owners >= 0
    keys = which[kept].astype(np.int64) * size + owners[kept]
    sums = np.bincount(keys, counts[kept])
    there = np.flatnonzero(sums)
    return (there % size).astype(np.int32), there // size, sums[there].astype(np.float64)
