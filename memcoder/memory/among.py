"""Rows whose column is among many values: SQLite bounds the number of parameters, so they are asked for in parts."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

MOST = 500
"""Values a question; SQLite's own bound was 999 for long."""


def rows_among(database: sqlite3.Connection, query: str, values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Rows of a query that ends in `IN`, for all values. The query is our own text; the values are bound."""
    left = iter(values)
    while part := list(islice(left, MOST)):
        marks = ",".join("?" * len(part))
        yield from database.execute(f"{query} ({marks})", part)
