"""The embedded model: Qwen2.5-Coder-1.5B-Instruct by llama.cpp, fetched once, served by a child process."""

import ctypes.util
import json
import os
import secrets
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memcoder.config import Settings, home
from memcoder.errors import FaultError, MissingError
from memcoder.fetch import EMBEDDED_MODEL, fetch
from memcoder.models.hosted import HostedModel

FIM = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
"""Fill-in-the-middle marks of Qwen2.5-Coder (its technical report, arXiv 2409.12186, section 3)."""
SLOTS = 4
CONTEXT = 4096
START_SECONDS = 120.0


def models_folder() -> Path:
    """Where model files lie once they are fetched: outside every repository, shared by all."""
    return home() / "models"


def pull(
    settings: Settings,
    progress: Callable[[str, int, int], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> Path:
    """The model's file, fetched where it is missing. Raises MissingError where no source answers."""
    check_engine()
    return fetch(EMBEDDED_MODEL, models_folder(), given=settings.model_path, progress=progress, say=say)


def check_engine() -> None:
    """Raises MissingError where llama.cpp cannot be loaded; called before anything is downloaded."""
    if sys.platform.startswith("linux") and not ctypes.util.find_library("gomp"):
        raise MissingError(
            "the system library libgomp.so.1 is missing", "apt-get install libgomp1 (or your system's libgomp)"
        )
    try:
        import xllamacpp  # noqa: F401
    except ImportError as error:
        raise MissingError(
            f"the embedded model's engine is not installed ({error})", "pip install 'memcoder-agent[local]'"
        ) from error


def start(settings: Settings, progress: Callable[[str, int, int], None] | None = None) -> HostedModel:
    """Fetch the file where it is missing, start the server, and give a model that talks to it."""
    return EmbeddedModel(pull(settings, progress))


class EmbeddedModel(HostedModel):
    """A server of its own on the loopback address, behind a key that no other user of the machine knows."""

    def __init__(self, path: Path, name: str = "embedded") -> None:
        key = secrets.token_urlsafe(24)
        self._process = _spawn()
        try:
            address = _start(self._process, {"model": str(path), "key": key, "port": 0, **server_options()})
            provider = f"openai/{name}"
            super().__init__(
                name, provider_name=provider, base_url=f"{address}/v1", api_key=key, context=CONTEXT, fim=FIM, free=True
            )
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        """End the server."""
        self._end()

    def _end(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


def server_options() -> dict[str, Any]:
    """Slots, context and threads that suit this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return {"slots": SLOTS, "context": CONTEXT, "threads": max(1, min(cores, 8))}


def _spawn() -> "subprocess.Popen[bytes]":
    log = home() / "models" / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
        if name in os.environ
    }
    with log.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "memcoder.models.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=kept,  # no keys: a model's server needs none of the user's
        )


def _start(process: "subprocess.Popen[bytes]", wanted: dict[str, Any]) -> str:
    assert process.stdin and process.stdout  # noqa: S101 - both were asked for
    try:
        process.stdin.write(json.dumps(wanted).encode() + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        line = process.stdout.readline() if ready else b""
        return str(json.loads(line)["address"])
    except (OSError, ValueError, KeyError) as error:
        log = home() / "models" / "server.log"
        last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.is_file() else []
        raise FaultError(
            f"the embedded model's server did not start: {' '.join(last)[:300]}", f"its log is {log}"
        ) from error
