"""Removing images that no attempt will start from again; it says first which, and why.

Only what carries memcoder's label, and never what a container stands on.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from memcoder.config import Settings
from memcoder.errors import MemcoderError
from memcoder.history.repository import Repository
from memcoder.sandbox.engine import dead_owner, engine_faults
from memcoder.sandbox.images import find_layers
from memcoder.sandbox.inventory import Image, images, used_images
from memcoder.sandbox.layers import VERSION, Layers

DAY = 86_400.0


@dataclass(frozen=True)
class Candidate:
    """An image that may go, and why."""

    image: Image
    reason: str


@dataclass(frozen=True)
class Pruning:
    """What may go, in the order in which it can (what stands on another first), and how many stay."""

    candidates: tuple[Candidate, ...]
    in_use: int
    """Images that would go, if no container stood on them."""
    kept: int

    @property
    def bytes(self) -> int:
        """Bytes that it frees."""
        return sum(candidate.image.bytes for candidate in self.candidates)


def plan_pruning(
    client: Any,
    settings_of: Callable[[Path], Settings],
    repository: Repository | None = None,
    older_than: float | None = None,
) -> Pruning:
    """Which images may go: of one repository, or of all; `older_than` in days since their last use.

    Reasons: nothing names it and its process is dead; made by another version of memcoder; its repository or its
    commit is gone; its repository's manifests, recipe or base are others now; nothing stands on it; its age.
    """
    ours = [one for one in images(client) if one.layer != "foreign"]
    found = [one for one in ours if repository is None or one.key == repository.key]
    judge = _Judge(client, settings_of, repository, older_than)
    reasons = {one.id: judge.reason(one) for one in found if one.layer != "environment"}
    needed = {one.environment for one in ours if not reasons.get(one.id)}
    for one in found:
        if one.layer == "environment":
            reasons[one.id] = "" if one.tag in needed else judge.environment(one)
    used = used_images(client)
    going = [Candidate(one, reasons[one.id]) for one in found if reasons[one.id]]
    free = [candidate for candidate in going if candidate.image.id not in used]
    free.sort(key=lambda candidate: candidate.image.layer == "environment")
    return Pruning(tuple(free), in_use=len(going) - len(free), kept=len(found) - len(going))


def remove(client: Any, pruning: Pruning) -> list[Candidate]:
    """Remove them; those that went. One that came into use meanwhile, or bears a tag of the user's, stays."""
    from docker.errors import APIError

    gone = []
    for candidate in pruning.candidates:
        with engine_faults("removing images"):
            try:
                client.images.remove(candidate.image.tag or candidate.image.id)
            except APIError as error:
                if not error.is_client_error():
                    raise
                continue
        gone.append(candidate)
    return gone


class _Judge:
    """Says why an image may go; each repository and commit is looked at once."""

    def __init__(
        self,
        client: Any,
        settings_of: Callable[[Path], Settings],
        repository: Repository | None,
        older_than: float | None,
    ) -> None:
        self._client, self._settings_of, self._repository = client, settings_of, repository
        self._oldest = time.time() - older_than * DAY if older_than is not None else None
        self._open = cache(self._opened)
        self._layers = cache(self._found)

    def reason(self, image: Image) -> str:
        """Why an image may go; empty where it may not."""
        if image.layer == "leftover":
            return "left by a run that is no more" if dead_owner(image.labels) else ""
        if image.version != VERSION:
            return "made by another version of memcoder"
        repo = self._open(image.source)
        if repo is None:
            return f"its repository is gone: {image.source}"
        if not repo.knows(image.commit):
            return f"its commit {image.commit[:12]} is gone"
        layers = self._layers(image.source, image.commit)
        if layers and layers.repository and image.tag != layers.repository:
            return "the manifests, the recipe or the base are others now"
        return self._by_age(image)

    def environment(self, image: Image) -> str:
        """Why an environment that no image stands on may go; empty where HEAD would be built on it, or any project."""
        if image.version != VERSION:
            return "made by another version of memcoder"
        if not image.source:
            return self._by_age(image)
        repo = self._open(image.source)
        if repo is None:
            return f"its repository is gone: {image.source}"
        layers = self._layers(image.source, repo.head())
        if layers is None or image.tag == layers.environment:
            return self._by_age(image)
        return "no image of a commit stands on it"

    def _by_age(self, image: Image) -> str:
        if self._oldest is None or image.used >= self._oldest:
            return ""
        return f"not used for {(time.time() - image.used) / DAY:.0f} days"

    def _opened(self, source: str) -> Repository | None:
        if self._repository is not None:
            return self._repository
        try:
            return Repository.open(source)
        except MemcoderError:
            return None

    def _found(self, source: str, commit: str) -> Layers | None:
        """The layers as they would be now; None where the settings there cannot be read."""
        repo = self._open(source)
        try:
            return find_layers(self._client, repo, commit, self._settings_of(repo.path)) if repo else None
        except MemcoderError:
            return None
