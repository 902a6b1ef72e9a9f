"""`memcoder adapter serve`: an adapter on its base by OpenAI's protocol."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, say

if TYPE_CHECKING:
    from memcoder.records import Adapter

VLLM_PORT = 8000


@click.command("serve")
@click.argument("names", nargs=-1, required=True)
@click.option(
    "--engine",
    type=click.Choice(("llama", "vllm")),
    default="llama",
    show_default=True,
    help="What serves: llama.cpp here, or vLLM, whose command is printed.",
)
@click.option("--base", help="The base: a GGUF file for llama; a folder or a name on the Hugging Face hub for vllm.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port on the loopback address; 0: a free one.")
@json_option
def serve(names: tuple[str, ...], engine: str, base: str | None, port: int, as_json: bool) -> None:
    """Serve an adapter by OpenAI's protocol on the loopback address until interrupted.

    With `--engine llama`, it prints the address, the key that the server asks for and the model's name. With
    `--engine vllm` nothing is started: it prints the command that serves all NAMES at once, and their names there.

    \b
    Examples:
      memcoder adapter serve 3f9ac01d --port 8080
      memcoder adapter serve 3f9ac01d 77ab02e1 --engine vllm --port 8000
    """
    from memcoder.errors import UsageError
    from memcoder.models.adapters.registry import Registry

    registry = Registry.open()
    found = list({adapter.id: (adapter, folder) for adapter, folder in map(registry.get, names)}.values())
    if engine == "vllm":
        _print_vllm(found, base, port or VLLM_PORT, as_json)
    elif len(found) > 1:
        raise UsageError("llama.cpp serves one adapter here", "name one, or give --engine vllm")
    else:
        _serve(*found[0], base, port, as_json)


def _serve(adapter: "Adapter", folder: Path, base: str | None, port: int, as_json: bool) -> None:
    from memcoder.models.adapters import serving

    file = serving.given_base(Path(base)) if base else serving.base_of(adapter)
    notes = serving.differences(adapter, file)
    for line in notes:
        say(line)
    server = serving.serve(adapter, folder, file, port)
    name = f"adapter:{adapter.id}"
    try:
        if as_json:
            print_json({"base_url": f"{server.address}/v1", "api_key": server.key, "model": name, "notes": notes})
        else:
            click.echo(f"OPENAI_BASE_URL={server.address}/v1\nOPENAI_API_KEY={server.key}\nmodel: {name}")
            say("serving; Ctrl-C ends it")
        sys.stdout.flush()
        server.wait()
    finally:
        server.close()


def _print_vllm(found: "list[tuple[Adapter, Path]]", base: str | None, port: int, as_json: bool) -> None:
    from memcoder.models.adapters.serving import vllm_command

    command: list[str] = vllm_command(found, base, port)
    models: list[Any] = [f"adapter:{adapter.id}" for adapter, _ in found]
    note = "set VLLM_API_KEY to a secret of your own; adapters were trained on the base as memcoder's file quantises it"
    if as_json:
        print_json({"command": command, "models": models, "base_url": f"http://127.0.0.1:{port}/v1", "note": note})
        return
    click.echo(shlex.join(command))
    say(f"models: {', '.join(models)}\n{note}")
