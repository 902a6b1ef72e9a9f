"""Building the upper two layers, each in a container of its own that is committed once it is whole.

An interrupted build leaves nothing but that container, which the next start removes; it goes on from the last whole
layer.
"""

import shlex
from typing import Any

from memcoder.config import Settings
from memcoder.errors import FaultError
from memcoder.history.repository import Repository
from memcoder.sandbox.buildbox import (
    BUNDLE,
    build_container,
    build_options,
    build_variables,
    ca_bundle,
    kept_variables,
    patience,
)
from memcoder.sandbox.engine import engine_faults
from memcoder.sandbox.generated import narrow_generated, save_generated
from memcoder.sandbox.images import Say
from memcoder.sandbox.layers import (
    GENERATED_LABEL,
    INCOMPLETE,
    NOTES,
    SEED,
    SIZE_LABEL,
    USER,
    Layers,
    environment_labels,
    notes_label,
    repository_labels,
)
from memcoder.sandbox.recipes.plan import ROOT, Plan, Tool
from memcoder.sandbox.recipes.python import LEFT_OUT, PIP
from memcoder.sandbox.tree import put_file, put_tree
from memcoder.wording import first_line

APT = "apt-get install -y -qq --no-install-recommends"
BASICS = f"""set -e
need=''
for tool in git patch; do command -v $tool >/dev/null || need="$need $tool"; done
python3 -c 'import ensurepip' 2>/dev/null || need="$need python3 python3-venv"
if [ -n "$need" ]; then
  command -v apt-get >/dev/null || {{ echo "the base image lacks$need, and has no apt-get to add it"; exit 9; }}
  apt-get update -qq && {APT} $need ca-certificates
fi
python3 -m venv --system-site-packages /opt/venv
mkdir -p {ROOT} {SEED} /home/agent && chown {USER} {ROOT} {SEED} /home/agent
"""
CACHES = "/root/.cache /root/.npm /root/.local/share/pnpm /tmp/* /var/lib/apt/lists/*"
CLEAN = f"rm -rf {ROOT} {BUNDLE} {CACHES} && mkdir -p {ROOT} && chown {USER} {ROOT}"


class BuildError(FaultError):
    """A step of an environment's recipe failed, and not the engine."""


def build_environment(client: Any, layers: Layers, repo: Repository, commit: str, settings: Settings, say: Say) -> None:
    """Tools that memcoder needs, then what the plan says. Raises BuildError where a needed step fails."""
    bundle = ca_bundle(settings)
    variables = build_variables(bundle)
    with engine_faults("building the environment image"), patience(client):
        options = build_options(settings) | {"environment": kept_variables(layers)}
        with build_container(client, layers.base.id, options, environment_labels(layers, repo, commit)) as container:
            if bundle:
                put_file(container, BUNDLE, bundle)
            _step(container, BASICS, variables)
            complete = _add_pytest(container, variables, say)
            for command in _apt_steps(layers.plan):
                say(f"environment: {command.partition(' || ')[0][:100]}")
                _step(container, command, variables)
            if not settings.recipe.network:
                client.networks.get("bridge").disconnect(container)
            if layers.plan.steps:
                put_tree(container, repo.path, commit, ROOT)
            notes = _run_steps(container, layers.plan, variables, say)
            generated, news = save_generated(container, variables) if layers.plan.steps else (0, [])
            for note in news:
                say(note)
            _step(container, CLEAN, {})
            marks = [f"LABEL {NOTES}={notes_label([*notes, *news])}", f"LABEL {GENERATED_LABEL}={generated}"]
            _commit(container, str(layers.environment), marks + ([] if complete else [f"LABEL {INCOMPLETE}=1"]))


def build_repository(client: Any, layers: Layers, repo: Repository, commit: str, say: Say) -> None:
    """The repository at its base commit, on the environment."""
    options = {"user": "0", "use_config_proxy": False, "network_mode": "none"}
    marks = repository_labels(layers, repo, commit)
    with engine_faults("copying the repository"), patience(client):
        generated = client.images.get(str(layers.environment)).labels.get(GENERATED_LABEL, "0") != "0"
        with build_container(client, str(layers.environment), options, marks, start=generated) as container:
            size = put_tree(container, repo.path, commit, SEED)
            more, why = narrow_generated(container) if generated else (0, "")
            if why:
                say(f"without the files that installing made in the work tree: {why}")
            changes = [f"WORKDIR {ROOT}", f"USER {USER}", f"LABEL {SIZE_LABEL}={size + more}"]
            _commit(container, str(layers.repository), changes)


def _apt_steps(plan: Plan) -> list[str]:
    packages = [f"apt-get update -qq && {APT} {shlex.join(plan.packages)}"] if plan.packages else []
    return packages + [_tool(tool) for tool in dict.fromkeys(plan.tools)]


def _tool(tool: Tool) -> str:
    install = " || ".join(f"{APT} {packages}" for packages in tool.packages)
    return f"command -v {tool.program} >/dev/null || {{ apt-get update -qq && {{ {install}; }}; }}"


def _run_steps(container: Any, plan: Plan, variables: dict[str, str], say: Say) -> list[str]:
    """Run the plan's steps; what was left out, for the reader."""
    notes: list[str] = []
    failed: set[str] = set()
    for number, step in enumerate(plan.steps, 1):
        if step.because in failed:
            continue
        command = first_line(step.command.partition(" && ")[2], 100)
        say(f"environment {number}/{len(plan.steps)}, {step.because}: {command}")
        try:
            said = _step(container, step.command, variables)
            found = [line for line in said.splitlines() if line.startswith(LEFT_OUT)]
            news = [f"{step.because}: {line.removeprefix('memcoder: ')}" for line in found]
        except FaultError as error:
            if step.needed:
                raise
            failed.add(step.because)
            news = [f"{step.because} is not followed further: {' '.join(error.message.split())[-250:]}"]
        for note in news:
            say(note)
        notes += news
    return notes


def _add_pytest(container: Any, variables: dict[str, str], say: Say) -> bool:
    """Most projects' tests need it and few name it; False where it cannot be had."""
    command = f"/opt/venv/bin/python -c 'import pytest' 2>/dev/null || {PIP} pytest"
    result = container.exec_run(["sh", "-c", command], environment=variables, user="0")
    if result.exit_code:
        reason = result.output.decode(errors="replace").strip().splitlines()[-1:]
        say(f"pytest could not be installed in the environment image ({' '.join(reason)[:200]}); going on without it")
    return bool(result.exit_code == 0)


def _step(container: Any, command: str, variables: dict[str, str]) -> str:
    """Run one command to its end; what it printed. Raises BuildError where it fails."""
    result = container.exec_run(["sh", "-c", command], environment=variables, user="0")
    output = str(result.output.decode(errors="replace")).strip()
    if result.exit_code:
        raise BuildError(
            f"building the environment failed at: {command.strip().splitlines()[-1][:200]}\n{output[-800:]}",
            "say how in memcoder.toml ([recipe] install = [...]); behind a TLS proxy set MEMCODER_CA_BUNDLE",
            "environment",
        )
    return output


def _commit(container: Any, tag: str, changes: list[str]) -> None:
    name, _, version = tag.partition(":")
    container.commit(repository=name, tag=version, changes="\n".join(changes))
