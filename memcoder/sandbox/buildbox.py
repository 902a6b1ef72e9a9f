"""The container in which a build runs: what it may do, what it is told, and what stays in the image."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memcoder.config import Settings
from memcoder.errors import MissingError
from memcoder.sandbox.engine import labels
from memcoder.sandbox.layers import Layers

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
"""Seconds that the engine may say nothing: it answers to the commit of gigabytes only once it has written them."""


@contextmanager
def build_container(
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
def patience(client: Any) -> Iterator[None]:
    """The client waits longer for the engine inside the block."""
    usual = client.api.timeout
    client.api.timeout = SILENCE
    try:
        yield
    finally:
        client.api.timeout = usual


def build_options(settings: Settings) -> dict[str, Any]:
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


def kept_variables(layers: Layers) -> dict[str, str]:
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


def ca_bundle(settings: Settings) -> bytes:
    """The certificates that the settings, or the environment, name; empty without any. Raises MissingError."""
    path = settings.ca_bundle or next((os.environ[name] for name in BUNDLE_VARIABLES if os.environ.get(name)), None)
    if path is None:
        return b""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise MissingError(
            f"the CA bundle {path} cannot be read: {error.strerror}", "correct MEMCODER_CA_BUNDLE"
        ) from error


def build_variables(bundle: bytes) -> dict[str, str]:
    """What the steps of a build see and the image does not keep."""
    passed = {name: os.environ[name] for name in PASSED_TO_BUILDS if name in os.environ}
    return passed | BUILD_VARIABLES | (dict.fromkeys(BUNDLE_VARIABLES, BUNDLE) if bundle else {})
