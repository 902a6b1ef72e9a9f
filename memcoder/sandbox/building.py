"""Building the upper two layers, each in a container of its own that is committed once it is whole.

An interrupted build leaves nothing but that container, which the next start removes; it goes on from the last whole
layer.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memcoder.config import Settings
from memcoder.errors import FaultError, MissingError
from memcoder.history.repository import Repository
from memcoder.sandbox.engine import engine_faults, labels
from memcoder.sandbox.images import Say
from memcoder.sandbox.layers import (
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

BUNDLE = "/etc/memcoder-ca.crt"
BUNDLE_VARIABLES = (
    "PIP_CERT",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "CARGO_HTTP_CAINFO",
    "GIT_SSL_CAINFO",
    "YARN_HTTPS_CA_FILE_PATH",
)
"""pip, Go and OpenSSL, requests, curl, Node, cargo, git, Yarn."""
PASSED_TO_BUILDS = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "NPM_CONFIG_REGISTRY",
    "GOPROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
BUILD_VARIABLES = {
    "HOME": "/root",
    "DEBIAN_FRONTEND": "noninteractive",
    "GIT_CONFIG_COUNT": "1",  # installers that ask git for a version find the tree owned by another user
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}
BUILD_MEMORY = 4096
"""MiB that a build may use."""
BUILD_PROCESSES = 1024
SILENCE = 1800
"""Seconds that a step of a build may say nothing: compilers and quiet installers do."""
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


def build_environment(client: Any, layers: Layers, repo: Repository, commit: str, settings: Settings, say: Say) -> None:
    """Tools that memcoder needs, then what the plan says. Raises FaultError where a needed step fails."""
    variables = {name: os.environ[name] for name in PASSED_TO_BUILDS if name in os.environ} | BUILD_VARIABLES
    bundle = _ca_bundle(settings)
    if bundle:
        variables |= dict.fromkeys(BUNDLE_VARIABLES, BUNDLE)
    with engine_faults("building the environment image"), _patience(client):
        options = _build_options(settings) | {"environment": _kept_variables(layers)}
        with _container(client, layers.base.id, options, environment_labels(layers, repo, commit)) as container:
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
            _step(container, CLEAN, {})
            marks = [f"LABEL {NOTES}={notes_label(notes)}"] + ([] if complete else [f"LABEL {INCOMPLETE}=1"])
            _commit(container, str(layers.environment), marks)


def build_repository(client: Any, layers: Layers, repo: Repository, commit: str) -> None:
    """The repository at its base commit, on the environment."""
    options = {"user": "0", "use_config_proxy": False}
    with (
        engine_faults("copying the repository"),
        _patience(client),
        _container(
            client, str(layers.environment), options, repository_labels(layers, repo, commit), start=False
        ) as container,
    ):
        size = put_tree(container, repo.path, commit, SEED)
        _commit(container, str(layers.repository), [f"WORKDIR {ROOT}", f"USER {USER}", f"LABEL {SIZE_LABEL}={size}"])


@contextmanager
def _container(
    client: Any, image: str, options: dict[str, Any], marks: dict[str, str], start: bool = True
) -> Iterator[Any]:
    """A container that sleeps, removed at the end of the block."""
    made = client.containers.create(
        image, entrypoint=["sleep"], command=["infinity"], labels=labels() | marks, **options
    )
    try:
        if start:
            made.start()
        yield made
    finally:
        made.remove(force=True, v=True)


@contextmanager
def _patience(client: Any) -> Iterator[None]:
    """The client waits for silent steps inside the block."""
    usual = client.api.timeout
    client.api.timeout = SILENCE
    try:
        yield
    finally:
        client.api.timeout = usual


def _build_options(settings: Settings) -> dict[str, Any]:
    """A container in which installers may run: root, and with a network, but without what they do not need."""
    return {
        "user": "0",
        "network_mode": "bridge",
        "working_dir": "/",
        "use_config_proxy": False,
        "cap_drop": ["ALL"],
        "cap_add": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETGID", "SETUID", "SETFCAP", "KILL"],
        "security_opt": ["no-new-privileges"],
        "mem_limit": f"{max(settings.memory_mb, BUILD_MEMORY)}m",
        "pids_limit": BUILD_PROCESSES,
    }


def _kept_variables(layers: Layers) -> dict[str, str]:
    """What the image keeps: the plan's variables, and above them ours."""
    of_base = dict(entry.split("=", 1) for entry in layers.base.attrs["Config"].get("Env") or [] if "=" in entry)
    path = of_base.get("PATH") or "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    for name, value in layers.plan.environment:
        if name == "PATH":
            path = value.replace("$PATH", path)
    return dict(layers.plan.environment) | {
        "PATH": f"/opt/venv/bin:{path}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/home/agent",
        "LANG": "C.UTF-8",
    }


def _apt_steps(plan: Plan) -> list[str]:
    from shlex import join

    packages = [f"apt-get update -qq && {APT} {join(plan.packages)}"] if plan.packages else []
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
        say(f"environment {number}/{len(plan.steps)}, {step.because}: {step.command.partition(' && ')[2][:100]}")
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
    """Run one command to its end; what it printed. Raises FaultError where it fails."""
    result = container.exec_run(["sh", "-c", command], environment=variables, user="0")
    output = str(result.output.decode(errors="replace")).strip()
    if result.exit_code:
        raise FaultError(
            f"building the environment failed at: {command.strip().splitlines()[-1][:200]}\n{output[-800:]}",
            "say how in memcoder.toml ([recipe] install = [...]); behind a TLS proxy set MEMCODER_CA_BUNDLE",
        )
    return output


def _commit(container: Any, tag: str, changes: list[str]) -> None:
    name, _, version = tag.partition(":")
    container.commit(repository=name, tag=version, changes="\n".join(changes))


def _ca_bundle(settings: Settings) -> bytes:
    path = settings.ca_bundle or next((os.environ[name] for name in BUNDLE_VARIABLES if os.environ.get(name)), None)
    if path is None:
        return b""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise MissingError(
            f"the CA bundle {path} cannot be read: {error.strerror}", "correct MEMCODER_CA_BUNDLE"
        ) from error
