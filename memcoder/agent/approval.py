"""Whether a tool call is run: always, or as the person decides who watches the run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from memcoder.models.base import ToolCall


@dataclass(frozen=True)
class Decision:
    """What is to become of one call."""

    kind: Literal["run", "edit", "reject"]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Of `edit`: what the call is run with instead."""
    words: str = ""
    """Of `reject`: what the model is told."""


RUN = Decision("run")
Approve = Callable[[ToolCall], Decision]
"""Asked before each valid call is run. An interruption that it raises leaves the run to be continued."""


def always(call: ToolCall) -> Decision:
    """Auto mode: every call is run as it is."""
    return RUN
