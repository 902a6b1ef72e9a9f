"""The command as a whole: quick help, an example on every page, late imports, exit codes."""

import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from statistics import median

import click
import pytest

from memcoder.cli.main import COMMANDS

HEAVY = ("litellm", "chromadb", "docker", "git", "xllamacpp", "torch", "jinja2", "pydantic", "rich", "numpy", "httpx")
RUN = "from memcoder.cli.main import main; main()"


def memcoder(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", RUN, *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def pages(name: str) -> Iterator[tuple[str, click.Command]]:
    """A command and its subcommands, by their whole names."""
    command = import_module(f"memcoder.cli.{name}").command
    yield name, command
    if isinstance(command, click.Group):
        for below, subcommand in command.commands.items():
            yield f"{name} {below}", subcommand


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    script = f"import sys\ntry:\n    {RUN.replace('; ', chr(10) + '    ')}\nexcept SystemExit:\n    pass\n"
    script += f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=True).stdout
    assert "HEAVY []" in shown
    for name, help_line in COMMANDS.items():
        assert f"  {name} " in shown
        assert help_line in shown


def test_help_is_quick() -> None:
    times = []
    for _ in range(10):
        start = time.perf_counter()
        assert memcoder("--help").returncode == 0
        times.append(time.perf_counter() - start)
    # The median, because other tests may be running beside this one.
    assert median(times) < 0.25


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_under_its_name(name: str) -> None:
    command = import_module(f"memcoder.cli.{name}").command
    assert isinstance(command, click.Command)
    assert command.name == name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_page_has_an_example_and_every_option_a_help(name: str) -> None:
    for page, command in pages(name):
        text = command.help or ""
        assert f"memcoder {page}" in text, f"`memcoder {page} --help` shows no example"
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"memcoder {page} {parameter.opts[0]} has no help"


@pytest.mark.parametrize("name", COMMANDS)
def test_importing_a_command_imports_nothing_heavy(name: str) -> None:
    heavy = ("litellm", "chromadb", "docker", "xllamacpp", "torch", "jinja2", "rich.progress")
    script = f"import sys, memcoder.cli.{name}\nprint([name for name in {heavy!r} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


@pytest.mark.parametrize("arguments", [["no-such-command"], ["solve", "--no-such-option"], ["mine", "a", "b"]])
def test_wrong_use_is_2_and_says_nothing_on_standard_output(arguments: list[str]) -> None:
    result = memcoder(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr


def test_version() -> None:
    from memcoder import __version__

    assert memcoder("--version").stdout.strip() == f"memcoder, version {__version__}"
