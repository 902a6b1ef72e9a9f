"""Which adapter is promoted, one signed file an alias, with those before it to roll back to."""

import hashlib
from pathlib import Path

from memcoder.errors import FaultError
from memcoder.models.adapters.sealed import read_sealed, write_sealed

HINT = "delete the file, then promote again: memcoder adapter promote ID"


class Aliases:
    """Alias → ids that were promoted under it, the present one last. The registry holds the lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def history(self, alias: str) -> tuple[str, ...]:
        """Empty where nothing is promoted. Raises FaultError where the file was altered."""
        path = self._path(alias)
        if not path.is_file():
            return ()
        whose, history = _read(path)
        if whose != alias:
            raise FaultError(f"the alias {alias!r} is another one's: {path}", HINT)
        return history

    def set(self, alias: str, history: tuple[str, ...]) -> None:
        """Move the alias, in one step: readers see the old history or the new one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_sealed(self._path(alias), {"alias": alias, "history": list(history)})

    def all(self) -> dict[str, tuple[str, ...]]:
        """Every alias under which something is or was promoted. Raises FaultError where a file was altered."""
        return dict(_read(path) for path in sorted(self.folder.glob("*.json")))

    def _path(self, alias: str) -> Path:
        # an area is a path of somebody's repository: its hash can lead nowhere else, and fits any file system
        return self.folder / f"{hashlib.sha256(alias.encode()).hexdigest()[:32]}.json"


def _read(path: Path) -> tuple[str, tuple[str, ...]]:
    document = read_sealed(path, "the alias of a promoted adapter", HINT)
    return str(document["alias"]), tuple(map(str, document["history"]))
