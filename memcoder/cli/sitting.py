"""One sitting of a run as its user sees it: what `solve` and `resume` share."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import INTERRUPTED, fit_lines, print_json, safe_text, say, stream

if TYPE_CHECKING:
    from memcoder.agent.journal import Report
    from memcoder.cli.interactive import Person
    from memcoder.config import Settings
    from memcoder.history.repository import Repository
    from memcoder.records import Delivered, Delivery, Run, Task

EXIT_UNVERIFIED, EXIT_LIMIT = 1, 4
LIMITS = "--max-time, --max-steps, --max-cost or --max-tokens"


@dataclass
class Sitting:
    """What a command was told, apart from the task."""

    repo: "Repository"
    settings: "Settings"
    delivery: "Delivery"
    as_json: bool = False
    streams: bool = False
    mode: str = "auto"
    new: bool = False
    resume: str | None = None
    """Id of the run that is to go on."""
    run_id: str = ""
    """Once it is known."""

    def solve(self, task: "Task") -> int:
        """Solve, hand over, and return the exit code; cut off or failed, it says how to go on."""
        from memcoder.agent.approval import always
        from memcoder.agent.resolve import resolve
        from memcoder.cli.interrupt import two_interrupts
        from memcoder.errors import MemcoderError

        person = self._person()
        self._check_out()
        try:
            with two_interrupts(person.pause if person else None):
                run = resolve(
                    task,
                    self.settings,
                    new=self.new,
                    report=self._report(),
                    hand_over=self._hand_over,
                    listen=stream if self.streams or self.mode == "confirm" else None,
                    approve=person.approve if person else always,
                    delivery=self.delivery,
                    resume=self.resume,
                    begun=self._begun,
                )
        except KeyboardInterrupt:
            say(f"interrupted; {self._kept()}" if self.run_id else "interrupted before a run began")
            return INTERRUPTED
        except MemcoderError as error:
            if self.run_id:
                error.hint = "\n  ".join(filter(None, [error.hint, self._kept()]))
            raise
        return _exit_code(run)

    def _person(self) -> "Person | None":
        """Who is asked about the model's commands; None where nobody is there. Raises UsageError where somebody has to
        be, or where there are no commands."""
        from memcoder.cli.interactive import Person, at_terminal
        from memcoder.errors import UsageError

        if self.mode == "confirm":
            if not at_terminal():
                raise UsageError("--mode confirm asks on a terminal, and this is none", "leave it out")
            if self._strategy() != "tools":
                raise UsageError(
                    "--mode confirm needs strategy `tools`: in `staged` the model runs no commands",
                    "--strategy tools, or leave --mode out",
                )
        return Person(self.mode == "confirm") if at_terminal() else None

    def _check_out(self) -> None:
        """Make the folder that gets the outcome, before anything is spent. Raises UsageError."""
        from pathlib import Path

        if self.delivery.out is not None:
            from memcoder.runs.export import check_folder

            check_folder(Path(self.delivery.out))

    def _strategy(self) -> str:
        from memcoder.agent.strategies import choose_strategy
        from memcoder.runs.store import RunStore

        if self.resume:
            return RunStore.open().load(self.resume).strategy
        return choose_strategy(self.settings, None)[0]

    def _report(self) -> "Report | None":
        """Says what happens; what came of each command with some of its output where somebody decides about them."""
        if self.as_json and not sys.stderr.isatty():
            return None
        return say if self.mode == "confirm" else lambda text: say(text.partition("\n")[0])

    def _begun(self, run_id: str) -> None:
        self.run_id = run_id

    def _kept(self) -> str:
        return f"run {self.run_id} is kept: `memcoder resume {self.run_id}` goes on with it"

    def _hand_over(self, run: "Run") -> "Delivered | None":
        """All that is done with the outcome; a command that is cut off in here and repeated does it again."""
        from pathlib import Path

        if self.delivery.out:
            from memcoder.runs.export import export

            export(run, Path(self.delivery.out))
        done = None
        if run.verdict and run.verdict.status == "verified" and self.delivery.changes:
            from memcoder.cli.deliver import deliver, told

            done = deliver(self.repo, run, self.delivery, self._subject)
            say(f"{told(done)}; `memcoder undo {run.id}` takes it back")
        print_json(document(run)) if self.as_json else _print(run)
        return done

    def _subject(self, run: "Run") -> str:
        """The commit's first line, in the project's custom as of the base commit."""
        from memcoder.memory.conventions.ask import conventions
        from memcoder.memory.conventions.compose import fix_subject
        from memcoder.memory.store import MemoryStore

        with MemoryStore.open(self.settings, self.repo.key) as store:
            return fix_subject(run.task.issue, conventions(self.repo, store, as_of=run.task.base_commit))


def document(run: "Run") -> dict[str, Any]:
    """What `memcoder solve --json` prints."""
    change = run.verdict.comparison if run.verdict else None
    fit = run.verdict.fit if run.verdict else None
    return {
        "run": run.id,
        "verdict": run.verdict.status if run.verdict else "unverified",
        "reasons": list(run.verdict.reasons) if run.verdict else [run.error],
        "chosen": run.verdict.chosen if run.verdict else "",
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
        if run.verdict.chosen:
            click.echo(f"  {safe_text(run.verdict.chosen)}")
        for label in ("reasons", "verified", "unverified"):
            for line in getattr(run.verdict, label):
                click.echo(f"  {'not verified: ' if label == 'unverified' else ''}{safe_text(line)}")
        for line in fit_lines(run.verdict.fit):
            click.echo(safe_text(line))
    else:
        click.echo(safe_text(f"no patch: {run.error}"))
    if run.state == "stopped":
        click.echo(f"`memcoder resume {run.id}` goes on, with a higher limit: {LIMITS}")
    review = f", `memcoder review {run.id} --accept --by NAME`" if run.patch and not run.patch.empty else ""
    click.echo(f"run {run.id}: `memcoder show {run.id}`{review}")
