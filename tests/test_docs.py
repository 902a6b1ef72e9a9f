"""README and docs, checked against the code."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import click
import pytest

from memcoder.cli.main import COMMANDS
from memcoder.config import REPOSITORY_KEYS, Recipe

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
NOT_YET = {"distil"}
"""Commands that docs/design.md plans."""


@cache
def options(name: str) -> dict[str, set[str]]:
    """The options of a command and of its subcommands, by the subcommand's name; "" for the command itself."""
    command = import_module(f"memcoder.cli.{name}").command
    found = {"": _of(command)}
    if isinstance(command, click.Group):
        found |= {below: _of(subcommand) for below, subcommand in command.commands.items()}
    return found


def _of(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}


def shown_commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Each `memcoder …` in a page's code, with the words that follow it."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"```(?:sh|console|bash|yaml)?\n(.*?)```", text, re.DOTALL)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for line in [line for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", prose):
        for part in re.split(r"&&|;|\|(?= )", line.partition(" #")[0]):
            words = part.removeprefix("$ ").split()
            if len(words) > 1 and words[0] == "memcoder" and not words[1].startswith("-"):
                yield line, words[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_that_are_shown_exist(page: Path) -> None:
    planned = page.name == "design.md"
    for line, words in shown_commands(page):
        if not re.fullmatch(r"[a-z-]+", words[0]) or (planned and words[0] in NOT_YET):
            continue
        assert words[0] in COMMANDS, f"{page.name}: {line}"
        known = options(words[0])
        below = words[1] if len(words) > 1 and words[1] in known else ""
        for word in words[1:]:
            option = word.strip("[]").split("=")[0]
            if option.startswith("--") and not planned:
                assert option in known[below] | {"--help"}, f"{page.name}: {line}"


def test_the_recipe_that_is_shown_is_one() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        shown = tomllib.loads(block)
        assert set(shown) <= REPOSITORY_KEYS
        Recipe.model_validate(shown.get("recipe", {}))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_make_targets_that_are_shown_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for target in re.findall(r"^(?:\$ )?make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert target in targets, f"{page.name}: make {target}"
