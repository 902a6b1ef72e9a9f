"""The names of an image's layers: keys of what went into them, and the labels that say whose they are."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import Any

from memcoder.history.git import run as run_git
from memcoder.history.repository import Repository
from memcoder.sandbox.recipes import Plan

VERSION = "4"
"""Part of every key: raise it when what a layer holds changes."""
SEED = "/opt/memcoder/seed"
"""Where the image keeps the repository; each attempt gets a copy."""
INSTALLED = "/opt/memcoder/installed.tar"
"""In an environment: what installing wrote into the work tree and git ignores, at whichever commit it was built."""
GENERATED = "/opt/memcoder/generated"
"""In a repository's image: of that, what git ignores at this commit, as `.tar`, and the paths as `.list`. It belongs
to root, so no attempt can change it."""
USER = "1000:1000"

ENVIRONMENT, REPOSITORY = "memcoder-environment", "memcoder-repository"
SIZE_LABEL = "memcoder.size"
"""Bytes of the repository in the image."""
INCOMPLETE = "memcoder.incomplete"
"""Label of an image that lacks something which may be had the next time."""
GENERATED_LABEL = "memcoder.generated"
"""Bytes of what is kept as INSTALLED."""
NOTES = "memcoder.notes"
"""What was left out when it was built: base64 of a JSON list, so that no quote in it can end the label."""
KEY, COMMIT, SOURCE = "memcoder.repository", "memcoder.commit", "memcoder.source"
"""The repository's key, the commit, and the folder it was made from; an environment that installs nothing of a
project's own belongs to no repository."""
STANDS_ON, MADE_BY = "memcoder.environment", "memcoder.layers"
"""Tag of the environment below a repository, and the VERSION that made it."""

COMPILED = (
    *(".pyx", ".pxd", ".pxi", ".pyx.in", ".pxi.in", ".pyf"),
    *(".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx"),
    *(".f", ".f90", ".rs"),
)
"""Endings of what extensions are compiled from."""
DECLARES_VERSION = ("pyproject.toml", "setup.cfg", "setup.py")
COUNTS_FROM_TAGS = re.compile(rb"\b\w*([_-]scm|[_-]vcs)\b|\b(pbr|versioneer|versioningit|dynamic-versioning)\b")
"""setuptools-scm, hatch-vcs and their like."""
COMPILES_NOTHING = frozenset({"node", "go", "rust"})
"""Kinds of plans that leave no extension in the work tree: they only fetch what a project depends on."""


@dataclass(frozen=True)
class Layers:
    """The three layers for one commit; a tag is None where the base that it would stand on is not here."""

    plan: Plan
    base_name: str
    base: Any
    """The engine's image object; None where it is not here."""
    environment: str | None = None
    repository: str | None = None


def named(layers: Layers, repo: Repository, commit: str) -> Layers:
    """The layers with their tags, once the base is here."""
    if layers.base is None:
        return layers
    plan = layers.plan.model_dump(exclude={"notes", "files", "base"})
    read = {path: _hash(repo.read(commit, path) or b"") for path in layers.plan.files}
    # an editable install knows its project's modules, so what installs anything is the repository's own
    own = [repo.key, _compiled(layers.plan, repo, commit), _version(repo, commit)] if layers.plan.steps else []
    environment = _key("environment", layers.base.id, plan, read, own)
    return replace(
        layers,
        environment=f"{ENVIRONMENT}:{environment}",
        repository=f"{REPOSITORY}:{_key(environment, repo.key, commit)}",
    )


def environment_labels(layers: Layers, repo: Repository, commit: str) -> dict[str, str]:
    """Labels of the environment's image."""
    return {MADE_BY: VERSION} | (_whose(repo, commit) if layers.plan.steps else {})


def repository_labels(layers: Layers, repo: Repository, commit: str) -> dict[str, str]:
    """Labels of the repository's image."""
    return {MADE_BY: VERSION, STANDS_ON: str(layers.environment)} | _whose(repo, commit)


def _compiled(plan: Plan, repo: Repository, commit: str) -> dict[str, str]:
    """The sources of extensions: with others the environment's extensions would be of another commit."""
    if COMPILES_NOTHING.issuperset(plan.kinds):
        return {}
    return {path: blob for path, blob in repo.tree(commit).items() if path.endswith(COMPILED)}


def _version(repo: Repository, commit: str) -> str:
    """The tag from which a project counts the version that installing writes down; empty for one that counts none."""
    if not any(COUNTS_FROM_TAGS.search(repo.read(commit, name) or b"") for name in DECLARES_VERSION):
        return ""
    return run_git(repo.path, "describe", "--tags", "--abbrev=0", commit).stdout.decode(errors="replace").strip()


def _whose(repo: Repository, commit: str) -> dict[str, str]:
    return {KEY: repo.key, COMMIT: commit, SOURCE: str(repo.path)}


def notes_label(notes: list[str]) -> str:
    """Notes, as a label's value."""
    return base64.b64encode(json.dumps([note[:300] for note in notes[:20]]).encode()).decode()


def notes_of(labels: dict[str, str]) -> list[str]:
    """The notes that an image carries."""
    try:
        found = json.loads(base64.b64decode(labels.get(NOTES, "")))
    except ValueError:
        return []
    return [str(note) for note in found] if isinstance(found, list) else []


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _key(*parts: Any) -> str:
    return _hash(json.dumps([VERSION, *parts], sort_keys=True, default=str).encode())[:20]
