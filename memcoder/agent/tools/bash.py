"""bash: a command in the run's own shell, which keeps its directory and environment."""

from collections.abc import Callable
from math import inf

from pydantic import Field

from memcoder.agent.tools.base import Arguments, Observation, Tool
from memcoder.agent.tools.text import shown
from memcoder.sandbox.base import Sandbox


class BashArguments(Arguments):
    """A command."""

    command: str = Field(description="The command, or several, as a shell reads them.")
    timeout: float = Field(default=0, ge=0, description="Seconds that it may take; 0: as long as usual.")


class Bash(Tool[BashArguments]):
    """Runs commands, each for so many seconds at most."""

    name = "bash"
    help = (
        "Run a shell command in the repository. The directory and exported variables are kept from one command to the "
        "next. Nobody can answer a question that a command asks. The middle of a long output is left out."
    )
    example = "```bash\ngrep -rn 'def total' src | head\n```"
    body = "command"
    changes = True
    arguments = BashArguments

    def __init__(self, sandbox: Sandbox, timeout: float, limit: int, left: Callable[[], float] = lambda: inf) -> None:
        """`timeout` in seconds is the longest that may be asked for, `limit` the characters of output shown.

        `left` tells how many seconds the run allows.
        """
        self._sandbox, self._timeout, self._limit, self._left = sandbox, timeout, limit, left

    def run(self, arguments: BashArguments) -> Observation:
        """The exit code and the output, as data."""
        timeout = min(arguments.timeout or self._timeout, self._timeout, self._left())
        result = self._sandbox.run(arguments.command, timeout)
        said = f"exit code {result.exit_code}"
        if result.output.strip():
            said += f"\n{shown(result.output, 'output', self._limit)}"
        return Observation(said, failed=result.exit_code != 0)
