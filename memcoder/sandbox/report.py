"""What a repository's environment is at a commit, in words: its recipe and why, and its three layers."""

from typing import Any

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.sandbox.images import find_layers, present
from memcoder.sandbox.inventory import Image, image_of
from memcoder.sandbox.layers import notes_of


def describe(client: Any, repo: Repository, commit: str, settings: Settings) -> dict[str, Any]:
    """`repository`, `base_commit`, `recipe`, `layers` (base first) and `notes`; nothing is pulled or built.

    A layer has `layer`, `image`, `id`, `present`, `bytes` (its own), `created` and `used` (seconds since the epoch);
    `image` is None where it cannot be named, because the base that it would stand on is not here.
    """
    layers = find_layers(client, repo, commit, settings)
    names = {"base": layers.base_name, "environment": layers.environment, "repository": layers.repository}
    found = {layer: _inspected(client, name) for layer, name in names.items()}
    built = found["environment"]
    return {
        "repository": str(repo.path),
        "base_commit": commit,
        "recipe": layers.plan.model_dump(mode="json", exclude={"notes"}),
        "layers": [_row(layer, names[layer], image) for layer, image in found.items()],
        "notes": [*layers.plan.notes, *(notes_of(built.labels) if built else [])],
    }


def _inspected(client: Any, name: str | None) -> Image | None:
    image = present(client, name) if name else None
    return image_of(client, image.id) if image else None


def _row(layer: str, name: str | None, image: Image | None) -> dict[str, Any]:
    return {
        "layer": layer,
        "image": name,
        "id": image.id if image else None,
        "present": image is not None,
        "bytes": image.bytes if image else None,
        "created": image.created if image else None,
        "used": image.used if image else None,
    }
