"""Figures of a document as short texts, whatever the benchmark."""

from collections.abc import Mapping, Sequence
from typing import Any

NAMES = ("name", "arm", "against", "policy", "repository", "instance")
"""Columns that stand first."""
LONG = 200
"""Characters of a text that a cell shows."""


def cell(value: Any) -> str:
    """One value on a line: a share as `41.2 [36.1, 46.5]`, a number to four digits, anything else as it is, cut."""
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(cell, value))
    return "" if value is None else " ".join(str(value).split())[:LONG]


def _mapping(value: Mapping[str, Any]) -> str:
    interval = value.get("interval")
    middle = value.get("percent", value.get("difference"))
    if interval is None or isinstance(middle, Mapping) or middle is None:
        return "; ".join(f"{key} {cell(one)}" for key, one in value.items())
    rest = {key: one for key, one in value.items() if key not in ("percent", "difference", "interval")}
    told = f"{cell(middle)} [{cell(interval)}]"
    return f"{told}; {_mapping(rest)}" if rest else told


def table(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Rows with the same columns, the first row their names; a column that no row has anything in is left out."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    keys = [key for key in keys if any(row.get(key) not in (None, "", [], {}) for row in rows)]
    keys.sort(key=lambda key: NAMES.index(key) if key in NAMES else len(NAMES))
    return [[key.replace("_", " ") for key in keys], *([cell(row.get(key)) for key in keys] for row in rows)]


def facts(document: Mapping[str, Any]) -> dict[str, str]:
    """What the document says of the run as a whole: everything that is no table."""
    plain = {key: value for key, value in document.items() if not isinstance(value, list | dict)}
    return {key.replace("_", " "): cell(value) for key, value in plain.items() if value is not None}
