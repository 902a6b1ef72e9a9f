"""What a strategy is given, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from memcoder.agent.approval import Approve
from memcoder.agent.checklist import write_checklist
from memcoder.agent.journal import Journal
from memcoder.agent.remember import MEMORIES_SHOWN, Remember
from memcoder.agent.staged import Bench
from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory.conventions.ask import guidelines
from memcoder.models.base import LanguageModel
from memcoder.records import ChecklistItem, Memory, Recall, Task, TestRun
from memcoder.sandbox.base import Environment, Sandbox
from memcoder.verify.plan import TestPlan

MEMORY_CHARACTERS = 400
DISTILLED_CHARACTERS = 700
"""Of a memory that a model has filled in: its subject, and three sentences that are short by themselves."""
GUIDED_FILES = 5
"""Files found, for which guidelines have to hold."""
GUIDELINES_SHOWN = 3
GUIDELINE_CHARACTERS = 400


def shown_memories(found: Recall) -> list[str]:
    """What a prompt says of each memory; a whole diff would mislead small models."""
    return [_shown(item.memory) for item in found.memories[:MEMORIES_SHOWN]]


def _shown(memory: Memory) -> str:
    """Subject and body, cut; of a distilled one the subject and what was made of it."""
    if not memory.distilled:
        return memory.message.strip()[:MEMORY_CHARACTERS]
    learnt = {"Problem": memory.problem, "Root cause": memory.root_cause, "Solution": memory.solution}
    lines = [memory.subject, *(f"{name}: {text}" for name, text in learnt.items() if text)]
    return "\n".join(lines)[:DISTILLED_CHARACTERS]


@dataclass(frozen=True)
class Work:
    """One issue, made ready to be worked on: what is known of it, who works, and where."""

    task: Task
    settings: Settings
    repo: Repository
    environment: Environment
    found: Recall
    model: LanguageModel
    sandbox: Sandbox
    """At the base commit; the tests run here."""
    plan: TestPlan | None
    before: TestRun | None
    """The plan's outcome at the base commit."""
    journal: Journal
    approve: Approve
    remember: Remember

    @cached_property
    def bench(self) -> Bench | None:
        """Where changes are tried; None where there are no tests."""
        if self.plan is None or self.before is None:
            return None
        return Bench(self.sandbox, self.plan, self.before, self.settings.command_timeout)

    @property
    def memories(self) -> list[str]:
        """What prompts say of memories."""
        return shown_memories(self.found)

    @cached_property
    def checklist(self) -> tuple[ChecklistItem, ...]:
        """What a fix must hold, and where to look; written when it is first asked for."""
        return write_checklist(self.task, self.repo, self.found, self.memories, self.model, self.journal, self.settings)

    @cached_property
    def guidelines(self) -> list[str]:
        """What a prompt says of AGENTS.md and its like, as of the base commit: text to be quoted, which asks for style
        and tests and allows nothing."""
        paths = [place.path for place in self.found.files[:GUIDED_FILES]] or [""]
        held = guidelines(self.repo, self.task.base_commit, paths)
        return [memory.message.strip()[:GUIDELINE_CHARACTERS] for memory in held[:GUIDELINES_SHOWN]]


@dataclass(frozen=True)
class Solution:
    """A change of the base commit."""

    files: Mapping[str, str]
    """Path → new source of each changed file; empty where the change cannot be said so (bytes, deletions, modes)."""
    diff: str = ""
    """Where the strategy has it; else it is made from `files`."""
