"""`memcoder review`: give a run the human's word."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, safe_text, say

if TYPE_CHECKING:
    from memcoder.records import Run

EDITOR = ""
"""Value of --edit where no file is named."""
ISSUE_LIMIT = 4_000
WORDS = ("accept", "edit", "reject")


@click.command("review")
@click.argument("run")
@click.option("--accept", is_flag=True, help="Accept the patch; it becomes a memory.")
@click.option("--reject", is_flag=True, help="Reject the patch.")
@click.option(
    "--edit",
    "edited",
    is_flag=False,
    flag_value=EDITOR,
    metavar="[FILE|-]",
    help="Accept the patch as you edit it: in $VISUAL or $EDITOR, or as it stands in FILE or on standard input.",
)
@click.option("--by", help="Who says so.")
@click.option("--reason", default="", help="Why.")
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store, as given to solve.")
@json_option
def command(
    run: str,
    accept: bool,
    reject: bool,
    edited: str | None,
    by: str | None,
    reason: str,
    store: Path | None,
    as_json: bool,
) -> None:
    """Accept, edit or reject the patch of RUN (an id, a unique beginning of one, or `last`).

    Without a decision, a terminal shows the run and asks. What you change becomes lessons.

    \b
    Examples:
      memcoder review last --accept --by alice
      memcoder review last --edit --by alice
      git diff | memcoder review last --edit - --by alice
    """
    from memcoder.runs.store import RunStore

    found = RunStore.open().load(run)
    asking = sys.stdin.isatty() and not as_json
    decision = _decision(accept, reject, edited)
    if decision is None and edited is None:
        decision, reason = _ask(found, reason, asking)
        edited = EDITOR if decision == "edit" else None
    text = _edited(found, edited) if edited is not None else None
    by = by or (click.prompt("Your name", err=True) if asking else "")
    document = _reject(found, by, reason) if decision == "reject" else _accept(found, by, reason, store, text)
    print_json(document) if as_json else _say(document)


def _decision(accept: bool, reject: bool, edited: str | None) -> str | None:
    """What was said; None where nothing was, or only --edit."""
    from memcoder.errors import UsageError

    if reject and (accept or edited is not None):
        raise UsageError("a patch is accepted or rejected, not both", "give --accept, --edit or --reject")
    return "reject" if reject else "accept" if accept else None


def _ask(run: "Run", reason: str, asking: bool) -> tuple[str, str]:
    from memcoder.cli.show import print_run
    from memcoder.errors import UsageError

    if not asking:
        raise UsageError("say what you think of it", "--accept, --edit FILE or --reject, with --by NAME")
    click.echo(safe_text(run.task.issue[:ISSUE_LIMIT]) + "\n")
    print_run(run)
    decision = click.prompt("Your word", type=click.Choice(WORDS), err=True)
    if decision == "reject" and not reason:
        reason = click.prompt("Why", default="", show_default=False, err=True)
    return decision, reason


def _edited(run: "Run", source: str) -> str:
    """The text of the edited patch. Raises UsageError where there is none."""
    from memcoder.errors import UsageError

    if source == EDITOR:
        return _in_editor(run)
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}", "give a file with the patch, or -") from error
    return data.decode(errors="surrogateescape")


def _in_editor(run: "Run") -> str:
    """What the user makes of the patch, or of what could not be taken the last time."""
    import os

    from memcoder.errors import UsageError
    from memcoder.internalize.editing import kept_text
    from memcoder.runs.store import RunStore

    if not (sys.stdin.isatty() or os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        raise UsageError("there is no terminal to edit at", "--edit FILE, or --edit - for standard input")
    text = kept_text(RunStore.open().path(run.id)) or (run.patch.diff if run.patch else "")
    saved = click.edit(text.encode(errors="surrogateescape"), extension=".diff")
    if saved is None:
        raise UsageError("the patch was not saved, so nothing was recorded", "--accept takes it as it is")
    return saved.decode(errors="surrogateescape")


def _accept(run: "Run", by: str, reason: str, store: Path | None, edited: str | None) -> dict[str, Any]:
    from memcoder.config import load_settings
    from memcoder.internalize.review import accept
    from memcoder.runs.store import RunStore

    taken = accept(run.id, by, load_settings(store=store), reason=reason, edited=edited)
    review = RunStore.open().load(run.id).review
    if review is not None and review.edited is not None:
        say("no test has run on this patch as it was edited: your word alone stands for it")
    elif run.verdict is None or run.verdict.status != "verified":
        say("no test has verified this patch: your word alone stands for it")
    return {
        "run": run.id,
        "review": "accepted",
        "memory": taken.fix.id,
        "lessons": [memory.id for memory in taken.lessons],
        "skills": [memory.id for memory in taken.skills],
    }


def _reject(run: "Run", by: str, reason: str) -> dict[str, Any]:
    from memcoder.internalize.review import reject

    reject(run.id, by, reason=reason)
    return {"run": run.id, "review": "rejected", "memory": None, "lessons": [], "skills": []}


def _say(document: dict[str, Any]) -> None:
    kept = f", kept as memory {document['memory']}" if document["memory"] else ""
    click.echo(f"run {document['run']} is {document['review']}{kept}")
    for memory in document["lessons"]:
        click.echo(f"  learnt: {memory}")
    for memory in document["skills"]:
        click.echo(f"  a command that worked, not shown to models until `memcoder memory trust {memory}`")
