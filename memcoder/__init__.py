"""memcoder: a repository-aware coding agent that remembers.

What stands in `__all__` is what other programs may use; it is imported when it is first asked for, so that
`import memcoder` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from memcoder.agent.resolve import resolve
    from memcoder.config import Settings, load_settings
    from memcoder.errors import FaultError, LimitError, MemcoderError, MissingError, UsageError
    from memcoder.history.repository import Repository
    from memcoder.memory.conventions.ask import conventions, conventions_for
    from memcoder.memory.conventions.count import wilson
    from memcoder.memory.conventions.held_out import HeldOut, Lasting, held_out
    from memcoder.memory.mine import mine
    from memcoder.memory.recall import recall
    from memcoder.memory.store import MemoryStore
    from memcoder.models.base import LanguageModel
    from memcoder.models.door import open_model
    from memcoder.records import Commit, Convention, Evidence, Memory, Patch, Recall, Run, Task, Verdict
    from memcoder.runs.store import RunStore

_HOMES = {
    "memcoder.agent.resolve": ("resolve",),
    "memcoder.config": ("Settings", "load_settings"),
    "memcoder.errors": ("FaultError", "LimitError", "MemcoderError", "MissingError", "UsageError"),
    "memcoder.history.repository": ("Repository",),
    "memcoder.memory.conventions.ask": ("conventions", "conventions_for"),
    "memcoder.memory.conventions.count": ("wilson",),
    "memcoder.memory.conventions.held_out": ("HeldOut", "Lasting", "held_out"),
    "memcoder.memory.mine": ("mine",),
    "memcoder.memory.recall": ("recall",),
    "memcoder.memory.store": ("MemoryStore",),
    "memcoder.models.base": ("LanguageModel",),
    "memcoder.models.door": ("open_model",),
    "memcoder.runs.store": ("RunStore",),
    "memcoder.records": ("Commit", "Convention", "Evidence", "Memory", "Patch", "Recall", "Run", "Task", "Verdict"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Commit",
    "Convention",
    "Evidence",
    "FaultError",
    "HeldOut",
    "LanguageModel",
    "Lasting",
    "LimitError",
    "MemcoderError",
    "Memory",
    "MemoryStore",
    "MissingError",
    "Patch",
    "Recall",
    "Repository",
    "Run",
    "RunStore",
    "Settings",
    "Task",
    "UsageError",
    "Verdict",
    "conventions",
    "conventions_for",
    "held_out",
    "load_settings",
    "mine",
    "open_model",
    "recall",
    "resolve",
    "wilson",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'memcoder' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
