"""`memcoder doctor`: check what memcoder needs, and say what to do about each."""

import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from memcoder.cli.common import json_option, print_json
from memcoder.errors import MemcoderError

if TYPE_CHECKING:
    from memcoder.config import Settings

FREE_BYTES = 4 << 30
EXIT_MISSING = 3


@click.command("doctor")
@json_option
def command(as_json: bool) -> int:
    """Check Python, git, the Docker engine, the model, the store and the disk.

    \b
    Example:
      memcoder doctor
    """
    rows = [_check(name, check) for name, check in CHECKS.items()]
    if as_json:
        print_json({"ok": all(row["ok"] for row in rows), "checks": rows})
    else:
        for row in rows:
            click.echo(f"{'ok  ' if row['ok'] else 'MISS'}  {row['name']:8} {row['found']}")
            if not row["ok"]:
                click.echo(f"      {row['hint']}")
    return 0 if all(row["ok"] for row in rows) else EXIT_MISSING


def _check(name: str, check: Callable[[], str]) -> dict[str, object]:
    try:
        return {"name": name, "ok": True, "found": check(), "hint": ""}
    except MemcoderError as error:
        return {"name": name, "ok": False, "found": error.message, "hint": error.hint}


def _python() -> str:
    return sys.version.split()[0]


def _git() -> str:
    from pathlib import Path

    from memcoder.history.git import output

    return output(Path.cwd(), "version").decode().strip()


def _engine() -> str:
    from memcoder.config import load_settings
    from memcoder.sandbox.engine import connect, engine_faults

    settings = load_settings()
    if settings.sandbox == "local":
        return "not needed: your settings choose the local sandbox"
    client = connect()
    with engine_faults("listing images"):
        version = client.version().get("Version", "?")
        present = {tag for image in client.images.list() for tag in image.tags}
    client.close()
    bases = sorted(tag for tag in present if tag.startswith("memcoder-base:"))
    if settings.base_image:
        base = settings.base_image + ("" if settings.base_image in present else " (not here: pulled when it is needed)")
    else:
        base = ", ".join(bases) or "python:3.11-slim, pulled when it is needed"
    return f"Docker {version}, base image {base}"


def _model() -> str:
    from memcoder.config import ADAPTER, EMBEDDED, load_settings
    from memcoder.errors import MissingError
    from memcoder.fetch import EMBEDDED_MODEL, locate
    from memcoder.models.embedded import check_engine, models_folder

    settings = load_settings()
    if not settings.model:
        raise MissingError("no model was chosen", "choose one: memcoder init")
    if settings.model == EMBEDDED:
        check_engine()
        return f"{EMBEDDED}, {locate(EMBEDDED_MODEL, models_folder(), settings.model_path)}"
    if settings.model.startswith(ADAPTER):
        return _adapter(settings)
    return settings.model


def _adapter(settings: "Settings") -> str:
    from memcoder.config import ADAPTER
    from memcoder.models.adapters.registry import Registry
    from memcoder.models.adapters.serving import PROMOTED, base_of
    from memcoder.models.door import settled
    from memcoder.models.embedded import check_engine

    check_engine()
    if settings.model == ADAPTER + PROMOTED:
        return f"{settings.model}, the one of each repository"
    name = str(settled(settings).model)
    adapter, _ = Registry.open().get(name.removeprefix(ADAPTER))
    return f"{name}, on {base_of(adapter, settings.model_path)}"


def _store() -> str:
    import tempfile

    from memcoder.config import home
    from memcoder.errors import FaultError

    folder = home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise FaultError(
            f"{folder} cannot be written: {error.strerror}", "set MEMCODER_HOME to a folder of yours"
        ) from error
    return str(folder)


def _disk() -> str:
    from memcoder.config import home
    from memcoder.errors import FaultError

    folder = next(path for path in (home(), *home().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        raise FaultError(
            f"{free >> 20} MiB are free in {folder}",
            f"free some, or set MEMCODER_HOME to a larger disk: the model and a store want {FREE_BYTES >> 30} GiB",
        )
    return f"{free >> 30} GiB free in {folder}"


CHECKS: dict[str, Callable[[], str]] = {
    "python": _python,
    "git": _git,
    "engine": _engine,
    "model": _model,
    "store": _store,
    "disk": _disk,
}
