"""What came of each exercise, a line each as it ends, so that a practice that was cut off goes on."""

import json
import os
from pathlib import Path

from pydantic import ValidationError

from memcoder.errors import FaultError
from memcoder.internalize.practise.attempt import Practised

FILE = "practised.jsonl"


class Notes:
    """FOLDER/practised.jsonl; a line that a crash cut off is dropped."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        folder.mkdir(parents=True, exist_ok=True)
        if self.file.is_file():
            with self.file.open("rb+") as file:
                file.truncate(file.read().rfind(b"\n") + 1)

    def all(self) -> dict[tuple[str, str, int], Practised]:
        """The last word on each exercise, by task, model and seed. Raises FaultError for a damaged line."""
        found: dict[tuple[str, str, int], Practised] = {}
        for number, line in enumerate(self.file.read_bytes().splitlines() if self.file.is_file() else (), start=1):
            try:
                one = Practised.model_validate_json(line)
            except ValidationError as error:
                raise FaultError(f"{self.file}, line {number}, is damaged", "move the file away") from error
            found[one.task, one.model, one.seed] = one
        return found

    def add(self, one: Practised) -> None:
        """It is on the disk when this returns."""
        with self.file.open("ab") as file:
            file.write(json.dumps(one.model_dump(mode="json")).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
