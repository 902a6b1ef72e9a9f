"""One long-lived shell behind a pair of pipes, so that a step costs no process start of its own.

Each command is followed by a line that only this shell can know (a random mark) with the exit code. Output is
read as it comes and kept up to a limit: its head and its tail.
"""

import secrets
import time
from typing import Protocol

from memcoder.errors import FaultError
from memcoder.records import CommandResult

TIMED_OUT = 124


ON_EXIT = 'trap \'printf "\\n%s %d ended\\n" "$_memcoder_mark" "$?"\' EXIT'
"""Run once in a new shell: a command that calls `exit` still gives its exit code."""


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
        self.alive = True

    def run(self, command: str, timeout: float, limit: int) -> CommandResult:
        """Run one command, keeping at most `limit` bytes of output.

        After a timeout or the shell's own end `alive` is False, and a new shell is needed.
        """
        mark = f"memcoder-{secrets.token_hex(12)}"
        started = time.monotonic()
        # The command is read from a here-document, so that no quote or bracket in it can end it early; stdin of
        # what it runs is empty, so that nothing in it can eat the commands that follow.
        script = (
            f"_memcoder_mark={mark}\n"
            f"eval \"$(cat <<'{mark}'\n{command}\n{mark}\n)\" </dev/null 2>&1\n"
            f"printf '\\n%s %d\\n' {mark} $?\n"
        )
        self._channel.send(script.encode(errors="surrogateescape"))
        kept = Kept(limit)
        end = f"\n{mark} ".encode()
        tail = b""
        while True:
            left = timeout - (time.monotonic() - started)
            data = self._channel.receive(left) if left > 0 else None
            if not data:
                self.alive = False
                kept.add(tail)
                return CommandResult(
                    exit_code=TIMED_OUT if data is None else -1,
                    output=kept.text(),
                    seconds=time.monotonic() - started,
                    timed_out=data is None,
                )
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


class Kept:
    """The head and the tail of an output, in bounded memory."""

    def __init__(self, limit: int) -> None:
        self._half = max(1, limit // 2)
        self._head = b""
        self._tail = b""
        self._dropped = 0

    def add(self, data: bytes) -> None:
        """Take more output."""
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
        raise FaultError(f"{what} failed in the sandbox: {result.output.strip()[-400:] or 'the sandbox ended'}")
    return result
