"""What every sandbox does through its shells: run, diff, reset, apply, read, write.

There are two: the attempt's, which keeps whatever state the attempt gives it, and memcoder's own, in which an
alias, a PATH or a `set -e` of the attempt cannot disturb what memcoder does.
"""

import base64
import shlex
from abc import ABC, abstractmethod

from memcoder.config import Settings
from memcoder.errors import FaultError, UsageError
from memcoder.records import CommandResult
from memcoder.sandbox.base import DIFF_LIMIT, check_diff, safe_path
from memcoder.sandbox.shell import ON_EXIT, UNSOUND, Shell, expect

OWN_TIMEOUT = 60.0
"""Seconds for memcoder's own commands."""
FILE_LIMIT = DIFF_LIMIT
"""Bytes of a file that is read."""
READ_LIMIT = 2 * DIFF_LIMIT
"""Bytes of output that hold any of these, in base64."""
LEADS_OUT = 77
"""Exit code of memcoder's own check that a path stays inside."""
TOO_LARGE = 78
"""Exit code of memcoder's own check of a file's size."""
GIT = (
    "git --literal-pathspecs -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.attributesFile=/dev/null "
    "-c core.excludesFile=/dev/null"
)
INDEX = ".git/memcoder-index"


class ShellSandbox(ABC):
    """A sandbox that is a shell in a work tree at the base commit."""

    kind: str
    workdir: str
    leave_out = put_back = "true"
    """Commands that take what installing made out of an index, and put it into the work tree; here nothing was."""

    def __init__(self, commit: str, settings: Settings) -> None:
        self._commit = commit
        self._settings = settings
        self._shell: Shell | None = None
        self._own: Shell | None = None

    @abstractmethod
    def _open_shell(self, plain: bool) -> Shell:
        """A new shell in the repository's root; a plain one is the smallest that the system has."""

    @abstractmethod
    def _kill_all(self) -> None:
        """End everything that runs in the sandbox, the shells included."""

    @abstractmethod
    def _pristine_git(self) -> str:
        """The path of a `.git` folder as it was at the start."""

    @abstractmethod
    def close(self) -> None:
        """End everything and remove the sandbox."""

    def run(self, command: str, timeout: float | None = None, limit: int | None = None) -> CommandResult:
        """Run a shell command; a command that runs past `timeout` is killed with all it started."""
        if self._shell is None:
            self._shell = self._prepared(plain=False)
        settings = self._settings
        result = self._shell.run(command, timeout or settings.command_timeout, limit or settings.output_limit)
        self._settle(self._shell)
        return result

    def write(self, path: str, data: bytes) -> None:
        """Write a file inside the repository."""
        quoted = shlex.quote(safe_path(path))
        text = base64.encodebytes(data).decode()
        made = f'{_stays_inside(path)} && mkdir -p -- "$(dirname -- {quoted})" && base64 -d > {quoted}'
        result = self._at_root(f"{made} <<'BASE64'\n{text}BASE64")
        _refuse_if_out(result, path)
        expect(result, f"writing {path}")

    def read(self, path: str) -> bytes:
        """A file's content."""
        quoted = shlex.quote(safe_path(path))
        small = _is_small(quoted, FILE_LIMIT)
        result = self._at_root(f"{_stays_inside(path)} && test -f {quoted} && {small} && base64 < {quoted}", READ_LIMIT)
        _refuse_if_out(result, path)
        if result.exit_code == TOO_LARGE:
            raise too_large(path, FILE_LIMIT)
        if result.exit_code:
            raise FileNotFoundError(path)
        return _decode(result.output, path)

    def diff(self) -> str:
        """Everything that differs from the base commit, as a git diff without context games."""
        options = (
            "--cached --binary --no-ext-diff --no-textconv --no-renames --no-color --src-prefix=a/ --dst-prefix=b/"
        )
        command = (
            # An index of memcoder's own, so that what the attempt staged stays as it is; made anew each time,
            # because one that remembers times and sizes can miss a change within the same second.
            f"export GIT_INDEX_FILE={INDEX}; rm -f {INDEX}*; {GIT} read-tree {self._commit} && "
            f"{GIT} add --all 2>/dev/null && {self.leave_out} && "
            f"{GIT} diff {options} {self._commit} >{INDEX}.diff 2>/dev/null && "
            f"{_is_small(f'{INDEX}.diff', DIFF_LIMIT)} && base64 <{INDEX}.diff"
        )
        result = self._by_git(command, READ_LIMIT)
        if result.exit_code == TOO_LARGE:
            raise too_large("the patch", DIFF_LIMIT)
        return check_diff(_decode(expect(result, "reading the patch").output, "the patch"))

    def reset(self) -> None:
        """The work tree as it was at the start: the base commit, and what installing made."""
        # locks are of a git that was killed; folders without write permission are of tests that forgot them
        back = f"{GIT} reset --quiet --hard {self._commit} && {GIT} clean -ffdqx && {self.put_back}"
        command = (
            f"rm -f .git/*.lock .git/refs/heads/*.lock; {{ {back}; }} 2>/dev/null || {{ chmod -R u+rwX . ; {back}; }}"
        )
        expect(self._by_git(command), "resetting")

    def apply(self, diff: str) -> bool:
        """Apply a diff; what check_diff refuses is not applied. An empty one changes nothing."""
        data = diff.encode(errors="surrogateescape")
        if not data.strip():
            return True
        try:
            check_diff(data)
        except UsageError:
            return False
        text = base64.encodebytes(data).decode()
        command = f"base64 -d <<'BASE64' | {GIT} apply --whitespace=nowarn -\n{text}BASE64"
        return self._at_root(command).exit_code == 0

    def _by_git(self, command: str, limit: int = 4000) -> CommandResult:
        """One of memcoder's own commands that need a sound `.git`; begun again with a new one where it fails."""
        result = self._at_root(command, limit)
        if result.exit_code and result.exit_code != TOO_LARGE:
            pristine = shlex.quote(self._pristine_git())
            restore = f"{{ [ -L .git ] || chmod -R u+rwX .git; rm -rf .git; }} 2>/dev/null; cp -a {pristine} .git"
            expect(self._at_root(restore), "restoring .git")
            result = self._at_root(command, limit)
        return result

    def _at_root(self, command: str, limit: int = 4000) -> CommandResult:
        """One of memcoder's own commands, in the root; begun again once where the attempt has killed its shell."""
        script = f"( cd {shlex.quote(self.workdir)} && {command}\n)"
        for last in (False, True):
            if self._own is None:
                self._own = self._prepared(plain=True)
            own = self._own
            result = own.run(script, OWN_TIMEOUT, limit)
            self._settle(own)
            if own.alive or result.timed_out or last:
                break
        return result

    def _prepared(self, plain: bool) -> Shell:
        shell = self._open_shell(plain)
        started = f"{ON_EXIT}; cd {shlex.quote(self.workdir)} && export GIT_PAGER=cat PAGER=cat"
        if plain:
            started += " GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null"
        expect(shell.run(started, OWN_TIMEOUT, 1000), "starting the shell")
        return shell

    def _settle(self, shell: Shell) -> None:
        """After a command that ended its shell: nothing that it started lives on."""
        if not shell.alive:
            self._shell = self._own = None
            self._kill_all()


def _stays_inside(path: str) -> str:
    """A test for the shell: the deepest part of the path that exists is, with links followed, inside the root."""
    return (
        f"{{ _p={shlex.quote('./' + path)}; "
        'while [ ! -e "$_p" ] && [ ! -L "$_p" ]; do _p=$(dirname -- "$_p"); done; _r=$(pwd -P); '
        f'case "$(readlink -f -- "$_p")/" in "$_r"/.git/*) exit {LEADS_OUT};; "$_r"/*) ;; '
        f"*) exit {LEADS_OUT};; esac; }}"
    )


def _refuse_if_out(result: CommandResult, path: str) -> None:
    if result.exit_code == LEADS_OUT:
        raise UsageError(f"the path {path!r} leads out of the repository", "a link on the way points elsewhere")


def _is_small(quoted: str, limit: int) -> str:
    """A test for the shell: the file has no more bytes than that."""
    return f"{{ [ $(wc -c < {quoted}) -le {limit} ] || exit {TOO_LARGE}; }}"


def too_large(what: str, limit: int) -> UsageError:
    """The error for what is larger than memcoder takes from a sandbox."""
    return UsageError(f"{what} has more than {limit} bytes", "keep data out of it")


def _decode(text: str, what: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise FaultError(f"{what} could not be read from the sandbox: what came is no base64", UNSOUND) from error
