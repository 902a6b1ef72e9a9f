"""`memcoder solve`: resolve an issue with a patch that tests have verified."""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option
from memcoder.cli.options import delivery_options, limit_options, mode_option, stream_option


@click.command("solve")
@click.argument("repository", default=".", type=click.Path(path_type=Path))
@click.option("--issue", help="The issue's text, `-` for standard input, or the URL of a GitHub issue.")
@click.option("--issue-file", type=click.Path(path_type=Path), help="A file that holds the issue.")
@click.option("--base", default="HEAD", show_default=True, help="Commit to start from.")
@click.option("--test", "test_command", help="Command that succeeds once the issue is resolved.")
@click.option("--test-budget", type=float, help="Seconds for the project's own tests, where no --test is given.")
@click.option("--model", help="`embedded`, `scripted:FILE`, or any name that litellm knows.")
@click.option("--strategy", type=click.Choice(["auto", "staged", "tools"]), help="How the model is led.")
@click.option("--attempts", type=click.IntRange(1, 16), help="Candidates to make and choose from.")
@click.option("--checklist/--no-checklist", default=None, help="Have the model write what a fix must hold.")
@click.option("--reproduce/--no-reproduce", default=None, help="Have the model write a test, where none is given.")
@click.option("--sandbox", type=click.Choice(["docker", "local"]), help="Where untrusted code runs.")
@click.option("--seed", type=int, help="Seed of everything random.")
@limit_options
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
@delivery_options
@click.option("--new", is_flag=True, help="Start another run even where an unfinished one could be continued.")
@mode_option
@stream_option
@json_option
def command(
    repository: Path,
    issue: str | None,
    issue_file: Path | None,
    base: str,
    new: bool,
    mode: str,
    streams: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Resolve an issue in REPOSITORY; the working tree stays as it is unless --apply, --commit or --branch is given.

    A run that was cut off is continued by the same command, or by `memcoder resume`.

    \b
    Examples:
      memcoder solve . --issue "Totals are wrong when a price is zero" --test "pytest -q"
      memcoder solve ~/src/app --issue https://github.com/owner/app/issues/12 --apply
    """
    from memcoder.cli.issue import read_issue
    from memcoder.cli.options import take_delivery
    from memcoder.cli.sitting import Sitting
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.records import Task

    text = read_issue(issue, issue_file)
    repo = Repository.open(repository)
    delivery = take_delivery(flags)
    if delivery.changes:
        from memcoder.cli.deliver import check_delivery

        check_delivery(repo, base, delivery, new=new)
    settings = load_settings(repo.path, **flags)
    task = Task(
        repository=str(repo.path), base_commit=repo.resolve(base), issue=text, test_command=settings.test_command
    )
    return Sitting(repo, settings, delivery, as_json, streams, mode, new).solve(task)
