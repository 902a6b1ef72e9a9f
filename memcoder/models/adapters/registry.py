"""The registry of adapters: immutable folders named by their content, and aliases that move.

    adapters/3f9a…/adapter_model.safetensors, adapter_config.json, manifest.json
    adapters/aliases/….json

A folder appears whole, by one rename, and is never changed. Its manifest is signed together with the hashes of the
weights, so what was altered outside is noticed when it is asked for.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from memcoder.config import home
from memcoder.errors import FaultError, UsageError
from memcoder.models.adapters.aliases import Aliases
from memcoder.models.adapters.content import ID_DIGITS, check_manifest, content_id, copy_weights, file_hashes
from memcoder.models.adapters.sealed import read_sealed, write_sealed
from memcoder.records import Adapter
from memcoder.whole import DRAFT

if TYPE_CHECKING:
    from filelock import FileLock

MANIFEST = "manifest.json"
ID = re.compile(rf"[0-9a-f]{{{ID_DIGITS}}}")
BEGINNING = re.compile(r"[0-9a-f]{4,}")
SEE_LIST = "see them with: memcoder adapter list"


class Registry:
    """The adapters of all repositories of this user; open it with `Registry.open`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.aliases = Aliases(folder / "aliases")

    @classmethod
    def open(cls, folder: Path | None = None) -> "Registry":
        """The registry in `folder`, `adapters` under the home where none is given; it need not exist yet."""
        return cls(folder or home() / "adapters")

    def put(self, weights: Path, manifest: Adapter) -> Adapter:
        """Keep a peft folder under the name of its content, and give the manifest as it is kept.

        The manifest's `id` is set here, `created` (Unix seconds) where it is 0. Weights that are there already stay,
        with the manifest they came with. Raises UsageError where the folder holds no adapter, where a repository or
        area is none, or where the same weights were kept for another purpose or with another verdict.
        """
        check_manifest(manifest)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.lock():
            self._clear_drafts()
            draft = Path(tempfile.mkdtemp(dir=self.folder, prefix=DRAFT))
            try:
                return self._keep(weights, manifest, draft)
            finally:
                shutil.rmtree(draft, ignore_errors=True)

    def get(self, name: str) -> tuple[Adapter, Path]:
        """The manifest and folder of an adapter, by its id, a unique beginning of it (4 digits or more), or an alias.

        Everything is hashed anew. Raises UsageError where the name stands for none or several, FaultError where
        weights or manifest were altered.
        """
        key = self.resolve(name)
        adapter, hashes = self._read(key)
        try:
            altered = file_hashes(self.folder / key) != hashes
        except OSError as error:
            raise FaultError(f"the weights of adapter {key} cannot be read: {error}", _remedy(key)) from error
        if altered:
            raise FaultError(f"the weights of adapter {key} were altered: {self.folder / key}", _remedy(key))
        return adapter, self.folder / key

    def all(self) -> list[Adapter]:
        """The manifests that hold, oldest first; `broken` names the others. Weights are hashed by `get` alone."""
        return self.survey()[0]

    def broken(self) -> dict[str, str]:
        """Id → what is wrong with its manifest."""
        return self.survey()[1]

    def survey(self) -> tuple[list[Adapter], dict[str, str]]:
        """What `all` and `broken` give, every manifest read once."""
        found, wrong = [], {}
        for key in self.ids():
            try:
                found.append(self._read(key)[0])
            except FaultError as error:
                wrong[key] = error.message
        return sorted(found, key=lambda adapter: (adapter.created, adapter.id)), wrong

    def promoted(self, alias: str) -> Adapter | None:
        """The adapter that the alias stands for; None where it stands for none. Raises FaultError as `get` does."""
        history = self.aliases.history(alias)
        return self.get(history[-1])[0] if history else None

    def promote(self, name: str, *, force: bool = False) -> Adapter:
        """Move the alias of its repository and area to this adapter.

        Raises UsageError for one that the gate refused, unless forced.
        """
        with self.lock():
            adapter, _ = self.get(name)
            if adapter.verdict == "refused" and not force:
                why = "; ".join(adapter.reasons) or "no reason was noted"
                raise UsageError(f"the gate refused adapter {adapter.id}: {why}", "promote another, or give --force")
            history = self.aliases.history(adapter.alias)
            if history[-1:] != (adapter.id,):
                self.aliases.set(adapter.alias, (*history, adapter.id))
            return adapter

    def rollback(self, alias: str) -> Adapter | None:
        """Move an alias back to what was promoted before, and give that; None: back to the base alone.

        Raises UsageError where nothing is promoted under it, and changes nothing where what it would go back to was
        altered (FaultError).
        """
        with self.lock():
            history = self.aliases.history(alias)
            if not history:
                raise UsageError(f"nothing is promoted as {alias!r}", SEE_LIST)
            before = self.get(history[-2])[0] if history[1:] else None
            self.aliases.set(alias, history[:-1])
            return before

    def remove(self, ids: Collection[str]) -> list[str]:
        """Delete adapters, and take them out of every alias's history; those that are not there are passed over."""
        if not self.folder.is_dir():
            return []
        with self.lock():
            self._clear_drafts()
            gone = [key for key in self.ids() if key in set(ids)]
            for alias, history in self.aliases.all().items():
                left = tuple(key for key in history if key not in gone)
                if left != history:
                    self.aliases.set(alias, left)
            for key in gone:
                hidden = Path(tempfile.mkdtemp(dir=self.folder, prefix=DRAFT))
                os.rename(self.folder / key, hidden / key)
                shutil.rmtree(hidden)
            return gone

    def ids(self) -> list[str]:
        """Every adapter that lies here, whatever its state."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if ID.fullmatch(path.name) and path.is_dir())

    def resolve(self, name: str) -> str:
        """The id that a name stands for. A name is compared with what is here, never made part of a path."""
        ids = self.ids()
        if name in ids:
            return name
        if history := self.aliases.history(name):
            return history[-1]
        found = [key for key in ids if BEGINNING.fullmatch(name) and key.startswith(name)]
        if len(found) == 1:
            return found[0]
        what = f"{len(found)} adapters begin with {name!r}" if found else f"there is no adapter {name!r}"
        raise UsageError(what, SEE_LIST)

    def lock(self) -> "FileLock":
        """Held while something is written; several processes wait for one another."""
        from filelock import FileLock

        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / ".lock")

    def _keep(self, weights: Path, manifest: Adapter, draft: Path) -> Adapter:
        copy_weights(weights, draft)
        key = content_id(draft)  # of the copy: the source may change while it is read
        adapter = manifest.model_copy(update={"id": key, "created": manifest.created or int(time.time())})
        if key in self.ids():
            return _same(self.get(key)[0], adapter)
        write_sealed(draft / MANIFEST, {"adapter": adapter.model_dump(mode="json"), "files": file_hashes(draft)})
        for file in draft.iterdir():
            _sync(file)
        os.rename(draft, self.folder / key)
        _sync(self.folder)
        return adapter

    def _read(self, key: str) -> tuple[Adapter, dict[str, str]]:
        what = f"the manifest of adapter {key}"
        document = read_sealed(self.folder / key / MANIFEST, what, _remedy(key))
        try:
            adapter = Adapter.model_validate(document["adapter"])
        except (KeyError, ValidationError) as error:
            raise FaultError(f"{what} is of another version of memcoder", _remedy(key)) from error
        if adapter.id != key:
            raise FaultError(f"{what} is that of {adapter.id}", _remedy(key))
        return adapter, document["files"]

    def _clear_drafts(self) -> None:
        """While the lock is held, a draft that lies here, of a folder or a file, is a dead process's."""
        for path in (*self.folder.glob(f"{DRAFT}*"), *self.aliases.folder.glob(f"{DRAFT}*")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _same(kept: Adapter, given: Adapter) -> Adapter:
    """Raises UsageError where the two say different things of what the weights are for, or are worth."""
    for field in ("repository", "area", "base_sha256", "verdict"):
        if getattr(kept, field) != getattr(given, field):
            hint = f"look: memcoder adapter show {kept.id}; remove: memcoder adapter prune {kept.id} --yes"
            raise UsageError(f"adapter {kept.id} is kept already, with another {field.replace('_sha256', '')}", hint)
    return kept


def _remedy(key: str) -> str:
    return f"train it again, and remove this one: memcoder adapter prune {key} --yes"


def _sync(path: Path) -> None:
    if os.name != "posix":
        return  # elsewhere a folder cannot be opened
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
