"""The embedded model: Qwen2.5-Coder-1.5B-Instruct by llama.cpp, fetched once, served by a child process."""

import ctypes
import json
import os
import secrets
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

from memcoder.config import Settings, home
from memcoder.errors import FaultError, MissingError
from memcoder.fetch import EMBEDDED_MODEL, PinnedFile, check, fetch, locate
from memcoder.models.base import Listen, Progress, Say
from memcoder.models.hosted import HostedModel

FIM = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
"""Fill-in-the-middle marks of Qwen2.5-Coder (its technical report, arXiv 2409.12186, section 3)."""
SLOTS = 4
CONTEXT = 4096
START_SECONDS = 120.0
END_SECONDS = 5.0


def models_folder() -> Path:
    """Where model files lie once they are fetched: outside every repository, shared by all."""
    return home() / "models"


def pull(
    pinned: PinnedFile = EMBEDDED_MODEL,
    given: Path | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
) -> Path:
    """The model's file in the models folder, fetched (or copied from `given`) where it is missing or broken.

    Raises MissingError where no source answers or the engine is missing, FaultError where the disk is too full.
    """
    check_engine()
    return fetch(pinned, models_folder(), given=given, progress=progress, say=say)


def model_file(settings: Settings, progress: Progress | None = None, say: Say | None = None) -> Path:
    """The file to serve: `model_path` as it lies, else the one in the models folder, fetched where it is missing.

    Raises as `pull` does, and FaultError where the file is truncated or altered.
    """
    check_engine()
    if settings.model_path or check(EMBEDDED_MODEL, models_folder()).state != "missing":
        return locate(EMBEDDED_MODEL, models_folder(), settings.model_path)
    return pull(progress=progress, say=say)


def check_engine() -> None:
    """Raises MissingError where llama.cpp cannot be loaded; called before anything is downloaded."""
    if sys.platform.startswith("linux") and not _loads("libgomp.so.1"):
        raise MissingError(
            "the system library libgomp.so.1 is missing", "apt-get install libgomp1 (or your system's libgomp)"
        )
    try:
        import xllamacpp  # noqa: F401
    except ImportError as error:
        raise MissingError(
            f"the embedded model's engine is not installed ({error})", "pip install 'memcoder-agent[local]'"
        ) from error


def start(
    settings: Settings, progress: Progress | None = None, *, say: Say | None = None, listen: Listen | None = None
) -> HostedModel:
    """Fetch the file where it is missing, start the server, and give a model that talks to it."""
    return EmbeddedModel(model_file(settings, progress), say=say, listen=listen)


class EmbeddedModel(HostedModel):
    """The model behind a server of its own, which ends with it."""

    def __init__(
        self,
        path: Path,
        name: str = "embedded",
        *,
        adapter: Path | None = None,
        fim: tuple[str, str, str] | None = FIM,
        say: Say | None = None,
        listen: Listen | None = None,
    ) -> None:
        """`adapter` is a GGUF file of low-rank weights for the model in `path`; `fim` as `HostedModel` has it."""
        self._server = ServerProcess(path, adapter=adapter, alias=name)
        _keep_loopback_off_proxies()
        try:
            super().__init__(
                name,
                provider_name=f"openai/{name}",
                base_url=f"{self._server.address}/v1",
                api_key=self._server.key,
                context=CONTEXT,
                tools=False,
                fim=fim,
                free=True,
                prefill=True,
                say=say,
                listen=listen,
            )
        except BaseException:
            self._server.close()
            raise

    def close(self) -> None:
        """End the server."""
        self._server.close()


class ServerProcess:
    """llama.cpp's server in a child process: loopback only, behind a key that no other user of the machine knows.

    The child ends when its standard input closes, so it cannot outlive this process however that one ends.
    """

    def __init__(self, path: Path, port: int = 0, *, adapter: Path | None = None, alias: str = "embedded") -> None:
        """Start it and wait until it answers; `alias` is the name under which it lists its model.

        `adapter` is a GGUF file of low-rank weights that are applied to the model. Raises FaultError, which names its
        log, where it does not start.
        """
        self.key = secrets.token_urlsafe(24)
        self._process = _spawn()
        try:
            wanted = {"model": str(path), "key": self.key, "port": port, "alias": alias, **server_options()}
            wanted["adapter"] = str(adapter) if adapter else ""
            self.address = _start(self._process, wanted)
        except BaseException:
            self.close()
            raise

    def wait(self) -> None:
        """Return when the server ends by itself."""
        self._process.wait()

    def close(self) -> None:
        """End it."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


def server_options() -> dict[str, Any]:
    """Slots, context and threads that suit this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return {"slots": SLOTS, "context": CONTEXT, "threads": max(1, min(cores, 8))}


def _keep_loopback_off_proxies() -> None:
    # behind a company's proxy HTTP_PROXY is set, and HTTP clients would send even 127.0.0.1 there
    for name in ("NO_PROXY", "no_proxy"):
        hosts = os.environ.get(name, "").split(",")
        if "127.0.0.1" not in hosts and "*" not in hosts:
            os.environ[name] = ",".join(filter(None, [*hosts, "127.0.0.1"]))


def _loads(library: str) -> bool:
    # find_library would ask ldconfig or gcc, which a bare machine may lack; the loader itself knows best
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _spawn() -> "subprocess.Popen[bytes]":
    log = _log()
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
        if name in os.environ
    }
    # llama.cpp's threads wait for each other after every layer. Where something else wants the cores, threads that
    # spin keep the one that is waited for from running, and everything is several times slower.
    kept["OMP_WAIT_POLICY"] = "passive"
    with log.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "memcoder.models.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=kept,  # no keys: a model's server needs none of the user's
            start_new_session=True,  # Control-C is for us, who may go on; it ends when its standard input does
        )


def _start(process: "subprocess.Popen[bytes]", wanted: dict[str, Any]) -> str:
    if process.stdin is None or process.stdout is None:
        raise FaultError("the embedded model's server has no pipes", "", "model")
    try:
        process.stdin.write(json.dumps(wanted).encode() + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        line = process.stdout.readline() if ready else b""
        return str(json.loads(line)["address"])
    except (OSError, ValueError, KeyError) as error:
        log = _log()
        last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.is_file() else []
        raise FaultError(
            f"the embedded model's server did not start: {' '.join(last)[:300]}", f"its log is {log}", "model"
        ) from error


def _log() -> Path:
    return models_folder() / "server.log"
