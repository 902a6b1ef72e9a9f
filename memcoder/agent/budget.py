"""A budget that several runs share: what they spent together, and what they may spend.

It is looked at before each model call and charged after it. A call's price is not known before it is made, so runs
at work at once may together overshoot by a call each.
"""

import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from memcoder.errors import BudgetError, FaultError
from memcoder.records import Usage


class SharedBudget:
    """US dollars and tokens of a batch, for threads of one process, and with a file for processes and sittings too."""

    def __init__(
        self, file: Path | None = None, *, max_cost: float | None = None, max_tokens: int | None = None
    ) -> None:
        """`file` keeps what was spent, under a lock beside it; limits are what this sitting allows, None: no limit."""
        self.max_cost = math.inf if max_cost is None else max_cost
        self.max_tokens = math.inf if max_tokens is None else max_tokens
        self._file = file
        self._held = Usage()
        self._thread = threading.Lock()

    @property
    def spent(self) -> Usage:
        """By all runs so far. Raises FaultError where the file cannot be read."""
        with self._alone():
            return self._read()

    def check(self) -> None:
        """Raise BudgetError, which names the limit, once one is reached."""
        spent = self.spent
        if spent.cost > self.max_cost:
            raise BudgetError(f"the runs have spent their ${self.max_cost:.2f}", "raise --max-total-cost, and repeat")
        if spent.tokens >= self.max_tokens:
            raise BudgetError(f"the runs have spent their {self.max_tokens} tokens", "raise --max-total-tokens")

    def charge(self, usage: Usage) -> None:
        """Count a call. Raises FaultError where the file cannot be written."""
        with self._alone():
            self._write(self._read() + usage)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        from filelock import FileLock

        with self._thread:
            if self._file is None:
                yield
                return
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with FileLock(f"{self._file}.lock"):
                    yield
            except OSError as error:
                raise FaultError(
                    f"{self._file} cannot be used: {error.strerror}", "free some disk, or move it"
                ) from error

    def _read(self) -> Usage:
        if self._file is None or not self._file.exists():
            return self._held
        try:
            return Usage.model_validate_json(self._file.read_bytes())
        except ValidationError as error:
            raise FaultError(
                f"{self._file} is damaged", "move it away, and lower the limits by what was spent"
            ) from error

    def _write(self, spent: Usage) -> None:
        if self._file is None:
            self._held = spent
            return
        temporary = self._file.with_name(f".{self._file.name}.tmp")
        temporary.write_text(json.dumps(spent.model_dump(mode="json"), indent=2) + "\n")
        temporary.replace(self._file)
