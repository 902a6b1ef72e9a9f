"""One long-lived shell behind a pair of pipes, so that a step costs no process start of its own.

Each command is followed by a line that only this shell can know (a random mark) with the exit code. Output is
read as it comes and kept up to a limit: its head and its tail.
"""

import secrets
import shlex
import time
from typing import Protocol

from memcoder.errors import FaultError
from memcoder.records import CommandResult

TIMED_OUT = 124
KILLED = 137
"""Exit code of a command whose shell was killed with it: 128 + SIGKILL, as shells count."""
FLOOD = 100_000_000
"""Bytes of one command's output after which it is stopped: no test prints as much on purpose."""

ON_EXIT = 'trap \'printf "\\n%s %d ended\\n" "$_memcoder_mark" "$?" >&9\' EXIT'
"""Run once in a new shell: a command that calls `exit` still gives its exit code."""

UNSOUND = "repeat the command; `memcoder doctor` looks at the engine and the disk"
"""What to do where memcoder's own command failed in a sandbox."""


class Channel(Protocol):
    """Bytes to and from a shell."""

    def send(self, data: bytes) -> None:
        """Write to the shell's standard input."""

    def receive(self, seconds: float) -> bytes | None:
        """What it printed; None where nothing came in time, b"" where it ended."""


class Shell:
    """A POSIX shell that keeps its directory and environment between commands."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._opened = False
        self.alive = True

    def run(self, command: str, timeout: float, limit: int) -> CommandResult:
        """Run one command, keeping at most `limit` bytes of output.

        After a timeout, a flood of output or the shell's own end `alive` is False, and a new shell is needed.
        """
        if not self._opened:
            self._channel.send(b"exec 9>&1\n")
            self._opened = True
        mark = f"memcoder-{secrets.token_hex(12)}"
        self._channel.send(_script(command, mark).encode(errors="surrogateescape"))
        started = time.monotonic()
        kept = Kept(limit)
        end = f"\n{mark} ".encode()
        tail = b""
        while True:
            left = timeout - (time.monotonic() - started)
            data = self._channel.receive(left) if left > 0 else None
            if not data or kept.total > FLOOD:
                kept.add(tail)
                return self._lost(kept, started, timed_out=data is None)
            tail += data
            at = tail.find(end)
            if at >= 0 and b"\n" in tail[at + len(end) :]:
                kept.add(tail[:at])
                code, *ended = tail[at + len(end) :].split(b"\n")[0].split()
                self.alive = not ended
                return CommandResult(exit_code=int(code), output=kept.text(), seconds=time.monotonic() - started)
            if at < 0 and len(tail) > len(end):
                kept.add(tail[: -len(end)])
                tail = tail[-len(end) :]

    def _lost(self, kept: "Kept", started: float, timed_out: bool) -> CommandResult:
        """The result of a command that ended with its shell, with a line that says so."""
        self.alive = False
        seconds = time.monotonic() - started
        why = f"stopped after {seconds:.0f} s" if timed_out else "stopped: it printed too much, or its shell was killed"
        note = f"\n[{why}; the next command starts in a new shell, in the repository's root]\n"
        code = TIMED_OUT if timed_out else KILLED
        return CommandResult(exit_code=code, output=kept.text() + note, seconds=seconds, timed_out=timed_out)


def _script(command: str, mark: str) -> str:
    """What the shell reads for one command: no process of its own, so that a step costs next to nothing.

    Quoting keeps the command from ending early. Its stdin is empty, so that it cannot eat the commands that
    follow. Descriptor 9 is the way out that `exec >file` in a command does not redirect.
    """
    command = shlex.quote(command.replace("\0", ""))
    return f"_memcoder_mark={mark}\neval {command} </dev/null >&9 2>&1\nprintf '\\n%s %d\\n' {mark} $? >&9\n"


class Kept:
    """The head and the tail of an output, in bounded memory."""

    def __init__(self, limit: int) -> None:
        self._half = max(1, limit // 2)
        self._head = b""
        self._tail = b""
        self._dropped = 0
        self.total = 0
        """Bytes taken so far."""

    def add(self, data: bytes) -> None:
        """Take more output."""
        self.total += len(data)
        room = self._half - len(self._head)
        self._head += data[:room] if room > 0 else b""
        self._tail += data[max(0, room) :]
        if len(self._tail) > self._half:
            self._dropped += len(self._tail) - self._half
            self._tail = self._tail[-self._half :]

    def text(self) -> str:
        """What is kept, with a line that says how much is not."""
        middle = f"\n[... {self._dropped} bytes left out ...]\n".encode() if self._dropped else b""
        return (self._head + middle + self._tail).decode(errors="replace")


def expect(result: CommandResult, what: str) -> CommandResult:
    """The result of a command of memcoder's own. Raises FaultError where it failed."""
    if result.exit_code:
        said = result.output.strip()[-400:] or "the sandbox ended"
        raise FaultError(f"{what} failed in the sandbox: {said}", UNSOUND)
    return result
