"""The three layers of an image: a base, the project's environment on it, the repository at its base commit on that.

Each is keyed by what went into it and found again by that key, so an attempt starts from the third in seconds.
"""

import hashlib
import io
import json
import os
import shlex
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memcoder.config import Recipe, Settings
from memcoder.errors import FaultError, MissingError
from memcoder.history.repository import Repository
from memcoder.sandbox.clone import clone_ancestors
from memcoder.sandbox.engine import engine_faults, labels
from memcoder.sandbox.owner import own_folder

VERSION = "2"
"""Part of every key: raise it when what a layer holds changes."""
ROOT = "/repository"
"""Where an attempt finds the repository."""
SEED = "/opt/memcoder/seed"
"""Where the image keeps it; each attempt gets a copy."""
SIZE_LABEL = "memcoder.size"
"""Bytes of the repository in the image."""
INCOMPLETE = "memcoder.incomplete"
"""Label of an image that lacks something which may be had the next time."""
USER = "1000:1000"
PULLED = "python:3.11-slim"
DEFAULT_BASE = "memcoder-base:bookworm"
MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "requirements-dev.txt", "memcoder.toml")
BUNDLE = "/etc/memcoder-ca.crt"
BUNDLE_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
PASSED_TO_BUILDS = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
BASICS = f"""set -e
need=''
for tool in git patch; do command -v $tool >/dev/null || need="$need $tool"; done
python3 -c 'import ensurepip' 2>/dev/null || need="$need python3 python3-venv"
if [ -n "$need" ]; then
  command -v apt-get >/dev/null || {{ echo "the base image lacks$need, and has no apt-get to add it"; exit 9; }}
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends $need ca-certificates
fi
python3 -m venv --system-site-packages /opt/venv
mkdir -p {ROOT} {SEED} /home/agent && chown {USER} {ROOT} {SEED} /home/agent
"""
BUILD_VARIABLES = {  # installers that ask git for a version find the tree owned by another user
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}
BUILD_MEMORY = 4096
"""MiB that a build may use."""
BUILD_PROCESSES = 1024
PIP = "/opt/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input"
Say = Callable[[str], None]


def repository_image(client: Any, source: Path, commit: str, settings: Settings, say: Say) -> str:
    """Tag of the third layer; whatever is missing below it is built, with a word to the one who waits."""
    repo = Repository.open(source)
    base = _base_image(client, settings, say)
    manifests = {path: repo.read(commit, path) for path in MANIFESTS}
    environment = _key(
        "environment",
        base.id,
        settings.recipe.model_dump(),
        {k: v and _hash(v) for k, v in manifests.items()},
        repo.key if _commands(repo, commit, settings.recipe) else "",  # an editable install knows its project's modules
    )
    tag = f"memcoder-repository:{_key(environment, repo.key, commit)}"
    if _exists(client, tag):
        return tag
    if not _exists(client, f"memcoder-environment:{environment}"):
        say("building the environment image (once for these dependencies)")
        _build_environment(client, base, f"memcoder-environment:{environment}", repo, commit, settings, say)
    say(f"copying the repository at {commit[:12]} into an image")
    _build_repository(client, f"memcoder-environment:{environment}", tag, source, commit)
    return tag


def _base_image(client: Any, settings: Settings, say: Say) -> Any:
    """The configured base; else a local memcoder-base; else python's own, from a registry."""
    from docker.errors import DockerException, ImageNotFound

    wanted = settings.base_image
    with engine_faults("looking for a base image"):
        local = [tag for image in client.images.list(name="memcoder-base") for tag in image.tags]
        # the default of scripts/engine-up first, whichever others were made for older projects
        local.sort(key=lambda tag: (tag != DEFAULT_BASE, tag))
        for name in [wanted] if wanted else [*local, PULLED]:
            try:
                return client.images.get(name)
            except ImageNotFound:
                continue
    name = wanted or PULLED
    say(f"pulling {name}")
    try:
        return client.images.pull(name)
    except DockerException as error:
        raise MissingError(
            f"there is no base image: {name} is not here and cannot be pulled",
            "make one with scripts/engine-up, or name one you have: MEMCODER_BASE_IMAGE or base_image in your settings",
        ) from error


def _build_environment(
    client: Any, base: Any, tag: str, repo: Repository, commit: str, settings: Settings, say: Say
) -> None:
    """Tools that memcoder needs, then what the recipe or the project's own files say."""
    variables = {name: os.environ[name] for name in PASSED_TO_BUILDS if name in os.environ} | BUILD_VARIABLES
    bundle = _ca_bundle(settings)
    if bundle:
        variables |= dict.fromkeys(BUNDLE_VARIABLES, BUNDLE)
    with engine_faults("building the environment image"):
        container = client.containers.create(base.id, **_build_options(settings))
        try:
            container.start()
            if bundle:
                _put(container, "/", {BUNDLE[1:]: bundle})
            _step(container, BASICS, variables)
            complete = _add_pytest(container, variables, say)
            if not settings.recipe.network:
                client.networks.get("bridge").disconnect(container)
            commands = _commands(repo, commit, settings.recipe)
            if commands:
                _put_tree(container, repo.path, commit, ROOT)
            for command in commands:
                say(f"environment: {command.rpartition(' && ')[2][:100]}")
                _step(container, command, variables)
            _step(container, f"rm -rf {ROOT} && mkdir -p {ROOT} && rm -f {BUNDLE} && chown {USER} {ROOT}", {})
            _commit(container, tag, _image_settings(base, complete))
        finally:
            container.remove(force=True, v=True)


def _build_options(settings: Settings) -> dict[str, Any]:
    """A container in which installers may run: root, and with a network, but without what they do not need."""
    return {
        "entrypoint": ["sleep"],
        "command": ["infinity"],
        "user": "0",
        "network_mode": "bridge",
        "labels": labels(),
        "working_dir": "/",
        "use_config_proxy": False,
        "cap_drop": ["ALL"],
        "cap_add": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETGID", "SETUID", "SETFCAP", "KILL"],
        "security_opt": ["no-new-privileges"],
        "mem_limit": f"{max(settings.memory_mb, BUILD_MEMORY)}m",
        "pids_limit": BUILD_PROCESSES,
    }


def _image_settings(base: Any, complete: bool) -> list[str]:
    environment = dict(entry.split("=", 1) for entry in base.attrs["Config"].get("Env") or [] if "=" in entry)
    path = environment.get("PATH") or "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    changes = [
        f"ENV PATH=/opt/venv/bin:{path}",
        "ENV PYTHONDONTWRITEBYTECODE=1",
        "ENV HOME=/home/agent",
        "ENV LANG=C.UTF-8",
    ]
    return changes if complete else [*changes, f"LABEL {INCOMPLETE}=1"]


def _add_pytest(container: Any, variables: dict[str, str], say: Say) -> bool:
    """Most projects' tests need it and few name it; False where it cannot be had."""
    command = f"/opt/venv/bin/python -c 'import pytest' 2>/dev/null || {PIP} pytest"
    result = container.exec_run(["sh", "-c", command], environment=variables, user="0")
    if result.exit_code:
        reason = result.output.decode(errors="replace").strip().splitlines()[-1:]
        say(f"pytest could not be installed in the environment image ({' '.join(reason)[:200]}); going on without it")
    return bool(result.exit_code == 0)


def _commands(repo: Repository, commit: str, recipe: Recipe) -> list[str]:
    """The install steps: the recipe's where there is one, else what the project is."""
    packages = " ".join(shlex.quote(name) for name in recipe.packages)
    apt = (
        [f"apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq {packages}"] if packages else []
    )
    if recipe.install:
        return apt + [f"cd {ROOT} && . /opt/venv/bin/activate && {command}" for command in recipe.install]
    files = set(repo.files(commit))
    steps = [f"cd {ROOT} && {PIP} -r {name}" for name in ("requirements.txt", "requirements-dev.txt") if name in files]
    if files & {"pyproject.toml", "setup.py"} and _is_package(repo, commit, files):
        steps.append(f"cd {ROOT} && {PIP} -e .")
    return apt + steps


def _is_package(repo: Repository, commit: str, files: set[str]) -> bool:
    """A pyproject.toml that only configures tools is nothing to install."""
    text = repo.read(commit, "pyproject.toml") or b""
    return "setup.py" in files or b"[project]" in text or b"[tool.poetry]" in text


def _build_repository(client: Any, environment: str, tag: str, source: Path, commit: str) -> None:
    with engine_faults("copying the repository"):
        container = client.containers.create(
            environment, entrypoint=["sleep"], command=["infinity"], labels=labels(), user="0", use_config_proxy=False
        )
        try:
            size = _put_tree(container, source, commit, SEED)
            _commit(container, tag, [f"WORKDIR {ROOT}", f"USER {USER}", f"LABEL {SIZE_LABEL}={size}"])
        finally:
            container.remove(force=True, v=True)


def _put_tree(container: Any, source: Path, commit: str, where: str) -> int:
    """Copy the repository at the commit into a container, owned by the unprivileged user; its size in bytes."""

    def own(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid, info.gid = (int(part) for part in USER.split(":"))
        info.uname = info.gname = ""
        return info

    with own_folder() as folder, tempfile.TemporaryFile() as file:
        clone_ancestors(source, commit, folder / "repository")
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(folder / "repository", arcname=where[1:], filter=own)
        size = file.tell()
        file.seek(0)
        container.put_archive("/", file)
    return size


def _put(container: Any, where: str, files: dict[str, bytes]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
    container.put_archive(where, buffer.getvalue())


def _step(container: Any, command: str, variables: dict[str, str]) -> None:
    result = container.exec_run(["sh", "-c", command], environment=variables, user="0")
    if result.exit_code:
        output = result.output.decode(errors="replace").strip()[-800:]
        raise FaultError(
            f"building the environment failed at: {command.strip().splitlines()[-1][:200]}\n{output}",
            "say how in memcoder.toml ([recipe] install = [...]); behind a TLS proxy set MEMCODER_CA_BUNDLE",
        )


def _commit(container: Any, tag: str, changes: list[str]) -> None:
    name, _, version = tag.partition(":")
    container.commit(repository=name, tag=version, changes="\n".join([*changes, "LABEL memcoder=1"]))


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


def _exists(client: Any, tag: str) -> bool:
    from docker.errors import ImageNotFound

    with engine_faults("looking for an image"):
        try:
            return INCOMPLETE not in client.images.get(tag).labels
        except ImageNotFound:
            return False


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _key(*parts: Any) -> str:
    return _hash(json.dumps([VERSION, *parts], sort_keys=True, default=str).encode())[:20]
