"""What was asked of models before, a line each: so that no refusal is paid twice, and the next estimate has seconds.

The file may be deleted: then refused commits are tried again. What came of the answers that were taken stands in the
records, signed.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

from pydantic import ValidationError

from memcoder.memory.distill.one import Distillation
from memcoder.memory.distill.prompt import VERSION
from memcoder.memory.store import MemoryStore
from memcoder.records import Record


class Entry(Record):
    """One memory that one model was asked about."""

    memory: str
    model: str
    version: int
    """Of prompt and check."""
    at: int
    distilled: bool
    faults: tuple[str, ...] = ()
    """Kinds of fault of the last answer."""
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


class DistillLog:
    """The lines of one store."""

    def __init__(self, store: MemoryStore) -> None:
        self.path: Path = store.folder / "distilling.jsonl"

    def entries(self) -> Iterator[Entry]:
        """All whole lines; one that a kill cut off is passed over."""
        if not self.path.is_file():
            return
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                yield Entry.model_validate_json(line)
            except ValidationError:
                continue

    def refused(self, model: str) -> set[str]:
        """Ids that this model was asked about, by this prompt, in vain."""
        own = [entry for entry in self.entries() if entry.model == model and entry.version == VERSION]
        return {entry.memory for entry in own if not entry.distilled} - {e.memory for e in own if e.distilled}

    def seconds_each(self, model: str) -> float | None:
        """Mean seconds of a memory by this model; None where it was never asked."""
        known = [entry.seconds for entry in self.entries() if entry.model == model and entry.seconds > 0]
        return fmean(known) if known else None

    def add(self, done: Distillation, model: str) -> None:
        """One line more, in one write."""
        entry = Entry(
            memory=done.memory,
            model=model,
            version=VERSION,
            at=int(time.time()),
            distilled=done.fields is not None,
            faults=tuple(dict.fromkeys(fault.kind for fault in done.refused[-1])) if done.fields is None else (),
            tokens_in=done.usage.tokens_in,
            tokens_out=done.usage.tokens_out,
            seconds=round(done.usage.seconds, 2),
        )
        with self.path.open("a", encoding="utf-8") as file:
            # The first line feed ends a line that a kill cut off; empty lines are passed over.
            file.write("\n" + json.dumps(entry.model_dump(mode="json")) + "\n")

    def forget(self, memories: set[str]) -> None:
        """Drop the lines of these memories."""
        kept = [entry for entry in self.entries() if entry.memory not in memories]
        draft = self.path.with_suffix(".tmp")
        draft.write_text("".join(json.dumps(entry.model_dump(mode="json")) + "\n" for entry in kept), encoding="utf-8")
        draft.replace(self.path)
