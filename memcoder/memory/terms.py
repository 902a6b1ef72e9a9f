"""The store's vocabulary: each term has a number, so that postings are arrays of integers."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping

from memcoder.memory.among import rows_among
from memcoder.memory.text import counted, terms_of


class Vocabulary:
    """Term to number. Numbers are given inside the store's transactions and never change."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._numbers: dict[str, int] | None = None
        self._words: dict[str, tuple[int, ...]] = {}
        self._others = -1

    def follow(self) -> None:
        """At the start of a transaction: what another process numbered, or numbered anew, is read again."""
        others = int(self._database.execute("PRAGMA data_version").fetchone()[0])
        if others != self._others:
            self.forget()
            self._others = others

    def forget(self) -> None:
        """After a transaction that was taken back: what it numbered is not there."""
        self._numbers = None
        self._words.clear()

    def count(self, *weighted: tuple[str, int]) -> dict[int, int]:
        """Term number to its count in (text, weight) pairs; new terms get their numbers. Inside a transaction."""
        totals: dict[int, int] = {}
        for text, weight in weighted:
            for word, times in counted(text).items():
                numbers = self._words.get(word)
                if numbers is None:
                    numbers = self._words[word] = tuple(self._number(term) for term in terms_of(word))
                for number in numbers:
                    totals[number] = totals.get(number, 0) + times * weight
        return totals

    def known(self, terms: Iterable[str]) -> dict[str, int]:
        """The numbers of those terms that have one."""
        return dict(rows_among(self._database, "SELECT term, id FROM terms WHERE term IN", terms))

    def numbered(self, weights: Mapping[str, float]) -> dict[int, float]:
        """A query's weights by term number; terms that stand nowhere are left out."""
        known = self.known(weights)
        return {known[term]: weight for term, weight in weights.items() if term in known}

    def names(self, numbers: Iterable[int]) -> dict[int, str]:
        """Number to term."""
        return dict(rows_among(self._database, "SELECT id, term FROM terms WHERE id IN", numbers))

    def _number(self, term: str) -> int:
        if self._numbers is None:
            self._numbers = dict(self._database.execute("SELECT term, id FROM terms"))
        if term not in self._numbers:
            self._numbers[term] = len(self._numbers) + 1
            self._database.execute("INSERT INTO terms (id, term) VALUES (?, ?)", (self._numbers[term], term))
        return self._numbers[term]


def query_weights(title: str, body: str) -> dict[str, float]:
    """Terms of a query with their weights: the title's count twice, repetition counts by its root."""
    totals: Counter[str] = Counter()
    for text, weight in ((title, 2), (body, 1)):
        for word, times in counted(text).items():
            for term in terms_of(word):
                totals[term] += times * weight
    return {term: times**0.5 for term, times in totals.items()}
