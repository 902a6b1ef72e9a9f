"""`memcoder solve`: resolve an issue with a patch that tests have verified."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import fit_lines, json_option, print_json, safe_text, say, stream

if TYPE_CHECKING:
    from memcoder.records import Run

EXIT_UNVERIFIED, EXIT_LIMIT = 1, 4


@click.command("solve")
@click.argument("repository", default=".", type=click.Path(path_type=Path))
@click.option("--issue", help="The issue's text, `-` for standard input, or the URL of a GitHub issue.")
@click.option("--issue-file", type=click.Path(path_type=Path), help="A file that holds the issue.")
@click.option("--base", default="HEAD", show_default=True, help="Commit to start from.")
@click.option("--test", "test_command", help="Command that succeeds once the issue is resolved.")
@click.option("--test-budget", type=float, help="Seconds for the project's own tests, where no --test is given.")
@click.option("--model", help="`embedded`, `scripted:FILE`, or any name that litellm knows.")
@click.option("--sandbox", type=click.Choice(["docker", "local"]), help="Where untrusted code runs.")
@click.option("--seed", type=int, help="Seed of everything random.")
@click.option("--max-cost", type=float, help="US dollars at most.")
@click.option("--max-tokens", type=int, help="Tokens at most, read and written.")
@click.option("--max-steps", type=int, help="Model calls at most.")
@click.option("--max-time", type=float, help="Seconds at most.")
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder that gets patch, record and page of the run.")
@click.option("--apply", "apply_patch", is_flag=True, help="Apply a verified patch to the working tree.")
@click.option("--branch", help="Commit a verified patch to a new branch of this name.")
@click.option("--new", is_flag=True, help="Start another run even where an unfinished one could be continued.")
@click.option("--stream", "streams", is_flag=True, help="Show the model's answers on standard error as they come.")
@json_option
def command(
    repository: Path,
    issue: str | None,
    issue_file: Path | None,
    base: str,
    apply_patch: bool,
    branch: str | None,
    out: Path | None,
    new: bool,
    streams: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Resolve an issue in REPOSITORY; the working tree stays as it is unless --apply or --branch is given.

    A run that was cut off is continued by the same command.

    \b
    Examples:
      memcoder solve . --issue "Totals are wrong when a price is zero" --test "pytest -q"
      memcoder solve ~/src/app --issue https://github.com/owner/app/issues/12 --apply
    """
    from memcoder.agent.resolve import resolve
    from memcoder.cli.issue import read_issue
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.records import Task

    text = read_issue(issue, issue_file)
    repo = Repository.open(repository)
    if apply_patch or branch:
        from memcoder.cli.deliver import check_delivery

        check_delivery(repo, base, apply_patch, branch, new)
    settings = load_settings(repo.path, **flags)
    task = Task(
        repository=str(repo.path), base_commit=repo.resolve(base), issue=text, test_command=settings.test_command
    )

    def hand_over(run: "Run") -> None:
        """All that is done with the outcome; a command that is cut off in here and repeated does it again."""
        if out:
            from memcoder.runs.store import export

            export(run, out)
        if run.verdict and run.verdict.status == "verified" and (apply_patch or branch):
            from memcoder.cli.deliver import deliver

            say(deliver(repo, run, apply_patch, branch))
        print_json(document(run)) if as_json else _print(run)

    report = None if as_json and not sys.stderr.isatty() else say
    listen = stream if streams else None
    return _exit_code(resolve(task, settings, new=new, report=report, hand_over=hand_over, listen=listen))


def document(run: "Run") -> dict[str, Any]:
    """What `memcoder solve --json` prints."""
    change = run.verdict.comparison if run.verdict else None
    fit = run.verdict.fit if run.verdict else None
    return {
        "run": run.id,
        "verdict": run.verdict.status if run.verdict else "unverified",
        "reasons": list(run.verdict.reasons) if run.verdict else [run.error],
        "patch": run.patch.diff if run.patch else "",
        "tests": change.model_dump(mode="json") if change else {},
        "fit": fit.model_dump(mode="json") | {"score": fit.score} if fit else None,
        "memories": [item.memory.id for item in run.recall.memories] if run.recall else [],
        "tokens": run.usage.tokens,
        "tokens_cached": run.usage.tokens_cached,
        "cost": run.usage.cost if run.usage.cost_known else None,
        "seconds": round(run.seconds, 1),
    }


def _exit_code(run: "Run") -> int:
    if run.verdict and run.verdict.status == "verified":
        return 0
    return EXIT_LIMIT if run.state == "stopped" else EXIT_UNVERIFIED


def _print(run: "Run") -> None:
    if run.patch and not run.patch.empty:
        click.echo(safe_text(run.patch.diff))
    if run.verdict:
        click.echo(f"verdict: {run.verdict.status}")
        for label in ("reasons", "verified", "unverified"):
            for line in getattr(run.verdict, label):
                click.echo(f"  {'not verified: ' if label == 'unverified' else ''}{safe_text(line)}")
        for line in fit_lines(run.verdict.fit):
            click.echo(safe_text(line))
    else:
        click.echo(f"no patch: {run.error}")
    click.echo(f"run {run.id}: `memcoder show {run.id}`, `memcoder review {run.id} --accept --by NAME`")
