"""The strategies by name, and which one a model can follow."""

from collections.abc import Callable

from memcoder.agent.context import ROOMY
from memcoder.agent.run_staged import run_staged
from memcoder.agent.run_tools import run_tools
from memcoder.agent.work import Solution, Work
from memcoder.config import EMBEDDED, Settings
from memcoder.models.base import LanguageModel
from memcoder.models.door import open_model, runs_here

Strategy = Callable[[Work], Solution | None]
STRATEGIES: dict[str, Strategy] = {"staged": run_staged, "tools": run_tools}


def choose_strategy(settings: Settings, model: LanguageModel | None) -> tuple[str, str]:
    """The strategy's name, and why it is this one; `model` where it is open already.

    Raises what opening a model raises.
    """
    if settings.strategy != "auto":
        return settings.strategy, "as asked for"
    if runs_here(settings.model):
        return "staged", "the embedded model is small" if settings.model == EMBEDDED else "an adapter's base is small"
    if model is not None:
        return _followed_by(model)
    with open_model(settings) as opened:
        return _followed_by(opened)


def _followed_by(model: LanguageModel) -> tuple[str, str]:
    if not model.can_call_tools:
        return "staged", f"{model.name} is not known to call tools"
    if model.context < ROOMY:
        return "staged", f"{model.name} reads {model.context} tokens, less than {ROOMY}"
    return "tools", f"{model.name} calls tools"
