"""The arm `mini`: mini-swe-agent's own loop, prompts and model class, at work in one of memcoder's sandboxes.

Its model class is given the server that memcoder has open, its commands run in the same image of the same commit, and
what stands in the work tree at the end is its patch, also where it hit a limit.
"""

import platform
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memcoder import (
    ContextError,
    HostedModel,
    LanguageModel,
    MemcoderError,
    Sandbox,
    Settings,
    SharedBudget,
    Task,
    Usage,
    UsageError,
)
from memcoder_eval.minisweagent import configuration

ANSWER_TOKENS = 1024
"""An answer's tokens at most, as memcoder's default is: without a limit one that runs on fills the whole context."""
MARK = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
"""First line of the output with which mini-swe-agent submits."""


@dataclass(frozen=True)
class Ended:
    """How mini-swe-agent ended, in its own word, and what its model was paid."""

    why: str
    usage: Usage


def served(model: LanguageModel) -> HostedModel:
    """The model, if it is behind a server that mini-swe-agent can speak to. Raises UsageError."""
    if not isinstance(model, HostedModel):
        raise UsageError(
            f"the arm `mini` needs a model behind a server, and {model.name} is none", "give another --model or --arms"
        )
    return model


def work(
    task: Task,
    sandbox: Sandbox,
    model: HostedModel,
    settings: Settings,
    trajectory: Path,
    report: Callable[[str], None],
    budget: SharedBudget,
    *,
    steps: int,
    sampling: dict[str, Any],
) -> Ended:
    """Let it work on the task until it submits or hits a limit; `steps` are model calls at most, 0: any number.

    `sampling` is what litellm is told of how to draw, beyond the seed and the length of an answer.
    Raises BudgetError where `budget` is spent, and what the sandbox or the model's server raises.
    """
    given = configuration(trajectory.parent)
    from minisweagent.agents.default import DefaultAgent

    deadline = time.monotonic() + settings.max_time
    asked = MiniModel(model, given["model"], sampling, settings, deadline, budget)
    environment = SandboxEnvironment(sandbox, given["environment"]["env"], settings.command_timeout, deadline, report)
    limits = {
        "step_limit": steps,
        "cost_limit": settings.max_cost,
        "wall_time_limit_seconds": max(1, int(settings.max_time)),
        "output_path": trajectory,
    }
    agent = DefaultAgent(asked, environment, **(given["agent"] | limits))
    try:
        why = agent.run(_asked(task)).get("exit_status", "")
    except MemcoderError:
        raise
    except Exception as error:
        explained = model.explain(error)
        if not isinstance(explained, ContextError):
            raise explained from error
        why = "ContextWindowExceeded"
    return Ended(why, asked.usage)


def _asked(task: Task) -> str:
    return (
        f"{task.issue}\n\nThe issue is resolved when this command succeeds: {task.test_command}\n"
        "Change the program, not its tests."
    )


class MiniModel:
    """mini-swe-agent's text-based litellm model, on memcoder's server, with what is left of the time for each call."""

    def __init__(
        self,
        model: HostedModel,
        given: dict[str, Any],
        sampling: dict[str, Any],
        settings: Settings,
        deadline: float,
        budget: SharedBudget,
    ) -> None:
        import litellm
        from minisweagent.models.litellm_textbased_model import LitellmTextbasedModel

        self._connection = dict(model.connection)
        own = {"model_name": self._connection.pop("model"), "cost_tracking": "ignore_errors"}
        drawn = given.get("model_kwargs", {}) | sampling | {"seed": settings.seed, "max_tokens": ANSWER_TOKENS}
        make: Any = LitellmTextbasedModel  # it has no types of its own
        self._inner = make(**(given | own | {"model_kwargs": drawn}))
        # What no wait mends is not tried ten times: a prompt past the context, and the end of the time.
        self._inner.abort_exceptions = [
            *self._inner.abort_exceptions,
            litellm.exceptions.BadRequestError,
            litellm.exceptions.Timeout,
        ]
        self._late = litellm.exceptions.Timeout
        self._deadline, self._budget = deadline, budget
        self.config = self._inner.config
        self.usage = Usage()

    def query(self, messages: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """Its next message. The key goes with the call only, because the configuration is saved."""
        from minisweagent.exceptions import FormatError, TimeExceeded

        self._budget.check()
        left = self._deadline - time.monotonic()
        late = {"role": "exit", "content": "", "extra": {"exit_status": "TimeExceeded", "submission": ""}}
        if left <= 0:
            raise TimeExceeded(late)
        options = {"timeout": left, "num_retries": 0, "max_retries": 0}
        try:
            message: dict[str, Any] = self._inner.query(messages, **options, **self._connection, **more)
        except FormatError as error:
            self._charge(error.messages[0]["extra"])
            raise
        except self._late:
            self._charge({})
            raise TimeExceeded(late) from None
        self._charge(message["extra"])
        return message

    def _charge(self, extra: dict[str, Any]) -> None:
        response = extra.get("response")
        used = (response.get("usage") or {}) if isinstance(response, dict) else {}
        usage = Usage(
            calls=1,
            tokens_in=used.get("prompt_tokens") or 0,
            tokens_out=used.get("completion_tokens") or 0,
            cost=extra.get("cost", 0.0),
        )
        self.usage = self.usage + usage
        self._budget.charge(usage)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@dataclass
class SandboxEnvironment:
    """An environment of mini-swe-agent whose commands run in a sandbox of memcoder's, each in a new shell."""

    sandbox: Sandbox
    variables: dict[str, str]
    timeout: float
    """Seconds that a command may take; likewise `deadline`, of all together, as `time.monotonic` counts."""
    deadline: float
    report: Callable[[str], None]
    config: dict[str, Any] = field(default_factory=dict)

    def execute(self, action: dict[str, str], cwd: str = "") -> dict[str, Any]:
        """Run one command; its output, exit code and what went wrong, as mini-swe-agent's own environments say it."""
        command = action["command"]
        self.report(f"$ {command.splitlines()[0][:100] if command else ''}")
        seconds = max(1.0, min(self.timeout, self.deadline - time.monotonic()))
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in self.variables.items())
        result = self.sandbox.run(f"env {variables} bash -c {shlex.quote(command)}", seconds)
        if result.timed_out:
            late = f"An error occurred while executing the command: it timed out after {seconds:.0f} seconds"
            return {"output": result.output, "returncode": -1, "exception_info": late}
        self._end_if_submitted(result.output, result.exit_code)
        return {"output": result.output, "returncode": result.exit_code, "exception_info": ""}

    def _end_if_submitted(self, output: str, code: int) -> None:
        from minisweagent.exceptions import Submitted

        first, _, rest = output.lstrip().partition("\n")
        if first.strip() == MARK and code == 0:
            extra = {"exit_status": "Submitted", "submission": rest}
            raise Submitted({"role": "exit", "content": rest, "extra": extra})

    def get_template_vars(self, **more: Any) -> dict[str, Any]:
        """What its prompts say of the system."""
        return platform.uname()._asdict() | more

    def serialize(self) -> dict[str, Any]:
        """Its part of the saved trajectory."""
        facts = {"sandbox": self.sandbox.kind, "timeout": self.timeout, "env": self.variables}
        return {"info": {"config": {"environment": facts, "environment_type": type(self).__qualname__}}}
