"""`memcoder model`: get, list or serve the embedded model."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, progress_bar, say

if TYPE_CHECKING:
    from memcoder.fetch import Found, PinnedFile

EXIT_FAULT = 5

path_option = click.option(
    "--path",
    type=click.Path(path_type=Path),
    help="A copy of the file on this machine; refused if it is another.",
)


@click.group("model")
def command() -> None:
    """Get, list or serve the embedded model.

    \b
    Examples:
      memcoder model pull
      memcoder model list --verify
    """


@command.command("pull")
@path_option
@click.option("--small", is_flag=True, help="Get SmolLM2-135M (98 MB) instead, which the project's own tests serve.")
@json_option
def pull(path: Path | None, small: bool, as_json: bool) -> None:
    """Get the model's file (1.1 GB) from the first source that answers, and check its hash.

    An interrupted pull goes on where it stopped. The file lies outside every repository and is used by all.

    \b
    Examples:
      memcoder model pull
      memcoder model pull --path /media/stick/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf
    """
    from memcoder.config import load_settings
    from memcoder.fetch import EMBEDDED_MODEL, SMALL_MODEL
    from memcoder.models.embedded import pull as pull_file

    settings, pinned = load_settings(), SMALL_MODEL if small else EMBEDDED_MODEL
    given = path or (None if small else settings.model_path)
    with progress_bar(enabled=False if as_json else None) as progress:
        found = pull_file(pinned, given, progress, say)
    if as_json:
        print_json({"name": pinned.name, "path": found, "sha256": pinned.sha256, "state": "ok"})
    else:
        click.echo(found)


@command.command("list")
@click.option("--verify", is_flag=True, help="Hash every file in full, whatever was noted about it.")
@json_option
def list_models(verify: bool, as_json: bool) -> int:
    """The files that memcoder brings along, and whether each is there and unchanged.

    \b
    Examples:
      memcoder model list
      memcoder model list --verify --json
    """
    from memcoder.config import load_settings
    from memcoder.fetch import EMBEDDED_MODEL, EMBEDDER_MODEL, EMBEDDER_TOKENIZER

    given = load_settings().model_path
    with progress_bar(enabled=False if as_json else None) as progress:
        rows = [_look(EMBEDDED_MODEL, given, verify, progress)]
        rows += [_look(pinned, None, verify, progress) for pinned in (EMBEDDER_MODEL, EMBEDDER_TOKENIZER)]
    if as_json:
        print_json({"models": [_row(pinned, found) for pinned, found in rows]})
    else:
        for pinned, found in rows:
            click.echo(f"{found.state:10} {pinned.size:>13,}  {found.path}")
    broken = [pinned.name for pinned, found in rows if found.state in ("truncated", "altered")]
    if broken:
        say(f"not as published: {', '.join(broken)}; `memcoder model pull` gets the model anew")
    return EXIT_FAULT if broken else 0


@command.command("serve")
@path_option
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port on the loopback address; 0: a free one.")
@json_option
def serve(path: Path | None, port: int, as_json: bool) -> None:
    """Serve the embedded model by OpenAI's protocol on the loopback address until interrupted.

    It prints the address and the key that the server asks for.

    \b
    Example:
      memcoder model serve --port 8080
    """
    from memcoder.config import load_settings
    from memcoder.models.embedded import ServerProcess, model_file

    with progress_bar() as progress:
        file = model_file(load_settings(model_path=path), progress, say)
    server = ServerProcess(file, port=port)
    try:
        if as_json:
            print_json({"base_url": f"{server.address}/v1", "api_key": server.key, "model": "embedded"})
        else:
            click.echo(f"OPENAI_BASE_URL={server.address}/v1\nOPENAI_API_KEY={server.key}")
            say("serving; Ctrl-C ends it")
        sys.stdout.flush()
        server.wait()
    finally:
        server.close()


def _look(pinned: "PinnedFile", given: Path | None, verify: bool, progress: Any) -> "tuple[PinnedFile, Found]":
    from memcoder import fetch
    from memcoder.models.embedded import models_folder

    if verify:
        return pinned, fetch.verify(pinned, models_folder(), given, progress)
    return pinned, fetch.check(pinned, models_folder(), given)


def _row(pinned: "PinnedFile", found: "Found") -> dict[str, Any]:
    return {
        "name": pinned.name,
        "state": found.state,
        "path": found.path,
        "size": pinned.size,
        "sha256": pinned.sha256,
    }
