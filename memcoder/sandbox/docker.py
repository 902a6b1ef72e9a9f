"""The Docker sandbox: one container an attempt, no network, no keys, no root, limits on everything."""

import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from memcoder.config import Settings
from memcoder.errors import FaultError
from memcoder.records import CommandResult
from memcoder.sandbox.container import MEGABYTE, container_options, disk_limit
from memcoder.sandbox.disk import DiskWatch
from memcoder.sandbox.engine import connect, engine_faults, remove_leftovers
from memcoder.sandbox.images import Say, repository_image
from memcoder.sandbox.layers import GENERATED, SEED, SIZE_LABEL, USER
from memcoder.sandbox.recipes import ROOT
from memcoder.sandbox.shared import GIT, ShellSandbox
from memcoder.sandbox.shell import Shell

KILL_SECONDS = 5.0
START_SHELL = "command -v bash >/dev/null && exec bash --norc --noprofile; exec sh"
PUT_BACK = f"{{ [ ! -f {GENERATED}.tar ] || tar -xf {GENERATED}.tar; }}"
LEAVE_OUT = f"{{ [ ! -f {GENERATED}.list ] || {GIT} update-index --force-remove -z --stdin <{GENERATED}.list; }}"
"""Out of the index, because an attempt may have changed .gitignore."""
FILL = f"cp -a {SEED}/. {ROOT}/ && cd {ROOT} && {PUT_BACK}"


class DockerEnvironment:
    """An image of the repository at its base commit."""

    kind = "docker"

    def __init__(self, client: Any, image: str, commit: str, settings: Settings) -> None:
        self._client, self.image, self._commit, self._settings = client, image, commit, settings

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
            size = int(self._client.images.get(self.image).labels.get(SIZE_LABEL, 0))
            container = self._client.containers.create(self.image, **container_options(self._settings, size))
        sandbox = DockerSandbox(self._client, container, self._commit, self._settings, disk_limit(self._settings, size))
        try:
            sandbox.begin()
            yield sandbox
        finally:
            sandbox.close()


class DockerSandbox(ShellSandbox):
    """Shells in a container."""

    kind = "docker"
    workdir = ROOT
    leave_out, put_back = LEAVE_OUT, PUT_BACK

    def __init__(self, client: Any, container: Any, commit: str, settings: Settings, disk: int | None) -> None:
        super().__init__(commit, settings)
        self._client, self._container = client, container
        self._channels: list[_ExecSocket] = []
        self._disk = DiskWatch(self._written, self._killed, disk) if disk is not None else None

    def begin(self) -> None:
        """Start the container and give the attempt its copy of the repository. Raises FaultError."""
        with engine_faults("starting a container"):
            self._container.start()
            filled = self._container.exec_run(["sh", "-c", FILL], user=USER, workdir="/")
        if filled.exit_code:
            raise FaultError(
                f"the repository does not fit into the sandbox: {filled.output.decode(errors='replace')[-300:]}",
                "raise memory_mb in your settings",
            )

    def run(self, command: str, timeout: float | None = None, limit: int | None = None) -> CommandResult:
        """Run a shell command; one that writes too much to the disk is killed with all it started."""
        if self._disk is None:
            return super().run(command, timeout, limit)
        with self._disk.watching():
            result = super().run(command, timeout, limit)
        if not self._disk.exceeded:
            return result
        self._shell = self._own = None
        self._kill_all()
        note = f"[stopped: more than {self._disk.limit // MEGABYTE} MiB lie on the disk; remove some]\n"
        return result.model_copy(update={"output": result.output + note})

    def _written(self) -> int:
        """Bytes in the container's own layer."""
        (found,) = self._client.api.containers(all=True, size=True, filters={"id": self._container.id})
        return int(found.get("SizeRw", 0))

    def _open_shell(self, plain: bool) -> Shell:
        with engine_faults("opening a shell"):
            api = self._client.api
            made = api.exec_create(
                self._container.id,
                ["sh"] if plain else ["sh", "-c", START_SHELL],
                stdin=True,
                stdout=True,
                stderr=False,
                user=USER,
                workdir=ROOT,
            )
            channel = _ExecSocket(api.exec_start(made["Id"], socket=True))
        self._channels.append(channel)
        return Shell(channel)

    def _kill_all(self) -> None:
        """Kill every process of the attempt's user; files stay as they are.

        Where the container has no room left for even that one process, it is restarted instead, which
        also puts the repository back to its base commit.
        """
        self._hang_up()
        with engine_faults("ending what an attempt left running"):
            if self._killed():
                return
            self._container.restart(timeout=0)
        self.begin()

    def _pristine_git(self) -> str:
        return f"{SEED}/.git"

    def _killed(self) -> bool:
        """Whether a `kill` inside the container came to its end; detached, so that it cannot hold us up."""
        from docker.errors import APIError

        api = self._client.api
        deadline = time.monotonic() + KILL_SECONDS
        try:
            made = api.exec_create(self._container.id, ["sh", "-c", "kill -9 -1"], user=USER, workdir="/")
            api.exec_start(made["Id"], detach=True)
            while (state := api.exec_inspect(made["Id"]))["Running"] and time.monotonic() < deadline:
                time.sleep(0.01)
        except APIError as error:
            if error.is_client_error():  # the container itself is gone
                raise
            return False
        return not state["Running"] and state["ExitCode"] in (0, 1, 137)

    def _hang_up(self) -> None:
        for channel in self._channels:
            channel.close()
        self._channels = []

    def close(self) -> None:
        """Remove the container, whatever state it is in."""
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        self._shell = self._own = None
        self._hang_up()
        with suppress(DockerException, RequestException, OSError):  # an engine that died has lost it anyway
            self._container.remove(force=True, v=True)


class _ExecSocket:
    """A container's exec stream as a channel; the engine frames it as (kind, 0, 0, 0, length) and data."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._socket = getattr(stream, "_sock", stream)
        self._buffer = b""

    def send(self, data: bytes) -> None:
        # a shell that is gone shows at the next receive
        with engine_faults("sending a command"), suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)

    def receive(self, seconds: float) -> bytes | None:
        while True:
            if (frame := self._frame()) is not None:
                return frame
            with engine_faults("reading output"):
                ready, _, _ = select.select([self._socket], [], [], max(0.0, seconds))
                if not ready:
                    return None
                try:
                    data = self._socket.recv(65536)
                except ConnectionResetError:
                    data = b""
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
        # Shut down, not only closed: the engine waits for readers of what a flood has left in the socket.
        with suppress(OSError, AttributeError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._stream.close()
