"""What memcoder has made in the engine: its images, what they are for, how large, and when they were last used."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memcoder.sandbox.engine import LABEL, engine_faults
from memcoder.sandbox.layers import COMMIT, ENVIRONMENT, KEY, MADE_BY, REPOSITORY, SOURCE, STANDS_ON


@dataclass(frozen=True)
class Image:
    """One image that carries memcoder's label."""

    id: str
    tags: tuple[str, ...]
    labels: dict[str, str]
    bytes: int
    """Its own size, without the layers below."""
    created: float
    """Seconds since the epoch."""
    used: float
    """When an attempt last started from it, or it was made; seconds since the epoch."""

    @property
    def tag(self) -> str:
        """Our tag of it; empty where it has none."""
        return next((tag for tag in self.tags if tag.startswith((ENVIRONMENT, REPOSITORY))), "")

    @property
    def layer(self) -> str:
        """`environment`, `repository`, `leftover` where nothing names it, `foreign` where somebody else does."""
        name = self.tag.partition(":")[0]
        return {ENVIRONMENT: "environment", REPOSITORY: "repository"}.get(name, "foreign" if self.tags else "leftover")

    @property
    def commit(self) -> str:
        return self.labels.get(COMMIT, "")

    @property
    def key(self) -> str:
        """Key of the repository it was made for; empty where it serves any."""
        return self.labels.get(KEY, "")

    @property
    def source(self) -> str:
        """The folder of the repository it was made from."""
        return self.labels.get(SOURCE, "")

    @property
    def environment(self) -> str:
        """Tag of the environment that a repository's image stands on."""
        return self.labels.get(STANDS_ON, "")

    @property
    def version(self) -> str:
        """VERSION of the layers when it was made."""
        return self.labels.get(MADE_BY, "")


def images(client: Any) -> list[Image]:
    """Every image with memcoder's label, the newest first; one that another process removes meanwhile is left out.

    Raises FaultError.
    """
    from docker.errors import ImageNotFound

    found = []
    with engine_faults("listing images"):
        for one in client.api.images(filters={"label": LABEL}):
            with suppress(ImageNotFound):
                found.append(_look(client, one["Id"]))
    return sorted(found, key=lambda image: -image.created)


def image_of(client: Any, name: str) -> Image:
    """One image, by its id or a name. Raises FaultError."""
    with engine_faults("looking at an image"):
        return _look(client, name)


def _look(client: Any, name: str) -> Image:
    details = client.api.inspect_image(name)
    below = _inspected(client, details.get("Parent", ""))
    return _image(details, details["Size"] - below.get("Size", 0))


def used_images(client: Any) -> set[str]:
    """Ids of the images that a container of anybody's stands on, running or not, the layers below included."""
    with engine_faults("listing containers"):
        waiting = {one.attrs["Image"] for one in client.containers.list(all=True, ignore_removed=True)}
        found: set[str] = set()
        while waiting:
            one = waiting.pop()
            found.add(one)
            parent = _inspected(client, one).get("Parent", "")
            if parent and parent not in found:
                waiting.add(parent)
    return found


def _image(details: dict[str, Any], own: int) -> Image:
    created = _seconds(details.get("Created", ""))
    tagged = _seconds((details.get("Metadata") or {}).get("LastTagTime", ""))
    return Image(
        id=details["Id"],
        tags=tuple(details.get("RepoTags") or ()),
        labels=(details.get("Config") or {}).get("Labels") or {},
        bytes=max(0, own),
        created=created,
        used=max(created, tagged),
    )


def _seconds(text: str) -> float:
    """Seconds since the epoch of the engine's times; 0 for its zero time."""
    try:
        when = datetime.fromisoformat(text[:19] + "+00:00" if text.endswith("Z") else text)
    except ValueError:
        return 0.0
    return max(0.0, when.timestamp()) if when.year > 1970 else 0.0


def _inspected(client: Any, image: str) -> dict[str, Any]:
    """What the engine says of an image; nothing where it is not here."""
    from docker.errors import ImageNotFound

    try:
        return dict(client.api.inspect_image(image)) if image else {}
    except ImageNotFound:
        return {}
