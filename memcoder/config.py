"""Settings: defaults < the repository < the user's file < environment < flags.

The repository's own file (`memcoder.toml`, or `[tool.memcoder]` in pyproject.toml) is untrusted: it may
say how to build and test the project and may lower limits, and nothing else. It can never choose a
model, the sandbox, a network or a path outside the repository.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from memcoder.errors import UsageError
from memcoder.whole import write_whole

EMBEDDED = "embedded"
"""Name of the model that memcoder brings along."""
ADAPTER = "adapter:"
"""How the name of a model begins that is an adapter of the registry on its base."""

LIMIT_KEYS = frozenset({"max_steps", "max_time", "max_cost", "max_tokens"})
REPOSITORY_KEYS = LIMIT_KEYS | {"test_command", "recipe"}
REPOSITORY_FILE_LIMIT = 1_000_000
"""Bytes of a repository's settings file."""


class Recipe(BaseModel):
    """How a project's environment image is built; see docs/sandbox.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    packages: tuple[str, ...] = ()
    """Debian packages, installed in the environment layer."""
    install: tuple[str, ...] = ()
    """Shell commands run in the repository's root, in the environment layer."""
    network: bool = True
    """Whether the install commands may reach the network (attempts never do)."""


class Settings(BaseModel):
    """Everything a run can be told. Times in seconds, cost in US dollars, sizes in MiB."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str | None = None
    """`embedded`, `adapter:NAME`, `scripted:FILE`, or any name litellm knows; None: nothing chosen yet."""
    model_path: Path | None = None
    """A local copy of the embedded model's file, or of an adapter's base; looked at before any download."""
    model_url: str | None = None
    """An OpenAI-compatible server to use for `model` instead of the provider's own."""
    model_context: int | None = Field(default=None, gt=0)
    """Tokens of prompt and answer that `model` takes; None: as litellm knows it."""
    model_tools: bool | None = None
    """Whether `model` calls tools natively; None: as litellm knows it."""
    seed: int = 0
    """Seed of everything random."""
    store: Path | None = None
    """Folder of the memory store; None: one a repository under the home."""
    sandbox: Literal["docker", "local"] = "docker"
    """Where untrusted code runs; `local` is for code you trust: it is not isolated from you."""
    base_image: str | None = None
    """Docker base image; None: the first of the ladder in docs/sandbox.md that answers."""
    ca_bundle: Path | None = None
    """CA bundle (PEM) that image builds trust, for people behind a TLS proxy."""
    recipe: Recipe = Recipe()
    """How the environment image is built."""
    network: bool = False
    """Whether an attempt's container has a network."""
    memory_mb: int = Field(default=2048, gt=0)
    """Memory of a container, in MiB."""
    processes: int = Field(default=256, gt=0)
    """Processes and threads of a container at most."""
    output_limit: int = Field(default=20_000, gt=0)
    """Characters of one command's output that are kept."""
    command_timeout: float = Field(default=120.0, gt=0)
    """Seconds that one command in a sandbox may take."""
    test_budget: float = Field(default=60.0, gt=0)
    """Seconds that the project's own tests may take at a time; where all take longer, those that matter are chosen."""
    test_command: str | None = None
    """Shell command that succeeds once the issue is resolved; None: chosen by what the project is."""
    strategy: Literal["auto", "staged", "tools"] = "auto"
    """How a model is led: `tools`, `staged`, or `auto`: by what it can do."""
    attempts: int = Field(default=1, gt=0, le=16)
    """Candidates that are made independently, to choose the best from."""
    reproduce: bool = True
    """Whether a model writes a test that reproduces the issue, where no test command is given."""
    checklist: bool = False
    """Whether a model writes a checklist of the issue before it refines a failed attempt."""
    refine: Literal["off", "raw", "diagnosis"] = "diagnosis"
    """What `staged` tells a model of the failed attempt that it refines; `raw`: the end of the tests' output."""
    infill: bool = True
    """Whether `staged` has single lines rewritten, by a model that can."""
    max_steps: int = Field(default=60, gt=0)
    """Model calls at most."""
    max_attempts: int | None = Field(default=None, gt=0)
    """Edits tried at most; None: until another limit ends the search."""
    max_time: float = Field(default=1800.0, gt=0)
    """Seconds that a run may take."""
    max_cost: float = Field(default=1.0, ge=0)
    """US dollars that a run may cost."""
    max_tokens: int | None = Field(default=None, gt=0)
    """Tokens that a run's models may read and write; None: any number."""
    embedder: Literal["minilm", "hashing", "none"] = "minilm"
    """What gives memories their vectors; `none`: recall by words alone."""
    recall_k: int = Field(default=5, gt=0)
    """Memories that one recall shows at most."""
    memory_url: str | None = None
    """A Chroma server that holds the vectors."""


def home() -> Path:
    """MEMCODER_HOME, or the platform's user-data folder; not created. Raises UsageError where it is a file."""
    import platformdirs

    chosen = os.environ.get("MEMCODER_HOME")
    folder = Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("memcoder"))
    if folder.is_file():
        raise UsageError(f"{folder} is a file", "set MEMCODER_HOME to a folder")
    return folder


def user_file() -> Path:
    """The user's own settings, written by `memcoder init`."""
    return home() / "config.toml"


def load_settings(repository: Path | None = None, **flags: Any) -> Settings:
    """All layers merged; a flag of None means "not given".

    Raises UsageError that names the file or variable and the key at fault.
    """
    values: dict[str, Any] = {}
    if repository is not None:
        values |= _from_repository(repository)
    values |= _checked(_read_toml(user_file()), str(user_file()))
    values |= _checked(_from_environment(os.environ), "the environment")
    values |= {key: value for key, value in flags.items() if value is not None}
    return _build(values, "the command line")


def write_user_file(**changes: str) -> Path:
    """Put top-level settings into the user's file, keep the rest of it as it is, and return its path.

    The file appears whole or not at all, and only its owner may read it. Raises UsageError for a value that the
    setting does not take, and for a file too intricate to be edited.
    """
    path = user_file()
    before = _read_toml(path)
    _checked(before | changes, str(path))
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for key, value in changes.items():
        text = _with_setting(text, key, value)
    if _parsed(text) != before | changes:
        raise UsageError(f"{path} could not be edited", f"set {', '.join(changes)} there by hand")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, text.encode())
    return path


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _with_setting(text: str, key: str, value: str) -> str:
    """The TOML text with one top-level key set; comments and everything else stay."""
    if not value.isprintable():
        raise UsageError(f"setting `{key}`: {value!r} holds characters that cannot be printed", "give it without them")
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}"  # of printable text, a JSON string is a TOML string
    table = re.search(r"^\s*\[", text, re.MULTILINE)
    top, rest = (text[: table.start()], text[table.start() :]) if table else (text, "")
    top, replaced = re.subn(rf"^{re.escape(key)}\s*=.*$", lambda _: line, top, count=1, flags=re.MULTILINE)
    return (top if replaced else f"{line}\n{top}") + rest


def _from_repository(repository: Path) -> dict[str, Any]:
    where = "memcoder.toml"
    found = _read_untrusted(repository / where)
    if not found:
        found = _tool_table(repository / "pyproject.toml")
        where = "[tool.memcoder] of pyproject.toml"
    refused = sorted(set(found) - REPOSITORY_KEYS)
    if refused:
        raise UsageError(
            f"{where} sets {', '.join(refused)}, which a repository may not",
            f"it may set {', '.join(sorted(REPOSITORY_KEYS))}; put the rest in {user_file()}",
        )
    checked = _checked(found, where)
    defaults = Settings()
    for key in LIMIT_KEYS & set(checked):
        limit = getattr(defaults, key)
        checked[key] = checked[key] if limit is None else min(checked[key], limit)
    return checked


def _tool_table(path: Path) -> dict[str, Any]:
    try:
        tool = _read_untrusted(path).get("tool")
    except UsageError:
        return {}  # somebody else's file: what is wrong with it may be the very issue
    table = tool.get("memcoder") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else {}


def _read_untrusted(path: Path) -> dict[str, Any]:
    """As `_read_toml`, for a file that may be a link to anywhere, a pipe, or endless."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UsageError(f"{path} is not a plain file", "replace it, or move it away")
    if path.exists() and path.stat().st_size > REPOSITORY_FILE_LIMIT:
        raise UsageError(f"{path} is larger than {REPOSITORY_FILE_LIMIT} bytes", "correct the file, or move it away")
    return _read_toml(path)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = {f"MEMCODER_{field.upper()}": field for field in Settings.model_fields if field != "recipe"}
    return {field: environment[name] for name, field in names.items() if environment.get(name)}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read as TOML: {error}", "correct the file, or move it away") from error


def _checked(values: dict[str, Any], where: str) -> dict[str, Any]:
    """The values given, each validated and converted as its setting says."""
    settings = _build(values, where)
    return {key: getattr(settings, key) for key in values}


def _build(values: dict[str, Any], where: str) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{where}: setting `{key}`: {first['msg']}", "see docs/settings.md") from error
