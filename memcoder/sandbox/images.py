"""The three layers of an image: a base, the project's environment on it, the repository at its base commit on that.

Each is keyed by what went into it and found again by that key, so an attempt starts from the third in seconds.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from memcoder.config import Settings
from memcoder.errors import MissingError
from memcoder.history.repository import Repository
from memcoder.sandbox.engine import engine_faults
from memcoder.sandbox.layers import INCOMPLETE, Layers, named
from memcoder.sandbox.recipes import Plan, Project, detect

PULLED = "python:3.11-slim"
DEFAULT_BASE = "memcoder-base:bookworm"
Say = Callable[[str], None]


def repository_image(client: Any, source: Path, commit: str, settings: Settings, say: Say) -> str:
    """Tag of the third layer; whatever is missing below it is built, with a word to the one who waits."""
    repo = Repository.open(source)
    layers = find_layers(client, repo, commit, settings)
    if not (layers.repository and whole(client, layers.repository)):
        layers = build_layers(client, repo, commit, settings, say)
    tag = str(layers.repository)
    with engine_faults("looking for an image"):
        client.images.get(tag).tag(*tag.split(":"))  # the engine notes when: that is how long it has not been used
    return tag


def environment_image(client: Any, source: Path, commit: str, settings: Settings, say: Say) -> str:
    """Tag of the second layer, for those who put a repository on it in their own way; built where it is missing."""
    repo = Repository.open(source)
    layers = find_layers(client, repo, commit, settings)
    if not (layers.environment and whole(client, layers.environment)):
        layers = build_layers(client, repo, commit, settings, say, above=False)
    return str(layers.environment)


def find_layers(client: Any, repo: Repository, commit: str, settings: Settings) -> Layers:
    """The layers as they would be used now; nothing is pulled and nothing built.

    A base that the project asks for counts where it is here; else the project's manifests are built on ours.
    """
    project = Project.at(repo, commit)
    plan = detect(project, settings.recipe)
    if plan.base and not settings.base_image and (image := present(client, plan.base)):
        return named(Layers(plan, plan.base, image), repo, commit)
    name, image = _own_base(client, settings)
    return named(Layers(_without_base(project, plan, settings, name), name, image), repo, commit)


def build_layers(
    client: Any,
    repo: Repository,
    commit: str,
    settings: Settings,
    say: Say,
    fresh: bool = False,
    above: bool = True,
) -> Layers:
    """Pull and build what is missing, or with `fresh` everything above the base; without `above`, no repository.

    Raises MissingError, FaultError.
    """
    from memcoder.sandbox.building import build_environment, build_repository

    _pull_bases(client, repo, commit, settings, say)
    layers = find_layers(client, repo, commit, settings)
    for note in layers.plan.notes:
        say(note)
    environment, repository = str(layers.environment), str(layers.repository)
    made = fresh or not whole(client, environment)
    if made:
        say("building the environment image (once for these dependencies)")
        build_environment(client, layers, repo, commit, settings, say)
    if above and (made or not whole(client, repository)):
        say(f"copying the repository at {commit[:12]} into an image")
        build_repository(client, layers, repo, commit, say)
    return layers


def whole(client: Any, tag: str) -> bool:
    """Whether an image is here and lacks nothing that might be had now."""
    image = present(client, tag)
    return image is not None and INCOMPLETE not in image.labels


def present(client: Any, name: str) -> Any:
    """The engine's image of that name; None where it is not here."""
    from docker.errors import ImageNotFound

    with engine_faults("looking for an image"):
        try:
            return client.images.get(name)
        except ImageNotFound:
            return None


def _without_base(project: Project, plan: Plan, settings: Settings, name: str) -> Plan:
    """The plan on our own base, with a note where the project asked for another."""
    if plan.base is None:
        return plan
    why = "your base_image goes first" if settings.base_image else f"{plan.base} is not here and could not be pulled"
    note = f"{plan.files[0]} is not followed: {why}; the manifests are built on {name}"
    bare = detect(project, settings.recipe, containers=False)
    return bare.model_copy(update={"notes": (*bare.notes, note)})


def _own_base(client: Any, settings: Settings) -> tuple[str, Any]:
    """The configured base; else a local memcoder-base; else python's own."""
    if settings.base_image:
        return settings.base_image, present(client, settings.base_image)
    with engine_faults("looking for a base image"):
        local = [tag for image in client.images.list(name="memcoder-base") for tag in image.tags]
    # the default of scripts/engine-up first, whichever others were made for older projects
    name = min(local, key=lambda tag: (tag != DEFAULT_BASE, tag), default=PULLED)
    return name, present(client, name)


def _pull_bases(client: Any, repo: Repository, commit: str, settings: Settings, say: Say) -> None:
    """The base that the project asks for, as far as it can be had; ours where it cannot."""
    wanted = detect(Project.at(repo, commit), settings.recipe).base
    if wanted and not settings.base_image and (present(client, wanted) or _pull(client, wanted, say)):
        return
    name, image = _own_base(client, settings)
    if image is None and not _pull(client, name, say):
        raise MissingError(
            f"there is no base image: {name} is not here and cannot be pulled",
            "make one with scripts/engine-up, or name one you have: MEMCODER_BASE_IMAGE or base_image in your settings",
        )


def _pull(client: Any, name: str, say: Say) -> bool:
    from docker.errors import DockerException

    say(f"pulling {name}")
    try:
        client.images.pull(*name.rpartition(":")[::2] if ":" in name.rpartition("/")[2] else (name, "latest"))
    except DockerException as error:
        say(f"{name} cannot be pulled: {str(getattr(error, 'explanation', None) or error).strip()[:200]}")
        return False
    return True
