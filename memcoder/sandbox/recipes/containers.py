"""A devcontainer, or a Dockerfile at the root, as a plan; the devcontainer first, because it is made to develop in."""

import json
import posixpath
import re
import shlex
from typing import Any

from memcoder.sandbox.recipes.dockerfile import dockerfile_plan, why_not
from memcoder.sandbox.recipes.plan import ROOT, Plan, Step
from memcoder.sandbox.recipes.project import Project

DEVCONTAINERS = (".devcontainer/devcontainer.json", ".devcontainer.json")
COMMANDS = ("onCreateCommand", "updateContentCommand", "postCreateCommand")
"""In the order in which they run; the others run at each start, and are about the editor."""
TOKEN = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
"""Strings, which stay as they are, and what JSON does not have: comments and trailing commas."""


def container_plan(project: Project) -> Plan:
    """What the project's container says; an empty plan where it has none, or a note where it is not followed."""
    for path in DEVCONTAINERS:
        if path in project.names:
            return _devcontainer(project, path)
    return dockerfile_plan(project, "Dockerfile") if "Dockerfile" in project.names else Plan()


def _devcontainer(project: Project, path: str) -> Plan:
    try:
        found = json.loads(_plain_json(project.read(path)))
    except (ValueError, RecursionError):
        return Plan(files=project.present(path), notes=(f"{path} is not followed: it cannot be read",))
    if not isinstance(found, dict):
        return Plan(files=project.present(path), notes=(f"{path} is not followed: it is no object",))
    base = _base(project, path, found)
    if not base.base:
        return base
    steps = [
        Step(command=f"cd {ROOT} && {command}", because=path, needed=False)
        for name in COMMANDS
        for command in _commands(found.get(name))
    ]
    missing = (f"{path}: features are left out",) if found.get("features") else ()
    own = Plan(kinds=("devcontainer",), files=project.present(path), notes=missing)
    return own.then(base).then(Plan(steps=tuple(steps)))


def _plain_json(text: str) -> str:
    return TOKEN.sub(lambda match: match[1] or "", TOKEN.sub(_without_comment, text))


def _without_comment(match: re.Match[str]) -> str:
    return "" if match[0].startswith("/") else match[0]


def _base(project: Project, path: str, found: dict[str, Any]) -> Plan:
    """Its image, or its Dockerfile; a compose file is not followed."""
    build = found.get("build")
    file = build.get("dockerfile") if isinstance(build, dict) else found.get("dockerFile")
    if isinstance(file, str):
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
        if inside in project.names:
            return dockerfile_plan(project, inside)
    image = str(found.get("image", ""))
    refused = why_not(image)
    if refused:
        return Plan(files=project.present(path), notes=(f"{path} is not followed: {refused}",))
    return Plan(base=image, files=project.present(path))


def _commands(value: Any) -> list[str]:
    """A lifecycle command: a line for a shell, a list of words, or several of them by name."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, list):
        return [shlex.join(str(word) for word in value)] if value else []
    return [command for inner in value.values() for command in _commands(inner)] if isinstance(value, dict) else []
