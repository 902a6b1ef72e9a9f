"""`memcoder resume`: go on with a run that was cut off, failed or stopped by a limit."""

from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option
from memcoder.cli.options import delivery_options, limit_options, mode_option, stream_option

if TYPE_CHECKING:
    from memcoder.config import Settings
    from memcoder.history.repository import Repository
    from memcoder.runs.log import RunLog


@click.command("resume")
@click.argument("run")
@limit_options
@delivery_options
@mode_option
@stream_option
@json_option
def command(run: str, mode: str, streams: bool, as_json: bool, **flags: Any) -> int:
    """Go on with RUN (an id, a unique beginning of one, or `last`), with its own task, model and settings.

    No model call and no test run that it has is paid again. A limit that stopped it has to be raised. Where the
    patch goes is remembered, unless it is said again.

    \b
    Examples:
      memcoder resume last
      memcoder resume 20261126 --max-time 3600 --apply
    """
    from memcoder.agent.sitting import resumable
    from memcoder.cli.options import take_delivery
    from memcoder.cli.sitting import Sitting
    from memcoder.history.repository import Repository
    from memcoder.runs.asked import asked
    from memcoder.runs.store import RunStore

    log = resumable(RunStore.open(), run)
    task = log.run().task
    repo = Repository.open(task.repository)
    _, before = asked(log)
    given = take_delivery(flags)
    delivery = given if given.changes else before.model_copy(update={"out": given.out or before.out})
    if given.changes:
        from memcoder.cli.deliver import check_delivery

        check_delivery(repo, task.base_commit, delivery, going_on=True)
    return Sitting(repo, _settings(log, repo, flags), delivery, as_json, streams, mode, resume=log.id).solve(task)


def _settings(log: "RunLog", repo: "Repository", flags: dict[str, Any]) -> "Settings":
    """Those of the run, with limits as they are given now. Raises UsageError where its record does not have them."""
    from memcoder.config import Settings, load_settings
    from memcoder.errors import UsageError
    from memcoder.runs.asked import ANEW, asked
    from memcoder.runs.store import fingerprint

    given = {key: value for key, value in flags.items() if value is not None}
    kept, _ = asked(log)
    if kept is not None:
        today = load_settings(repo.path, **given).model_dump(include={*ANEW, *given})
        return Settings.model_validate({**kept, **today})
    run = log.run()
    own = {"model": run.model, "seed": run.seed, "test_command": run.task.test_command}
    settings = load_settings(repo.path, **own)
    if not log.unfinished(fingerprint(repo.key, run.task, run.model, run.strategy, settings)):
        raise UsageError(
            f"the record of run {run.id} does not say all its settings", "repeat the command that began it"
        )
    return load_settings(repo.path, **own, **given)
