"""The person at the terminal: is asked before each command of a model is run, or breaks in while it works.

`confirm` asks before each; `auto` runs all, until Control-C asks before the next one. Each may become the other.
"""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import say

if TYPE_CHECKING:
    from memcoder.agent.approval import Decision
    from memcoder.models.base import ToolCall

CHOICES = "[r]un, [e]dit, re[j]ect, [a]uto, [q]uit"
PAUSED = "[g]o on, [c]onfirm each, [q]uit"


def at_terminal() -> bool:
    """Whether somebody can be asked: questions are put on standard error and answered on standard input."""
    return sys.stdin.isatty() and sys.stderr.isatty()


class Person:
    """Decides about calls; `confirming` says whether about each."""

    def __init__(self, confirming: bool) -> None:
        self.confirming = confirming
        self._working = False
        """Whether the model has begun to call tools."""
        self._pausing = False
        self._asked = False
        """Whether a question stands on the terminal."""

    def pause(self) -> bool:
        """Control-C was pressed: whether that means a question before the next command, and not the end."""
        if self.confirming or self._pausing or self._asked or not self._working:
            return False
        self._pausing = True
        return True

    def approve(self, call: "ToolCall") -> "Decision":
        """What is to become of a call. Raises KeyboardInterrupt where the person quits: the run is kept."""
        from memcoder.agent.approval import RUN

        self._working = True
        if self._pausing:
            self._pausing = False
            say(f"paused before:\n{shown(call.name, call.arguments)}")
            self.confirming = self._choose(PAUSED, "gc") == "c"
        elif self.confirming:
            say(shown(call.name, call.arguments))
        return self._decide(call) if self.confirming else RUN

    def _decide(self, call: "ToolCall") -> "Decision":
        from memcoder.agent.approval import RUN, Decision

        while True:
            choice = self._choose(CHOICES, "reja")
            if choice == "j":
                return Decision("reject", words=self._ask("What the model is told", default=""))
            if choice == "e":
                edited = edit(call.arguments)
                if edited is None:
                    continue
                say(shown(call.name, edited))
                return Decision("edit", edited)
            self.confirming = choice != "a"
            return RUN

    def _choose(self, question: str, letters: str) -> str:
        """One of the letters; `q` raises KeyboardInterrupt."""
        while True:
            answer = self._ask(question).strip().lower()[:1]
            if answer == "q":
                raise KeyboardInterrupt
            if answer and answer in letters:
                return answer

    def _ask(self, question: str, default: str | None = None) -> str:
        """A line of the person's. Their Control-C or end of input quits."""
        self._asked = True
        try:
            return str(click.prompt(question, default=default, show_default=False, err=True))
        except click.Abort:
            raise KeyboardInterrupt from None
        finally:
            self._asked = False


def shown(name: str, arguments: Mapping[str, Any]) -> str:
    """A call as its reader sees it: a lone text as it is, else all arguments as JSON."""
    alone = _alone(arguments)
    text = json.dumps(arguments, indent=2, ensure_ascii=False, default=str) if alone is None else str(arguments[alone])
    return f"{name}> " + text.strip().replace("\n", "\n  ")


def edit(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments as the person's editor leaves them; None where nothing was changed, or what was is no JSON."""
    alone = _alone(arguments)
    text = json.dumps(arguments, indent=2, default=str) if alone is None else str(arguments[alone])
    try:
        written = click.edit(text, extension=".json" if alone is None else ".sh")
    except click.ClickException as error:
        say(f"{error.format_message()}; set EDITOR to one")
        return None
    if written is None or written.strip() == text.strip():
        return None
    if alone is not None:
        return {**arguments, alone: written.removesuffix("\n")}
    try:
        changed = json.loads(written)
    except ValueError as error:
        say(f"that is no JSON: {error}")
        return None
    return changed if isinstance(changed, dict) else None


def _alone(arguments: Mapping[str, Any]) -> str | None:
    """The one argument, where it is a text."""
    names = list(arguments)
    return names[0] if len(names) == 1 and isinstance(arguments[names[0]], str) else None
