"""`memcoder init`: choose a model and write the user's settings."""

import sys

import click

from memcoder.cli.common import json_option, print_json, say

QUESTION = """\
Which model shall memcoder use?
  embedded            a small one that runs here, free and offline (1.1 GB, fetched once)
  any litellm name    e.g. anthropic/claude-sonnet-4-5 or openai/gpt-5; its key is read from the environment"""


@click.command("init")
@click.option("--model", help="`embedded`, `scripted:FILE`, or any name that litellm knows.")
@click.option("--model-url", help="An OpenAI-compatible server to use for the model.")
@click.option("--sandbox", type=click.Choice(["docker", "local"]), help="Where untrusted code runs.")
@json_option
def command(model: str | None, model_url: str | None, sandbox: str | None, as_json: bool) -> None:
    """Choose a model and write your settings; other settings in the file stay as they are.

    Asks for the model where none is named and a person is there to answer. No key is written: hosted models read
    theirs from the environment.

    \b
    Examples:
      memcoder init
      memcoder init --model embedded
    """
    from memcoder.config import EMBEDDED, load_settings, write_user_file

    chosen = model or _ask()
    given = {"model": chosen, "model_url": model_url, "sandbox": sandbox}
    path = write_user_file(**{key: value for key, value in given.items() if value})
    if as_json:
        print_json({"model": chosen, "file": str(path)})
        return
    click.echo(f"model {chosen}, written to {path}")
    if chosen == EMBEDDED and load_settings().model_path is None:
        say("next: `memcoder model pull` fetches it now; otherwise it is fetched when first used")


def _ask() -> str:
    from memcoder.config import EMBEDDED
    from memcoder.errors import UsageError

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("no model was named, and nobody is there to ask", "memcoder init --model embedded")
    say(QUESTION)
    return str(click.prompt("Model", default=EMBEDDED, err=True)).strip()
