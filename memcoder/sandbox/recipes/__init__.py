"""What a project says about how its environment is built, and the plan that follows from it.

Everything here reads files of one commit and decides; nothing runs. The first that says something wins: the recipe
of the settings, a devcontainer or Dockerfile, the manifests of what the project is written in. A devcontainer or
Dockerfile is followed by the manifests, because it rarely names what tests need.
"""

from collections.abc import Callable

from memcoder.config import Recipe
from memcoder.sandbox.recipes import go, node, python, rust
from memcoder.sandbox.recipes.containers import container_plan
from memcoder.sandbox.recipes.plan import ROOT, Plan, Step, Tool
from memcoder.sandbox.recipes.project import Project

__all__ = ["ROOT", "Plan", "Project", "Step", "Tool", "detect"]

KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[Project], Plan]]] = {
    "python": (python.MANIFESTS, (".py",), python.plan),
    "node": (node.MANIFESTS, (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte"), node.plan),
    "go": (go.MANIFESTS, (".go",), go.plan),
    "rust": (rust.MANIFESTS, (".rs",), rust.plan),
}
"""A kind's manifests, the endings of its source files, and its recipe."""
MINOR = 0.1
"""A kind with a smaller share of the source files is left out: a few scripts want no tool chain of their own."""


def detect(project: Project, recipe: Recipe, containers: bool = True) -> Plan:
    """The plan for a commit; without `containers` its devcontainer and Dockerfile are not looked at."""
    own = Plan(packages=recipe.packages)
    if recipe.install:
        where = _where_recipe(project)
        steps = tuple(
            Step(command=f"cd {ROOT} && . /opt/venv/bin/activate && {command}", because=where)
            for command in recipe.install
        )
        return own.then(Plan(kinds=("recipe",), files=project.present("memcoder.toml"), steps=steps))
    container = container_plan(project) if containers else Plan()
    return own.then(container).then(_of_kinds(project))


def _of_kinds(project: Project) -> Plan:
    """What the manifests say, the kind with most source files first; only that one must succeed."""
    found = {name: folder for name, (names, _, _) in KINDS.items() if (folder := project.nearest(names)) is not None}
    count = {name: sum(path.endswith(KINDS[name][1]) for path in project.names) for name in found}
    total = sum(count.values())
    whole = Plan()
    for name in sorted(found, key=lambda name: -count[name]):
        if total and count[name] < MINOR * total:
            whole = whole.then(Plan(notes=(f"{name} is left out: {count[name]} of {total} source files",)))
            continue
        plan = KINDS[name][2](project.under(found[name]))
        whole = whole.then(plan if not whole.kinds else plan.optional())
    return whole


def _where_recipe(project: Project) -> str:
    if "[recipe]" in project.read("memcoder.toml"):
        return "memcoder.toml"
    return "pyproject.toml" if "[tool.memcoder.recipe]" in project.read("pyproject.toml") else "your settings"
