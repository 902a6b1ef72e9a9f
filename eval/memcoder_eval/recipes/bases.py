"""The base image that brings the Python of a recipe."""

from memcoder import Settings, connect, engine_faults
from memcoder_eval.recipes.ground import Ground

LOCAL = {"3.9": "memcoder-base:bullseye", "3.11": "memcoder-base:bookworm"}
"""What scripts/engine-up makes."""


def settings_for(ground: Ground, settings: Settings) -> Settings:
    """The settings with a ground's recipe, and with the base of its Python unless they name a base themselves."""
    own = settings.model_copy(update={"recipe": ground.recipe} if ground.install else {})
    if settings.base_image or settings.sandbox == "local" or ground.python not in LOCAL:
        return own
    return own.model_copy(update={"base_image": _base(ground.python)})


def _base(python: str) -> str:
    """Ours where it is here, else the one that a registry has."""
    from docker.errors import ImageNotFound

    with engine_faults("looking for a base image"):
        client = connect()
        try:
            client.images.get(LOCAL[python])
        except ImageNotFound:
            return f"python:{python}-slim"
        finally:
            client.close()
    return LOCAL[python]
