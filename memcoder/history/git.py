"""Starting git safely: argument lists, a scrubbed environment, and nothing a repository's configuration can run."""

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from memcoder.errors import FaultError, MissingError

KEPT = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "USER", "LOGNAME", "SYSTEMROOT")
"""The only variables of our own environment that git sees: no tokens, and no GIT_DIR that points elsewhere."""
ATTRIBUTES = Path(__file__).with_name("attributes")
JAVASCRIPT = "\n".join(
    (
        r"!^[ \t]*(if|else|for|while|switch|catch|with|return|do|try|throw|await|yield|new|case)[^A-Za-z0-9_$]",
        r"^[ \t]*(((export|default|declare|abstract|async)[ \t]+)*(function|class|interface|enum|namespace)[ \t*].*)$",
        r"^[ \t]*((export[ \t]+)?(const|let|var)[ \t]+[A-Za-z0-9_$]+[^=]*=[ \t]*(async[ \t]*)?"
        r"(function|\(.*=>|[A-Za-z0-9_$]+[ \t]*=>).*)$",
        r"^[ \t]*(((public|private|protected|static|async|get|set|override)[ \t]+)*"
        r"[#A-Za-z_$][A-Za-z0-9_$]*[ \t]*\([^'\"`;]*\)[^;]*\{[ \t]*)$",
    )
).replace(r"\t", "\t")  # POSIX brackets know no escapes
"""Functions of JavaScript and TypeScript, for which git has no driver: POSIX extended, `!` before what is none, and the
first group is what the hunk's header shows."""
OPTIONS = (
    "--no-pager",
    "--no-replace-objects",
    "--no-optional-locks",
    "--literal-pathspecs",
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.attributesFile={ATTRIBUTES}"),
    *("-c", "core.quotePath=false"),
    *("-c", "protocol.ext.allow=never"),
    *("-c", "i18n.logOutputEncoding=UTF-8"),
    *("-c", "log.showSignature=false"),
    *("-c", "log.follow=false"),
    *("-c", "diff.orderFile=/dev/null"),
    *("-c", "diff.relative=false"),
    *("-c", "diff.suppressBlankEmpty=false"),
    *("-c", f"diff.javascript.xfuncname={JAVASCRIPT}"),
    *("-c", "advice.graftFileDeprecated=false"),
)
DIFF_OPTIONS = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--submodule=short",
    "--find-renames",
    "--full-index",
)
ESCAPE = re.compile(rb"\\([abtnvfr\"\\]|[0-3][0-7]{2})")
ESCAPES = dict(zip((b"a", b"b", b"t", b"n", b"v", b"f", b"r", b'"', b"\\"), (
    b"\a", b"\b", b"\t", b"\n", b"\v", b"\f", b"\r", b'"', b"\\"), strict=True))  # fmt: skip


def environment() -> dict[str, str]:
    """What a git child gets: a few plain variables, C locale, no prompts, no lazy fetching, no grafts."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_ALLOW_PROTOCOL": "file",
    }


def command(folder: Path, arguments: Sequence[str]) -> list[str]:
    """The full argument list of one git child that works in `folder`."""
    return ["git", "-C", str(folder), *OPTIONS, *arguments]


def run(
    folder: Path, *arguments: str, data: bytes | None = None, index: Path | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """Run git to its end; the caller looks at the return code. Raises MissingError where there is no git.

    `index` is an index file to use instead of the repository's own, which then stays as it is.
    """
    try:
        return subprocess.run(
            command(folder, arguments),
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            env=environment() | ({"GIT_INDEX_FILE": str(index)} if index else {}),
            check=False,
        )
    except FileNotFoundError as error:
        raise _missing(folder) from error


def output(folder: Path, *arguments: str, data: bytes | None = None, index: Path | None = None) -> bytes:
    """Standard output of a git command that must succeed; FaultError with git's own words where it does not."""
    done = run(folder, *arguments, data=data, index=index)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise FaultError(
            f"git {arguments[0]} failed in {folder}: {said[-500:]}", "check the repository with `git fsck`"
        )
    return done.stdout


@contextmanager
def stream(folder: Path, *arguments: str, stdin: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
    """Standard output of a git child, to be read as it comes; the child is ended with the block.

    Raises FaultError at the end of the block where git failed and was read to its end.
    """
    try:
        child = subprocess.Popen(
            command(folder, arguments),
            stdin=stdin if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
    except FileNotFoundError as error:
        raise _missing(folder) from error
    if child.stdout is None:  # pragma: no cover - a pipe was asked for
        raise FaultError("git gave no output pipe", "repeat the command")
    finished = False
    try:
        yield child.stdout
        finished = child.stdout.read(1) == b""
    finally:
        child.stdout.close()
        if not finished:
            child.kill()
        code = child.wait()
    if finished and code != 0:
        raise FaultError(f"git {arguments[0]} failed in {folder} (exit {code})", "check it with `git fsck`")


def bounded(
    folder: Path, *arguments: str, seconds: float, most: int, codes: Sequence[int] = (0,)
) -> tuple[bytes, bool]:
    """Standard output of a git child that may go on for long, and whether that is all of it.

    The child is ended after so many seconds or bytes, and what it wrote until then is returned. Raises FaultError
    where git itself ended with another code than one of `codes`.
    """
    if seconds <= 0:
        return b"", False
    with tempfile.TemporaryFile() as errors:
        try:
            child = subprocess.Popen(
                command(folder, arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment(),
            )
        except FileNotFoundError as error:
            raise _missing(folder) from error
        assert child.stdout  # noqa: S101 - a pipe was asked for
        watch = threading.Timer(seconds, child.kill)
        watch.start()
        try:
            read = child.stdout.read(most + 1)
            cut = len(read) > most or not watch.is_alive()
            if not cut:
                child.wait()
        finally:
            watch.cancel()
            child.kill()  # nothing happens to one that has ended
            child.stdout.close()
            child.wait()
        if not cut and child.returncode not in codes:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip()
            raise FaultError(f"git {arguments[0]} failed in {folder}: {said[-500:]}", "check it with `git fsck`")
        return read[:most], not cut


def unquote(path: bytes) -> bytes:
    """A path as git prints it where lines end it: names with quotes, tabs and the like are C strings."""
    if len(path) < 2 or not (path.startswith(b'"') and path.endswith(b'"')):
        return path
    return ESCAPE.sub(lambda found: ESCAPES.get(found[1]) or bytes([int(found[1], 8)]), path[1:-1])


def decode_path(raw: bytes) -> str:
    r"""A path as text; bytes that are not UTF-8 are shown as \xNN, and `encode_path` takes them back."""
    return raw.decode("utf-8", "backslashreplace")


def encode_path(path: str) -> bytes:
    r"""Bytes of a path that `decode_path` made. (A literal backslash-x in a name is taken for an escape.)"""
    raw = path.encode("utf-8", "surrogateescape")
    if b"\\x" not in raw:
        return raw
    parts = raw.split(b"\\x")
    joined = parts[0]
    for part in parts[1:]:
        try:
            joined += bytes([int(part[:2], 16)]) + part[2:]
        except ValueError:
            joined += b"\\x" + part
    return joined


def _missing(folder: Path) -> MissingError | FaultError:
    import shutil

    if shutil.which("git"):
        return FaultError(f"git could not be started in {folder}", "is that folder still there?")
    return MissingError("git is not installed", "install it, e.g. `apt-get install git`")
