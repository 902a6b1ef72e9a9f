"""`memcoder eval history`: tasks from a repository's own past."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import FOLDER, names_in, out_option, sandbox_option, seed_option, tell

COLUMNS = ("instance", "created_at", "runner", "fail_to_pass", "pass_to_pass")


@click.command("history")
@click.argument("repository", type=FOLDER)
@click.option("--count", type=click.IntRange(min=1), default=20, show_default=True, help="Tasks that are made.")
@click.option("--after", type=click.DateTime(["%Y-%m-%d"]), help="Only of commits after this day.")
@click.option("--issues", type=FOLDER, help="Issues, one JSON object a line: number, title, body.")
@click.option("--name", help="owner/name of the repository (default: as its folder or its remote says).")
@click.option("--test", "test_command", help="Command that runs the tests (default: the runner that the project uses).")
@click.option("--arms", default="", help="gold, empty: whether the fix resolves each task, and nothing does not.")
@click.option("--command-timeout", type=float, default=120.0, show_default=True, help="Seconds a run of the tests.")
@sandbox_option
@seed_option
@out_option
@json_option
def history(
    repository: Path, count: int, after: datetime | None, issues: Path | None, name: str | None, arms: str, out: Path,
    as_json: bool, **flags: Any,
) -> None:  # fmt: skip
    """Make proven tasks of a repository's own past: commits whose tests fail without their code and pass with it.

    \b
    Example:
      memcoder eval history ~/src/project --count 20 --out results
    """
    from memcoder_eval import history as benchmark

    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.tasks.make import Wanted, name_of
    from memcoder.tasks.statement import load_issues

    repo = Repository.open(repository)
    settings = load_settings(None if repo.bare else repo.path, **flags)
    since = int(after.replace(tzinfo=UTC).timestamp()) + 86_399 if after else None
    wanted = Wanted(count, since, load_issues(issues) if issues else {})
    report = benchmark.run_benchmark(repo, name or name_of(repository), wanted, names_in(arms), settings, out, say)
    tell(report, out, as_json, print_report)


def print_report(report: dict[str, Any]) -> None:
    """A line a task; then what became of the other commits, and what each arm resolves."""
    print_table([COLUMNS, *(tuple(str(task[column]) for column in COLUMNS) for task in report["tasks"])])
    for reason, count in report["rejected"].items():
        click.echo(f"{count} commits make no task: {reason}")
    for arm in report["arms"]:
        click.echo(f"{arm['name']}: {arm['resolved']} of {arm['total']} resolved")
    click.echo(f"{len(report['tasks'])} tasks in {report['tasks_file']}")
