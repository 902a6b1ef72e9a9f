"""Export and import of memories as JSON lines: a header, then one signed record a line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from memcoder.errors import UsageError
from memcoder.memory.signing import body_of, canonical, sign, verify
from memcoder.memory.store import MemoryStore
from memcoder.records import Memory

FORMAT = 1


@dataclass(frozen=True)
class Imported:
    """What an import did: records that kept their trust, that are quarantined, and that were there already."""

    trusted: int
    quarantined: int
    unchanged: int


def export_lines(store: MemoryStore) -> Iterator[str]:
    """The latest state of every record, with its signature as it stands in the store."""
    yield canonical({"memcoder": "memories", "format": FORMAT, "repository": store.repository_key})
    for _, body, signature in store.bodies():
        yield canonical({"memory": json.loads(body), "signature": signature})


def import_lines(store: MemoryStore, lines: Iterable[str]) -> Imported:
    """Put exported records, all or none; those not signed under this store's own key are quarantined.

    A record that is here already and trusted stays as it is. Raises UsageError that names
    the line which is not as it should be, and then nothing was imported.
    """
    records = _parsed(lines)
    trusted = quarantined = unchanged = 0
    with store.writing():
        for memory, body, signature in records:
            good = verify(body, signature) and memory.provenance.repository == store.repository_key
            kept = memory if good else _doubted(memory)
            here = store.get(memory.id)
            if here is not None and (here == kept or not good or here.trust != "quarantined"):
                unchanged += 1
                continue
            store.append(kept, body_of(kept), sign(body_of(kept)))
            trusted, quarantined = trusted + good, quarantined + (not good)
    return Imported(trusted, quarantined, unchanged)


def trust(store: MemoryStore, memory: Memory) -> Memory:
    """The human's word that a quarantined record may be shown; it is signed anew under this store's key."""
    believed = memory.model_copy(update={"trust": "imported"})
    store.put([believed])
    return believed


def _doubted(memory: Memory) -> Memory:
    return memory.model_copy(update={"trust": "quarantined"})


def _parsed(lines: Iterable[str]) -> list[tuple[Memory, str, str]]:
    """Memory, body and signature of each line after the header."""
    found = []
    number = 0
    for number, line in enumerate(lines, start=1):
        try:
            document: Any = json.loads(line)
            if number == 1:
                _check_header(document)
                continue
            body = canonical(document["memory"])
            found.append((Memory.model_validate_json(body), body, str(document["signature"])))
        except (ValueError, KeyError, TypeError) as error:
            reason = str(error).partition("\n")[0]
            raise UsageError(f"line {number} is no exported memory: {reason}", "nothing was imported") from error
    if not number:
        raise UsageError("the file is empty", "nothing was imported")
    return found


def _check_header(document: Any) -> None:
    if not isinstance(document, dict) or document.get("memcoder") != "memories":
        raise ValueError("the first line is not the header of an export")
    if document.get("format") != FORMAT:
        raise ValueError(f"format {document.get('format')} is not known to this version")
