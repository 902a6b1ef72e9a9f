"""`memcoder practise`: attempt past fixes blindly, and learn from what was merged."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import INTERRUPTED, json_option, print_json, print_table, progress_bar, safe_text, say

if TYPE_CHECKING:
    from memcoder.internalize.practise.run import PracticeReport

FOLDER = click.Path(path_type=Path)
EXIT_LIMIT, EXIT_FAULT = 4, 5
COLUMNS = ("task", "resolved", "parted", "lessons", "run", "issue")
SUBJECT = 60


@click.command("practise")
@click.argument("repository", default=".", type=FOLDER)
@click.option("--tasks", "count", type=click.IntRange(min=1), default=5, show_default=True, help="Past fixes at most.")
@click.option("--newest/--spread", "newest", default=True, show_default=True, help="The newest, or over all areas.")
@click.option("--as-of", default="HEAD", show_default=True, help="Only fixes that this commit can reach.")
@click.option("--issues", type=FOLDER, help="Issues, one JSON object a line: number, title, body.")
@click.option("--name", help="owner/name of the repository (default: as its folder or its remote says).")
@click.option("--test", "test_command", help="Command that runs the tests (default: the runner that the project uses).")
@click.option("--model", help="`embedded`, `scripted:FILE`, or any name that litellm knows.")
@click.option("--strategy", type=click.Choice(["auto", "staged", "tools"]), help="How the model is led.")
@click.option(
    "--budget", "--max-total-cost", "budget", type=click.FloatRange(min=0), help="US dollars for all attempts."
)
@click.option("--max-total-tokens", type=click.IntRange(min=1), help="Tokens for all attempts together.")
@click.option("--max-total-time", type=click.FloatRange(min=0), help="Seconds after which no attempt begins.")
@click.option("--max-time", type=float, default=900.0, show_default=True, help="Seconds an attempt.")
@click.option("--max-cost", type=float, help="US dollars an attempt.")
@click.option("--max-steps", type=int, help="Model calls an attempt.")
@click.option("--command-timeout", type=float, default=120.0, show_default=True, help="Seconds a run of the tests.")
@click.option("--sandbox", type=click.Choice(["docker", "local"]), help="Where untrusted code runs.")
@click.option("--seed", type=int, help="Seed of everything random.")
@click.option("--store", type=FOLDER, help="Folder of the memory store.")
@click.option(
    "--out", type=FOLDER, help="Folder of runs and notes, gone on with where it exists (default: in the home)."
)
@json_option
def command(
    repository: Path,
    count: int,
    newest: bool,
    as_of: str,
    issues: Path | None,
    name: str | None,
    budget: float | None,
    max_total_tokens: int | None,
    max_total_time: float | None,
    out: Path | None,
    as_json: bool,
    **flags: Any,
) -> int:
    """Attempt past fixes of REPOSITORY as of their own time, and keep what sets the attempts apart from the fixes.

    A fix is an exercise where its tests fail without its code and pass with it. What was learned is dated by the fix.

    \b
    Examples:
      memcoder practise . --tasks 10 --budget 2
      memcoder practise ~/src/app --spread --model embedded --max-total-time 7200
    """
    from memcoder.cli.interrupt import two_interrupts
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.internalize.practise.run import PracticeLimits, default_folder, practise
    from memcoder.tasks.make import Wanted, name_of
    from memcoder.tasks.statement import load_issues

    repo = Repository.open(repository)
    settings = load_settings(None if repo.bare else repo.path, **flags)
    wanted = Wanted(count, issues=load_issues(issues) if issues else {}, head=as_of, spread=not newest)
    limits = PracticeLimits(budget, max_total_tokens, max_total_time)
    say(f"{count} exercises at most, in {out or default_folder(repo)}; an attempt takes {settings.max_time:.0f} s and "
        f"${settings.max_cost:.2f} at most")  # fmt: skip
    try:
        with two_interrupts(), progress_bar(False if as_json else None) as bar:
            report = practise(
                repo,
                name or name_of(repository),
                settings,
                wanted,
                limits,
                out=out,
                say=lambda line: say(line.partition("\n")[0]),
                done=lambda done, total: bar("practising", done, total),
            )
    except KeyboardInterrupt:
        say("interrupted; the same command goes on")
        return INTERRUPTED
    print_json(document(report)) if as_json else _print(report)
    return EXIT_LIMIT if report.stopped else EXIT_FAULT if report.faults else 0


def document(report: "PracticeReport") -> dict[str, Any]:
    """What `memcoder practise --json` prints."""
    return {
        "repository": report.repository,
        "head": report.head,
        "out": report.out,
        "tasks": report.tasks,
        "attempted": len(report.practised),
        "resolved": report.resolved,
        "lessons": list(report.lessons),
        "practised": [one.model_dump(mode="json") for one in report.practised],
        "faults": list(report.faults),
        "stopped": report.stopped,
        "rejected": report.rejected,
        "tokens": report.spent.tokens,
        "cost": report.spent.cost if report.spent.cost_known else None,
    }


def _print(report: "PracticeReport") -> None:
    rows = [
        (
            one.task,
            "yes" if one.resolved else "no",
            one.parted or "-",
            str(len(one.lessons)),
            one.run,
            safe_text(one.issue)[:SUBJECT],
        )
        for one in report.practised
    ]
    print_table([COLUMNS, *rows])
    for reason, number in report.rejected.items():
        click.echo(f"{number} commits make no exercise: {safe_text(reason)}")
    click.echo(f"{len(report.practised)} of {report.tasks} attempted, {report.resolved} resolved, "
               f"{len(report.lessons)} lessons kept")  # fmt: skip
    for fault in report.faults:
        click.echo(f"not attempted: {safe_text(fault)}; the same command tries again")
    if report.stopped:
        click.echo(f"stopped: {report.stopped}; the same command goes on, with a higher limit")
    if report.practised:
        click.echo(f"`memcoder show RUN --runs {report.out}/runs` shows an attempt")
