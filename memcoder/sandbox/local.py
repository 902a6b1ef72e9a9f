"""The local sandbox: a folder and a shell on this machine. It keeps order, it does not keep attackers out.

Only for code that the user trusts. It needs nothing of Linux: a POSIX shell and git.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from memcoder.config import Settings
from memcoder.errors import FaultError, UsageError
from memcoder.sandbox.base import safe_path
from memcoder.sandbox.clone import clone_ancestors
from memcoder.sandbox.owner import kill_strays, own_folder
from memcoder.sandbox.shared import FILE_LIMIT, ShellSandbox, too_large
from memcoder.sandbox.shell import Shell

KEPT = ("LANG", "LC_ALL", "TERM", "TZ", "SYSTEMROOT")


class LocalEnvironment:
    """A pristine copy of the repository, from which each attempt's folder is cloned."""

    kind = "local"
    image = ""

    def __init__(self, source: Path, commit: str, settings: Settings) -> None:
        self._source, self._commit, self._settings = source, commit, settings

    @contextmanager
    def start(self) -> Iterator["LocalSandbox"]:
        """A fresh folder, removed at the end."""
        with own_folder() as folder:
            root = folder / "repository"
            clone_ancestors(self._source, self._commit, root)
            (folder / "home").mkdir()
            sandbox = LocalSandbox(self._source, root, folder / "home", self._commit, self._settings)
            try:
                yield sandbox
            finally:
                sandbox.close()


class LocalSandbox(ShellSandbox):
    """A shell in a folder of its own, with an environment of its own, in a process group of its own."""

    kind = "local"

    def __init__(self, source: Path, root: Path, home: Path, commit: str, settings: Settings) -> None:
        super().__init__(commit, settings)
        self.workdir = str(root.resolve())
        self._source = source
        self._home = home
        self._processes: list[subprocess.Popen[bytes]] = []

    def _open_shell(self, plain: bool) -> Shell:
        process = subprocess.Popen(
            ["/bin/sh" if plain else shutil.which("bash") or "/bin/sh"],
            cwd=self.workdir,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_limits(self._settings),
        )
        self._processes.append(process)
        return Shell(_Pipes(process))

    def write(self, path: str, data: bytes) -> None:
        """Write a file inside the repository, without a shell."""
        target = self._inside(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except OSError as error:
            raise FaultError(f"writing {path} failed: {error.strerror}", "is there room on the disk?") from error

    def read(self, path: str) -> bytes:
        """A file's content, without a shell."""
        target = self._inside(path)
        if not target.is_file():
            raise FileNotFoundError(path)
        if target.stat().st_size > FILE_LIMIT:
            raise too_large(path, FILE_LIMIT)
        return target.read_bytes()

    def _inside(self, path: str) -> Path:
        """The real path with links followed. Raises UsageError where it is outside, or in `.git`."""
        root = Path(self.workdir)
        try:
            target = (root / safe_path(path)).resolve()
        except (OSError, RuntimeError) as error:  # a loop of links
            raise UsageError(f"the path {path!r} cannot be followed", "give a path inside the repository") from error
        if not target.is_relative_to(root) or target.is_relative_to(root / ".git"):
            raise UsageError(f"the path {path!r} leads out of the repository", "a link on the way points elsewhere")
        return target

    def _pristine_git(self) -> str:
        """Cloned once more; it goes with the sandbox."""
        pristine = Path(self.workdir).with_name("pristine")
        clone_ancestors(self._source, self._commit, pristine)
        return str(pristine / ".git")

    def _environment(self) -> dict[str, str]:
        """This Python's own folder first on PATH, a home of its own, and none of the user's variables."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        own = {"PATH": path, "HOME": str(self._home), "TMPDIR": str(self._home), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**kept, **own, "GIT_CONFIG_NOSYSTEM": "1"}

    def _kill_all(self) -> None:
        processes, self._processes = self._processes, []
        for process in processes:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        kill_strays(self._home)  # what left its process group but kept its environment
        for process in processes:
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with suppress(OSError):
                        pipe.close()
            process.wait()

    def close(self) -> None:
        """Kill the shells' whole process groups."""
        self._shell = self._own = None
        self._kill_all()


class _Pipes:
    """A child's standard input and output as a channel."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin  # noqa: S101 - both were asked for
        assert process.stdout  # noqa: S101
        self._in, self._out = process.stdin, process.stdout

    def send(self, data: bytes) -> None:
        with suppress(BrokenPipeError):
            self._in.write(data)
            self._in.flush()

    def receive(self, seconds: float) -> bytes | None:
        ready, _, _ = select.select([self._out], [], [], seconds)
        return os.read(self._out.fileno(), 65536) if ready else None


def _limits(settings: Settings) -> Callable[[], None]:
    """Sets what POSIX lets a process limit for itself and its children; some systems know fewer of these."""
    import resource

    megabyte = 1024 * 1024

    def apply() -> None:
        for name, value in (
            ("RLIMIT_CORE", 0),
            ("RLIMIT_FSIZE", 1024 * megabyte),
            ("RLIMIT_DATA", settings.memory_mb * megabyte),
        ):
            with suppress(AttributeError, ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (value, value))

    return apply
