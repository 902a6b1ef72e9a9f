"""A stand-in for the Docker engine's socket that passes everything on, until it is cut."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Relay:
    """Listens on a socket of its own; the real engine goes on whatever is done to this one."""

    def __init__(self, path: Path, engine: str) -> None:
        self.address = f"unix://{path}"
        self._path, self._engine = path, engine
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self.restore()

    def cut(self) -> None:
        """As if the engine were stopped: no connection is left, and none is taken."""
        listener, self._listener = self._listener, None
        self._path.unlink(missing_ok=True)
        for connection in [listener, *self._open]:
            if connection is not None:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
        self._open = []

    def restore(self) -> None:
        """As if the engine were started again."""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(50)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(self._engine)
                self._open += [client, engine]
                threading.Thread(target=_pass_on, args=(client, engine), daemon=True).start()


def _pass_on(client: socket.socket, engine: socket.socket) -> None:
    """Bytes both ways, each direction ended as its sender ends it."""
    others = {client: engine, engine: client}
    with contextlib.suppress(OSError, ValueError):
        while others:
            for ready in select.select(list(others), [], [])[0]:
                other = others[ready]
                if data := ready.recv(65536):
                    other.sendall(data)
                else:
                    del others[ready]
                    other.shutdown(socket.SHUT_WR)
    client.close()
    engine.close()


@contextmanager
def relay(folder: Path) -> Iterator[Relay]:
    """A relay to the engine that answers here; gone at the end of the block."""
    import docker

    client = docker.from_env()
    engine = client.api.get_adapter(client.api.base_url).socket_path
    client.close()
    made = Relay(folder / "relay.sock", engine)
    try:
        yield made
    finally:
        made.cut()
