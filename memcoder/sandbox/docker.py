"""The Docker sandbox: one container an attempt, no network, no keys, no root, limits on everything."""

import select
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from memcoder.config import Settings
from memcoder.sandbox.engine import connect, engine_faults, labels, remove_leftovers
from memcoder.sandbox.images import ROOT, USER, Say, repository_image
from memcoder.sandbox.shared import ShellSandbox
from memcoder.sandbox.shell import Shell

FILE_LIMIT = 512 * 1024 * 1024
"""Bytes of one file that an attempt may write."""
TEMPORARY = "size=512m,mode=1777"
START_SHELL = "command -v bash >/dev/null && exec bash --norc --noprofile; exec sh"


class DockerEnvironment:
    """An image of the repository at its base commit."""

    kind = "docker"

    def __init__(self, client: Any, image: str, commit: str, settings: Settings) -> None:
        self._client, self._image, self._commit, self._settings = client, image, commit, settings

    @classmethod
    def prepare(cls, source: Path, commit: str, settings: Settings, say: Say) -> "DockerEnvironment":
        """Find or build the image; leftovers of dead runs are removed first."""
        client = connect()
        with engine_faults("removing leftovers"):
            remove_leftovers(client)
        return cls(client, repository_image(client, source, commit, settings, say), commit, settings)

    @contextmanager
    def start(self) -> Iterator["DockerSandbox"]:
        """A fresh container, removed at the end."""
        with engine_faults("starting a container"):
            container = self._client.containers.run(self._image, **self._options())
        sandbox = DockerSandbox(self._client, container, self._commit, self._settings)
        try:
            yield sandbox
        finally:
            sandbox.close()

    def _options(self) -> dict[str, Any]:
        from docker.types import Ulimit

        memory = f"{self._settings.memory_mb}m"
        return {
            "command": ["sleep", "infinity"],
            "detach": True,
            "init": True,
            "user": USER,
            "working_dir": ROOT,
            "labels": labels(),
            "network_mode": "bridge" if self._settings.network else "none",
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "mem_limit": memory,
            "memswap_limit": memory,
            "pids_limit": self._settings.processes,
            "ulimits": [Ulimit(name="fsize", soft=FILE_LIMIT, hard=FILE_LIMIT), Ulimit(name="core", soft=0, hard=0)],
            "tmpfs": {"/tmp": TEMPORARY, "/dev/shm": "size=64m"},  # noqa: S108 - inside the container
        }


class DockerSandbox(ShellSandbox):
    """A shell in a container."""

    kind = "docker"
    workdir = ROOT

    def __init__(self, client: Any, container: Any, commit: str, settings: Settings) -> None:
        super().__init__(commit, settings)
        self._client, self._container = client, container
        self._channel: _ExecSocket | None = None

    def _open_shell(self) -> Shell:
        with engine_faults("opening a shell"):
            api = self._client.api
            made = api.exec_create(
                self._container.id,
                ["sh", "-c", START_SHELL],
                stdin=True,
                stdout=True,
                stderr=False,
                user=USER,
                workdir=ROOT,
            )
            self._channel = _ExecSocket(api.exec_start(made["Id"], socket=True))
        return Shell(self._channel)

    def _kill_all(self) -> None:
        """Kill every process of the container's user; the first process (init) and its sleep are not theirs to lose.

        `kill -1` spares process 1, so the container lives on; where the engine cannot even do that, it is gone.
        """
        if self._channel:
            self._channel.close()
        with engine_faults("ending what an attempt left running"):
            self._container.restart(timeout=0)

    def close(self) -> None:
        """Remove the container, whatever state it is in."""
        self._shell = None
        if self._channel:
            self._channel.close()
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        with suppress(DockerException, RequestException, OSError):  # an engine that died has lost it anyway
            self._container.remove(force=True, v=True)


class _ExecSocket:
    """A container's exec stream as a channel; the engine frames it as (kind, 0, 0, 0, length) and data."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._socket = getattr(stream, "_sock", stream)
        self._buffer = b""

    def send(self, data: bytes) -> None:
        with engine_faults("sending a command"):
            self._socket.sendall(data)

    def receive(self, seconds: float) -> bytes | None:
        while True:
            if (frame := self._frame()) is not None:
                return frame
            with engine_faults("reading output"):
                ready, _, _ = select.select([self._socket], [], [], max(0.0, seconds))
                if not ready:
                    return None
                data = self._socket.recv(65536)
            if not data:
                return b""
            self._buffer += data

    def _frame(self) -> bytes | None:
        if len(self._buffer) < 8:
            return None
        (length,) = struct.unpack(">I", self._buffer[4:8])
        if len(self._buffer) < 8 + length:
            return None
        frame, self._buffer = self._buffer[8 : 8 + length], self._buffer[8 + length :]
        return frame

    def close(self) -> None:
        with suppress(OSError):
            self._stream.close()
