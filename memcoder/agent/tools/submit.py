"""submit: the model says that it is done; the tests say whether it is."""

from pydantic import Field

from memcoder.agent.tools.base import Arguments, Observation, Tool
from memcoder.agent.trial import Trial


class SubmitArguments(Arguments):
    """What was done."""

    summary: str = Field(default="", description="What was wrong and what you changed, in a sentence or two.")


class Submit(Tool[SubmitArguments]):
    """Takes the change and has the tests judge it; while they refuse it, the model is told and goes on."""

    name = "submit"
    help = (
        "Hand in all that you changed, once you have checked it. The tests are run on it; while they fail you are told "
        "how, and go on."
    )
    example = "```submit\nThe total was rounded twice; it is rounded once now.\n```"
    body = "summary"
    arguments = SubmitArguments

    def __init__(self, trial: Trial, most: int | None = None) -> None:
        """`most`: how many refused changes end the work; None: any number."""
        self._trial, self._most = trial, most

    def run(self, arguments: SubmitArguments) -> Observation:
        """The end, or why it is not."""
        diff = self._trial.diff()
        if not diff.strip():
            return Observation("Nothing was changed, so there is nothing to submit.", failed=True)
        problem = self._trial.problem(diff, arguments.summary)
        if not problem:
            return Observation("Submitted.", ends=True, tried=diff)
        return Observation(problem, failed=True, ends=self._trial.failures == self._most, tried=diff)

    def replayed(self, observation: Observation) -> None:
        """What an earlier sitting tried counts here too."""
        if observation.tried:
            self._trial.remember(observation.tried, observation.failed)
