"""`memcoder github`: what the Action does on an event of GitHub's."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, say
from memcoder.cli.options import limit_options

if TYPE_CHECKING:
    from memcoder.github.job import Job, Outcome

EXITS = {"unverified": 1, "refused": 2}
EXIT_LIMIT = 4


@click.group("github")
def command() -> None:
    """Solve issues of a repository on GitHub, as its Action does.

    \b
    Example:
      memcoder github run --event event.json --dry-run
    """


@command.command("run")
@click.option("--event", type=click.Path(path_type=Path), envvar="GITHUB_EVENT_PATH", help="The event, a JSON file.")
@click.option(
    "--checkout",
    type=click.Path(path_type=Path),
    envvar="GITHUB_WORKSPACE",
    default=".",
    help="The repository's working tree, with its whole history.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder that gets patch, record and page of the run.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    envvar="MEMCODER_GITHUB_CACHE",
    help="Folder that workflow runs hand on; what is in it is believed where the memory key signed it.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--label", envvar="MEMCODER_GITHUB_LABEL", default="memcoder", help="Label that starts a run.")
@click.option("--assignee", envvar="MEMCODER_GITHUB_ASSIGNEE", default="", help="Account whose assignment starts one.")
@click.option(
    "--permission",
    type=click.Choice(["read", "write", "admin"]),
    envvar="MEMCODER_GITHUB_PERMISSION",
    default="write",
    show_default=True,
    help="Permission that an actor must have at least.",
)
@click.option("--allowed-bots", envvar="MEMCODER_GITHUB_ALLOWED_BOTS", default="", help="Bots that may, with commas.")
@click.option("--branch-prefix", envvar="MEMCODER_GITHUB_BRANCH_PREFIX", default="memcoder/", help="Of our branches.")
@click.option(
    "--memory-branch", envvar="MEMCODER_GITHUB_MEMORY_BRANCH", default="memcoder/memory", help="Holds signed memories."
)
@click.option(
    "--allow-workflow-changes",
    type=bool,
    envvar="MEMCODER_GITHUB_ALLOW_WORKFLOW_CHANGES",
    default=False,
    help="Whether a patch may touch .github/workflows.",
)
@click.option(
    "--draft", type=bool, envvar="MEMCODER_GITHUB_DRAFT", default=True, help="Whether pull requests are drafts."
)
@click.option(
    "--fail-on-unverified",
    type=bool,
    envvar="MEMCODER_GITHUB_FAIL_ON_UNVERIFIED",
    default=False,
    help="In the Action, whether a run that verified nothing fails the step.",
)
@click.option("--model", help="`embedded`, `scripted:FILE`, or any name that litellm knows.")
@click.option("--test", "test_command", help="Command that succeeds once the issue is resolved.")
@click.option("--sandbox", type=click.Choice(["docker", "local"]), help="Where untrusted code runs.")
@limit_options
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
@json_option
def run_command(event: Path | None, as_json: bool, dry_run: bool, fail_on_unverified: bool, **given: Any) -> int:
    """Do what an event asks for: solve an issue, refine a pull request, remember a merged one.

    The token is GITHUB_TOKEN; it is taken out of the environment before anything else is started.

    \b
    Example:
      memcoder github run --event event.json --dry-run --json
    """
    token = os.environ.pop("GITHUB_TOKEN", "")
    from memcoder.errors import UsageError
    from memcoder.github.job import Outcome
    from memcoder.github.outputs import stop_commands, write_outputs
    from memcoder.github.permission import RefusedError
    from memcoder.github.run import handle, plan

    in_action = os.environ.get("GITHUB_ACTIONS") == "true"
    if event is None:
        raise UsageError("there is no event", "--event FILE, or set GITHUB_EVENT_PATH")
    if in_action:
        stop_commands()
    job = _job(event, token, given)
    try:
        if dry_run:
            print_json(plan(job))
            return 0
        outcome = handle(job)
    except RefusedError as error:
        say(f"memcoder: refused: {error.message}")
        say(f"  {error.hint}")
        outcome = Outcome("refused", f"{error.message}: {error.hint}")
    if in_action:
        write_outputs(outcome, os.environ)
    _print(job, outcome, as_json)
    return _exit_code(outcome, in_action, fail_on_unverified)


def _job(event: Path, token: str, given: dict[str, Any]) -> "Job":
    """What the run works with; what is left of `given` are settings."""
    from memcoder.github.api import PUBLIC, Api
    from memcoder.github.event import read_trigger
    from memcoder.github.job import Job
    from memcoder.github.options import Options

    bots = tuple(name.strip() for name in given.pop("allowed_bots").split(",") if name.strip())
    names = ("label", "assignee", "permission", "branch_prefix", "memory_branch", "allow_workflow_changes", "draft")
    options = Options(allowed_bots=bots, **{name: given.pop(name) for name in names})
    trigger = read_trigger(event, options, os.environ)
    checkout, out, cache = given.pop("checkout"), given.pop("out"), given.pop("cache")
    return Job(
        trigger=trigger,
        options=options,
        api=Api(token, trigger.repository, os.environ.get("GITHUB_API_URL", PUBLIC)),
        checkout=checkout,
        out=(out or Path(os.environ.get("RUNNER_TEMP", ".")) / "memcoder-run").absolute(),
        cache=cache,
        server=os.environ.get("GITHUB_SERVER_URL", "https://github.com"),
        flags=given,
        say=say,
    )


def _print(job: "Job", outcome: "Outcome", as_json: bool) -> None:
    if not as_json:
        say(f"verdict: {outcome.verdict}{' ' + outcome.pull_request if outcome.pull_request else ''}")
        if outcome.reason:
            say(f"  {outcome.reason}")
        return
    print_json(
        {
            "command": "github run",
            "dry_run": False,
            "kind": job.trigger.kind,
            "repository": job.trigger.repository,
            "number": job.trigger.number,
            "actor": job.trigger.actor,
            "verdict": outcome.verdict,
            "reason": outcome.reason,
            "branch": outcome.branch,
            "pull_request": outcome.pull_request,
            "run": outcome.run,
            "run_path": outcome.run_path,
            "cost": outcome.cost,
        }
    )


def _exit_code(outcome: "Outcome", in_action: bool, fail_on_unverified: bool) -> int:
    """In the Action what is honest ends green, so that no outsider's comment turns a project's page red."""
    if in_action:
        return 1 if fail_on_unverified and outcome.verdict == "unverified" else 0
    return EXIT_LIMIT if outcome.stopped else EXITS.get(outcome.verdict, 0)
