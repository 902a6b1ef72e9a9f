"""`memcoder eval history`: tasks from a repository's own past, and arms on them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import (
    FOLDER,
    names_in,
    out_option,
    sandbox_option,
    seed_option,
    solving_options,
    stop_on_faults,
    take_workforce,
    tell_on_a_page,
)
from memcoder.cli.eval_tables import print_solving

COLUMNS = ("instance", "created_at", "runner", "fail_to_pass", "pass_to_pass")


@click.command("history")
@click.argument("repository", type=FOLDER)
@click.option("--count", type=click.IntRange(min=1), default=20, show_default=True, help="Tasks that are made.")
@click.option("--after", type=click.DateTime(["%Y-%m-%d"]), help="Only of commits after this day.")
@click.option("--issues", type=FOLDER, help="Issues, one JSON object a line: number, title, body.")
@click.option("--name", help="owner/name of the repository (default: as its folder or its remote says).")
@click.option("--test", "test_command", help="Command that runs the tests (default: the runner that the project uses).")
@click.option("--arms", default="", help="gold, empty, none, raw, structured, shuffled, oracle (default: only make).")
@click.option("--only", help="Regular expression that the ids of tasks must match to be solved.")
@click.option("--command-timeout", type=float, default=120.0, show_default=True, help="Seconds a run of the tests.")
@sandbox_option
@solving_options
@seed_option
@out_option
@json_option
def history(
    repository: Path,
    count: int,
    after: datetime | None,
    issues: Path | None,
    name: str | None,
    arms: str,
    only: str | None,
    out: Path,
    as_json: bool,
    **flags: Any,
) -> None:
    """Make proven tasks of a repository's own past, and solve them in arms that differ in memory.

    A task is a commit whose tests fail without its code and pass with it.

    \b
    Examples:
      memcoder eval history ~/src/project --count 20 --out results
      memcoder eval history ~/src/project --arms none,raw,structured --model MODEL --out results
    """
    from memcoder_eval import history as benchmark
    from memcoder_eval.solving.campaign import Campaign

    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.tasks.make import Wanted, name_of
    from memcoder.tasks.statement import load_issues

    workforce = take_workforce(flags, out, as_json)
    repo = Repository.open(repository)
    settings = load_settings(None if repo.bare else repo.path, **flags)
    since = int(after.replace(tzinfo=UTC).timestamp()) + 86_399 if after else None
    wanted = Wanted(count, since, load_issues(issues) if issues else {})
    campaign = Campaign(names_in(arms), settings, out, out, **workforce)
    report = benchmark.run_benchmark(repo, name or name_of(repository), wanted, campaign, say, only)
    tell_on_a_page(report, out, as_json, print_report)
    stop_on_faults(report)


def print_report(report: dict[str, Any]) -> None:
    """A line a task; then what became of the other commits, and what each arm resolves."""
    print_table([COLUMNS, *(tuple(str(task[column]) for column in COLUMNS) for task in report["tasks"])])
    for reason, count in report["rejected"].items():
        click.echo(f"{count} commits make no task: {reason}")
    if "pairs" in report:
        print_solving(report)
    for arm in report["arms"]:
        click.echo(f"{arm['name']}: {arm['resolved']} of {arm['total']} resolved")
    click.echo(f"{len(report['tasks'])} tasks in {report['tasks_file']}")
