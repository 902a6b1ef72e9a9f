"""What every sandbox does through its shell: run, diff, reset, apply."""

import base64
import shlex
from abc import ABC, abstractmethod

from memcoder.config import Settings
from memcoder.errors import FaultError, UsageError
from memcoder.records import CommandResult
from memcoder.sandbox.base import DIFF_LIMIT, check_diff, safe_path
from memcoder.sandbox.shell import ON_EXIT, Shell, expect

OWN_TIMEOUT = 60.0
"""Seconds for memcoder's own commands."""
READ_LIMIT = 2 * DIFF_LIMIT


class ShellSandbox(ABC):
    """A sandbox that is one shell in a work tree at the base commit."""

    kind: str
    workdir: str

    def __init__(self, commit: str, settings: Settings) -> None:
        self._commit = commit
        self._settings = settings
        self._shell: Shell | None = None

    @abstractmethod
    def _open_shell(self) -> Shell:
        """A new shell in the repository's root."""

    @abstractmethod
    def _kill_all(self) -> None:
        """End everything that runs in the sandbox, the shell included."""

    @abstractmethod
    def close(self) -> None:
        """End everything and remove the sandbox."""

    def run(self, command: str, timeout: float | None = None) -> CommandResult:
        """Run a shell command; a command that runs past `timeout` is killed with all it started."""
        return self._run(command, timeout or self._settings.command_timeout, self._settings.output_limit)

    def _run(self, command: str, timeout: float, limit: int) -> CommandResult:
        if self._shell is None:
            self._shell = self._open_shell()
            prepare = f"{ON_EXIT}; cd {shlex.quote(self.workdir)} && export GIT_PAGER=cat PAGER=cat"
            expect(self._shell.run(prepare, OWN_TIMEOUT, 1000), "starting the shell")
        result = self._shell.run(command, timeout, limit)
        if not self._shell.alive:
            self._shell = None
            self._kill_all()
        return result

    def write(self, path: str, data: bytes) -> None:
        """Write a file inside the repository."""
        quoted = shlex.quote(safe_path(path))
        text = base64.encodebytes(data).decode()
        command = f"mkdir -p -- \"$(dirname -- {quoted})\" && base64 -d > {quoted} <<'BASE64'\n{text}BASE64"
        expect(self._at_root(command), f"writing {path}")

    def read(self, path: str) -> bytes:
        """A file's content."""
        quoted = shlex.quote(safe_path(path))
        result = self._at_root(f"test -f {quoted} && base64 < {quoted}", READ_LIMIT)
        if result.exit_code:
            raise FileNotFoundError(path)
        return _decode(result.output, path)

    def diff(self) -> str:
        """Everything that differs from the base commit, as a git diff without context games."""
        options = "--cached --binary --no-ext-diff --no-textconv --no-renames --no-color"
        command = (
            f"export GIT_INDEX_FILE=.git/memcoder-index; git read-tree {self._commit} && git add --all && "
            f"git diff {options} {self._commit} | base64"
        )
        result = expect(self._at_root(command, READ_LIMIT), "reading the patch")
        return check_diff(_decode(result.output, "the patch"))

    def reset(self) -> None:
        """The work tree as it was at the base commit."""
        expect(self._at_root(f"git reset --quiet --hard {self._commit} && git clean -ffdqx -e .venv"), "resetting")

    def apply(self, diff: str) -> bool:
        """Apply a diff; what check_diff refuses is not applied."""
        data = diff.encode(errors="surrogateescape")
        try:
            check_diff(data)
        except UsageError:
            return False
        text = base64.encodebytes(data).decode()
        command = f"base64 -d <<'BASE64' | git apply --whitespace=nowarn -\n{text}BASE64"
        return self._at_root(command).exit_code == 0

    def _at_root(self, command: str, limit: int = 4000) -> CommandResult:
        """One of memcoder's own commands, in the root, in a subshell that leaves the user's shell as it was."""
        return self._run(f"( cd {shlex.quote(self.workdir)} && {command}\n)", OWN_TIMEOUT, limit)


def _decode(text: str, what: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise FaultError(f"{what} could not be read from the sandbox: it is larger than {READ_LIMIT} bytes") from error
