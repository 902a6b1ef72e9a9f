"""memcoder: a repository-aware coding agent that remembers.

What stands in `__all__` is what other programs may use; it is imported when it is first asked for, so that
`import memcoder` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from memcoder.agent.budget import SharedBudget
    from memcoder.agent.checklist import write_checklist
    from memcoder.agent.checkpoint import Checkpoints
    from memcoder.agent.journal import Journal
    from memcoder.agent.limits import Limits
    from memcoder.agent.loop import Loop
    from memcoder.agent.protocol import Native, Written
    from memcoder.agent.remember import Remember
    from memcoder.agent.reproduction import make_plan
    from memcoder.agent.resolve import resolve
    from memcoder.agent.tools.base import Toolbox
    from memcoder.agent.tools.bash import Bash
    from memcoder.agent.work import shown_memories
    from memcoder.config import Recipe, Settings, home, load_settings
    from memcoder.errors import (
        BudgetError,
        FaultError,
        LimitError,
        MemcoderError,
        MissingError,
        UsageError,
        disk_fault,
        disk_faults,
    )
    from memcoder.history.kinds import is_test_path
    from memcoder.history.lineage import HashIndex
    from memcoder.history.repository import Repository
    from memcoder.history.symbols import symbols
    from memcoder.internalize.gap import Gap, gap_between
    from memcoder.internalize.gate.judge import Judge
    from memcoder.internalize.lessons import keep_lessons, lessons_of
    from memcoder.internalize.practise.run import PracticeLimits, PracticeReport, practise
    from memcoder.internalize.principles import Failure
    from memcoder.internalize.probe import probe
    from memcoder.internalize.sync import sync
    from memcoder.internalize.training.example import Example, Training
    from memcoder.internalize.training.train import train
    from memcoder.internalize.word import Taken, failures_of, take_word
    from memcoder.memory.conventions.ask import conventions, conventions_for
    from memcoder.memory.conventions.compose import fix_subject
    from memcoder.memory.conventions.count import wilson
    from memcoder.memory.conventions.held_out import HeldOut, Lasting, held_out
    from memcoder.memory.distill.choose import choose
    from memcoder.memory.distill.log import DistillLog
    from memcoder.memory.distill.one import distill_memory
    from memcoder.memory.distill.run import distil_shown, distill
    from memcoder.memory.guard import Guard
    from memcoder.memory.keep import keep_fix
    from memcoder.memory.learn import learn_weights
    from memcoder.memory.mine import mine
    from memcoder.memory.pack import pack
    from memcoder.memory.recall import PARAMETERS, RANKERS, memory_lists, recall
    from memcoder.memory.store import MemoryStore, store_folder
    from memcoder.memory.transfer import export_lines, import_lines
    from memcoder.memory.why import why
    from memcoder.models.adapters.content import content_id
    from memcoder.models.adapters.registry import Registry
    from memcoder.models.adapters.weights import base_file, base_sha256, load_base
    from memcoder.models.base import LanguageModel
    from memcoder.models.door import open_model
    from memcoder.models.faults import ContextError
    from memcoder.models.hosted import HostedModel
    from memcoder.models.scripted import ScriptedModel
    from memcoder.models.tokens import count_tokens
    from memcoder.records import (
        Adapter,
        ChecklistItem,
        Commit,
        Convention,
        Evidence,
        Finding,
        Fit,
        Memory,
        Patch,
        Place,
        Recall,
        RecalledMemory,
        Review,
        Run,
        Task,
        Usage,
        Verdict,
        Why,
    )
    from memcoder.runs.export import export
    from memcoder.runs.page import page_environment, page_style
    from memcoder.runs.store import RunStore
    from memcoder.sandbox.base import Environment, Sandbox, diff_paths
    from memcoder.sandbox.clone import clone_once
    from memcoder.sandbox.door import prepare, prepare_environment
    from memcoder.sandbox.engine import connect, engine_faults, labels
    from memcoder.tasks.grade import Grade, grade_task
    from memcoder.tasks.make import Made, Wanted, make_tasks, name_of
    from memcoder.tasks.proven import ProvenTask
    from memcoder.tasks.statement import load_issues
    from memcoder.verify.fit.assess import assess
    from memcoder.verify.judge import judge
    from memcoder.verify.plan import TestPlan
    from memcoder.verify.reproduce import stands_in, try_test
    from memcoder.wording import unseen

_HOMES = {
    "memcoder.agent.budget": "SharedBudget",
    "memcoder.agent.checklist": "write_checklist",
    "memcoder.agent.checkpoint": "Checkpoints",
    "memcoder.agent.journal": "Journal",
    "memcoder.agent.limits": "Limits",
    "memcoder.agent.loop": "Loop",
    "memcoder.agent.protocol": "Native Written",
    "memcoder.agent.remember": "Remember",
    "memcoder.agent.reproduction": "make_plan",
    "memcoder.agent.resolve": "resolve",
    "memcoder.agent.tools.base": "Toolbox",
    "memcoder.agent.tools.bash": "Bash",
    "memcoder.agent.work": "shown_memories",
    "memcoder.config": "Recipe Settings home load_settings",
    "memcoder.errors": "BudgetError FaultError LimitError MemcoderError MissingError UsageError disk_fault disk_faults",
    "memcoder.history.kinds": "is_test_path",
    "memcoder.history.lineage": "HashIndex",
    "memcoder.history.repository": "Repository",
    "memcoder.history.symbols": "symbols",
    "memcoder.internalize.gap": "Gap gap_between",
    "memcoder.internalize.gate.judge": "Judge",
    "memcoder.internalize.lessons": "keep_lessons lessons_of",
    "memcoder.internalize.practise.run": "PracticeLimits PracticeReport practise",
    "memcoder.internalize.principles": "Failure",
    "memcoder.internalize.probe": "probe",
    "memcoder.internalize.sync": "sync",
    "memcoder.internalize.training.example": "Example Training",
    "memcoder.internalize.training.train": "train",
    "memcoder.internalize.word": "Taken failures_of take_word",
    "memcoder.memory.conventions.ask": "conventions conventions_for",
    "memcoder.memory.conventions.compose": "fix_subject",
    "memcoder.memory.conventions.count": "wilson",
    "memcoder.memory.conventions.held_out": "HeldOut Lasting held_out",
    "memcoder.memory.distill.choose": "choose",
    "memcoder.memory.distill.log": "DistillLog",
    "memcoder.memory.distill.one": "distill_memory",
    "memcoder.memory.distill.run": "distil_shown distill",
    "memcoder.memory.guard": "Guard",
    "memcoder.memory.keep": "keep_fix",
    "memcoder.memory.learn": "learn_weights",
    "memcoder.memory.mine": "mine",
    "memcoder.memory.pack": "pack",
    "memcoder.memory.recall": "PARAMETERS RANKERS memory_lists recall",
    "memcoder.memory.store": "MemoryStore store_folder",
    "memcoder.memory.transfer": "export_lines import_lines",
    "memcoder.memory.why": "why",
    "memcoder.models.adapters.content": "content_id",
    "memcoder.models.adapters.registry": "Registry",
    "memcoder.models.adapters.weights": "base_file base_sha256 load_base",
    "memcoder.models.base": "LanguageModel",
    "memcoder.models.door": "open_model",
    "memcoder.models.faults": "ContextError",
    "memcoder.models.hosted": "HostedModel",
    "memcoder.models.scripted": "ScriptedModel",
    "memcoder.models.tokens": "count_tokens",
    "memcoder.records": (
        "Adapter ChecklistItem Commit Convention Evidence Finding Fit Memory Patch Place Recall "
        "RecalledMemory Review Run Task Usage Verdict Why"
    ),
    "memcoder.runs.export": "export",
    "memcoder.runs.page": "page_environment page_style",
    "memcoder.runs.store": "RunStore",
    "memcoder.sandbox.base": "Environment Sandbox diff_paths",
    "memcoder.sandbox.clone": "clone_once",
    "memcoder.sandbox.door": "prepare prepare_environment",
    "memcoder.sandbox.engine": "connect engine_faults labels",
    "memcoder.tasks.grade": "Grade grade_task",
    "memcoder.tasks.make": "Made Wanted make_tasks name_of",
    "memcoder.tasks.proven": "ProvenTask",
    "memcoder.tasks.statement": "load_issues",
    "memcoder.verify.fit.assess": "assess",
    "memcoder.verify.judge": "judge",
    "memcoder.verify.plan": "TestPlan",
    "memcoder.verify.reproduce": "stands_in try_test",
    "memcoder.wording": "unseen",
}
"""Module → the names that it gives, with spaces between them."""
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "PARAMETERS",
    "RANKERS",
    "Adapter",
    "Bash",
    "BudgetError",
    "ChecklistItem",
    "Checkpoints",
    "Commit",
    "ContextError",
    "Convention",
    "DistillLog",
    "Environment",
    "Evidence",
    "Example",
    "Failure",
    "FaultError",
    "Finding",
    "Fit",
    "Gap",
    "Grade",
    "Guard",
    "HashIndex",
    "HeldOut",
    "HostedModel",
    "Journal",
    "Judge",
    "LanguageModel",
    "Lasting",
    "LimitError",
    "Limits",
    "Loop",
    "Made",
    "MemcoderError",
    "Memory",
    "MemoryStore",
    "MissingError",
    "Native",
    "Patch",
    "Place",
    "PracticeLimits",
    "PracticeReport",
    "ProvenTask",
    "Recall",
    "RecalledMemory",
    "Recipe",
    "Registry",
    "Remember",
    "Repository",
    "Review",
    "Run",
    "RunStore",
    "Sandbox",
    "ScriptedModel",
    "Settings",
    "SharedBudget",
    "Taken",
    "Task",
    "TestPlan",
    "Toolbox",
    "Training",
    "Usage",
    "UsageError",
    "Verdict",
    "Wanted",
    "Why",
    "Written",
    "assess",
    "base_file",
    "base_sha256",
    "choose",
    "clone_once",
    "connect",
    "content_id",
    "conventions",
    "conventions_for",
    "count_tokens",
    "diff_paths",
    "disk_fault",
    "disk_faults",
    "distil_shown",
    "distill",
    "distill_memory",
    "engine_faults",
    "export",
    "export_lines",
    "failures_of",
    "fix_subject",
    "gap_between",
    "grade_task",
    "held_out",
    "home",
    "import_lines",
    "is_test_path",
    "judge",
    "keep_fix",
    "keep_lessons",
    "labels",
    "learn_weights",
    "lessons_of",
    "load_base",
    "load_issues",
    "load_settings",
    "make_plan",
    "make_tasks",
    "memory_lists",
    "mine",
    "name_of",
    "open_model",
    "pack",
    "page_environment",
    "page_style",
    "practise",
    "prepare",
    "prepare_environment",
    "probe",
    "recall",
    "resolve",
    "shown_memories",
    "stands_in",
    "store_folder",
    "symbols",
    "sync",
    "take_word",
    "train",
    "try_test",
    "unseen",
    "why",
    "wilson",
    "write_checklist",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'memcoder' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
