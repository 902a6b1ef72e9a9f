"""Formatters and linters that a project has set up, read from the files of one commit; nothing is run."""

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Read = Callable[[str], bytes | None]
KNOWN_TEXT = """
autopep8 black codespell docformatter flake8 isort mypy pycodestyle pydocstyle pylint pyrefly pyright ruff ty yapf
"""
KNOWN = tuple(KNOWN_TEXT.split())
"""Tools of Python with a table in pyproject.toml, or a section in setup.cfg or tox.ini."""
FILES = {
    "biome": ("biome.json", "biome.jsonc"),
    "clang-format": (".clang-format",),
    "clang-tidy": (".clang-tidy",),
    "clippy": ("clippy.toml", ".clippy.toml"),
    "editorconfig": (".editorconfig",),
    "eslint": (".eslintrc*", "eslint.config.*"),
    "flake8": (".flake8",),
    "gofmt": ("go.mod",),
    "golangci-lint": (".golangci.y*ml", ".golangci.toml"),
    "isort": (".isort.cfg",),
    "mypy": ("mypy.ini", ".mypy.ini"),
    "prettier": (".prettierrc*", "prettier.config.*"),
    "pylint": (".pylintrc", "pylintrc", "pylintrc.toml", ".pylintrc.toml"),
    "rubocop": (".rubocop.yml",),
    "ruff": ("ruff.toml", ".ruff.toml"),
    "rustfmt": ("rustfmt.toml", ".rustfmt.toml"),
    "stylelint": (".stylelintrc*",),
    "ty": ("ty.toml",),
    "yamllint": (".yamllint*",),
    "yapf": (".style.yapf",),
}
SETTINGS_TEXT = """
line-length line_length max-line-length max_line_length max_width printWidth quote-style quotes semi tabWidth
indent_style indent_size indent-width target-version profile strict
"""
SETTINGS = tuple(SETTINGS_TEXT.split())
"""The settings that a writer of code has to know."""
HOOK = re.compile(r"^\s*-?\s*id:\s*['\"]?([\w.-]{1,60})", re.MULTILINE)
HOOKS_FILE = ".pre-commit-config.yaml"
VALUE_LIMIT = 60


@dataclass(frozen=True)
class Tool:
    """A tool that is set up, where, and the settings that matter."""

    name: str
    files: tuple[str, ...]
    settings: tuple[str, ...] = ()


def tools(paths: Iterable[str], read: Read) -> list[Tool]:
    """The tools that files at the root set up, in alphabetical order; `read` gives a file's bytes."""
    top = sorted(path for path in paths if "/" not in path)
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, file, table in _all(top, read):
        found.setdefault(name, {})[file] = table
    listed = [Tool(name, tuple(tables), _spelled(tables)) for name, tables in sorted(found.items())]
    hooks = tuple(dict.fromkeys(HOOK.findall(_text(read, HOOKS_FILE)))) if HOOKS_FILE in top else ()
    return [*listed, Tool("pre-commit", (HOOKS_FILE,), hooks[:30])] if hooks else listed


def _all(top: list[str], read: Read) -> Iterator[tuple[str, str, dict[str, str]]]:
    if "pyproject.toml" in top:
        tables = _toml(_text(read, "pyproject.toml")).get("tool", {})
        for name in KNOWN:
            if isinstance(tables, dict) and isinstance(tables.get(name), dict):
                yield name, "pyproject.toml", _settings(tables[name])
    for file in ("setup.cfg", "tox.ini"):
        if file in top:
            sections = _ini(_text(read, file))
            yield from ((name, file, _settings(sections[name])) for name in KNOWN if name in sections)
    for name, patterns in FILES.items():
        for file in top:
            if any(fnmatchcase(file, pattern) for pattern in patterns):
                yield name, file, _settings(_parsed(file, _text(read, file)))


def _parsed(file: str, text: str) -> dict[str, Any]:
    if file.endswith(".toml"):
        return _toml(text)
    if file.endswith((".json", ".jsonc", "rc")) and text.lstrip().startswith("{"):
        try:
            document = json.loads(text)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}
    sections = _ini(text)
    return {key: value for name in reversed(sections) for key, value in sections[name].items()}


def _settings(table: dict[str, Any]) -> dict[str, str]:
    """The known settings of a table and of the tables in it, the outer ones first."""
    found = {name: _short(table[name]) for name in SETTINGS if isinstance(table.get(name), (str, int, list))}
    for inner in table.values():
        if isinstance(inner, dict):
            found = {name: _short(inner[name]) for name in SETTINGS if isinstance(inner.get(name), (str, int))} | found
    return found


def _spelled(tables: dict[str, dict[str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{name} = {value}" for table in tables.values() for name, value in table.items()))


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return " ".join(text.split())[:VALUE_LIMIT]


def _text(read: Read, path: str) -> str:
    return (read(path) or b"").decode("utf-8", "replace")


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _ini(text: str) -> dict[str, dict[str, str]]:
    """Sections of an INI file; lines before the first section are one of their own. Empty where it is none."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, interpolation=None)
    try:
        parser.read_string("[ ]\n" + text)
    except configparser.Error:
        return {}
    return {name: {key: value or "" for key, value in parser[name].items()} for name in parser.sections()}
