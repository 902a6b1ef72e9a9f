"""The linear loop of the `tools` strategy: ask, run what is called, show what came of it, and again.

A step costs the same however long the conversation is: what is new is written to the log, once, and the key under
which a reply is kept is a chain of hashes, each of the one before it and of the new message alone.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from memcoder.agent.approval import Approve, always
from memcoder.agent.checkpoint import Checkpoints
from memcoder.agent.journal import Journal
from memcoder.agent.protocol import Speech
from memcoder.agent.repeats import Repeats
from memcoder.agent.tools.base import Observation, Toolbox
from memcoder.models.base import LanguageModel, Message, Reply, Sampling, ToolCall
from memcoder.runs.timeline import step_told

ANSWER_TOKENS = 4096
IDLE = 5
"""Answers in a row without a call that can be made, after which a model is taken to have given up."""
MOST_CALLS = 8
"""Calls of one answer that are run."""


@dataclass
class Loop:
    """One conversation with a model, and the sandbox in which its calls are run."""

    model: LanguageModel
    toolbox: Toolbox
    speech: Speech
    journal: Journal
    checkpoints: Checkpoints
    seed: int = 0
    approve: Approve = always
    messages: list[Message] = field(default_factory=list)
    idle: int = 0
    """Answers in a row in which nothing could be called."""
    _key: str = ""
    _repeats: Repeats = field(default_factory=Repeats)
    _unwritten: list[Message] = field(default_factory=list)
    """Messages that no event of the log has yet."""

    def begin(self, messages: Sequence[Message]) -> None:
        """The conversation's first messages: what the model is, and what it is asked to do."""
        self._key = f"seed {self.seed}"
        for message in messages:
            self._write(message)

    def run(self) -> str:
        """Steps until the work is over; the diff that the tests accepted, or "" where the model gave up.

        Raises LimitError once a limit is reached.
        """
        while not self.gave_up:
            seen = self.step()
            if seen.ends:
                return "" if seen.failed else seen.tried
        self.journal.report(f"the model called nothing {IDLE} times in a row")
        return ""

    @property
    def gave_up(self) -> bool:
        """Whether the model has called nothing for too long."""
        return self.idle >= IDLE

    def step(self) -> Observation:
        """One answer of the model, and what came of the last thing that it called.

        Raises LimitError where nothing may be spent, and what the model and the sandbox raise.
        """
        reply = self.journal.ask(self._key, self._unwritten, lambda: [self._answer()])[0]
        self._unwritten = []
        self._say(reply.message())
        calls = self.speech.calls(reply)
        self.idle = 0 if any(not call.problem for call in calls) else self.idle + 1
        if not calls:
            seen = Observation(self.speech.nothing(reply), failed=True)
            self._write({"role": "user", "content": self._told(None, seen)})
            return seen
        for number, call in enumerate(calls):
            problem = call.problem or (f"not run: {MOST_CALLS} calls at once at most" if number >= MOST_CALLS else "")
            seen = Observation(f"{call.name}: {problem}", failed=True) if problem else self._act(call)
            message = self.speech.answer(call, self._told(call, seen))
            (self._write if problem else self._say)(message)
            if seen.ends:
                break
        return seen

    def _answer(self) -> Reply:
        how = Sampling(
            max_tokens=min(ANSWER_TOKENS, self.model.context // 4),
            seed=self.seed,
            timeout=self.journal.limits.timeout,
        )
        return self.model.chat(list(self.messages), how, tools=self.speech.offered)

    def _act(self, call: ToolCall) -> Observation:
        """What came of a call, from the log or by running it."""
        event = self.journal.action(self._key)
        if event is None:
            return self._run(call)
        self.checkpoints.replayed(event)
        seen = Observation(event["text"], event["failed"], event["ends"], event["tried"])
        self.toolbox.tools[call.name].replayed(seen)
        return seen

    def _run(self, call: ToolCall) -> Observation:
        """Run a call as the person who watches decides, and write what came of it."""
        told = self.checkpoints.restore()
        asked = time.monotonic()
        decision, started = self.approve(call), time.monotonic()
        self.journal.limits.excuse(started - asked)
        arguments = dict(decision.arguments) if decision.kind == "edit" else call.arguments
        if decision.kind == "edit":
            told += f"[The person who watches changed the call to {json.dumps(arguments)}]"
        if decision.kind == "reject":
            seen = Observation(f"not run: the person who watches refused it. {decision.words}".strip(), failed=True)
        else:
            seen = self.toolbox.run(call.name, arguments)
        seconds = time.monotonic() - started
        seen = replace(seen, text=f"{told}\n{seen.text}") if told else seen
        changes = self.toolbox.tools[call.name].changes and decision.kind != "reject"
        state = self.checkpoints.take(seconds) if changes else {}
        self.journal.act(
            self._key, name=call.name, arguments=arguments, changes=changes, seconds=seconds, **asdict(seen), **state
        )
        self.journal.report(step_told(call.name, arguments, seen.text))
        return seen

    def _told(self, call: ToolCall | None, seen: Observation) -> str:
        """What the model is told of a result, with a word on what repeats itself."""
        note = self._repeats.note(call, seen.text, seen.failed)
        return f"{seen.text}\n{note}" if note else seen.text

    def _write(self, message: Message) -> None:
        """Say what no other event of the log has: it goes there with the next call of the model."""
        self._unwritten.append(message)
        self._say(message)

    def _say(self, message: Message) -> None:
        self.messages.append(message)
        self._key = hashlib.sha256(f"{self._key}{json.dumps(message)}".encode()).hexdigest()[:24]
