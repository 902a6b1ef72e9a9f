"""Which adapters nothing points at any more, said before any of them goes."""

from collections.abc import Sequence

from memcoder.models.adapters.registry import Registry
from memcoder.records import Record


class Candidate(Record):
    """An adapter that may go, and why."""

    id: str
    reason: str
    bytes: int
    """Of its folder."""


def plan(registry: Registry, names: Sequence[str] = ()) -> tuple[Candidate, ...]:
    """What would be removed: the named ones, or without names all that no alias points at or could roll back to.

    Raises UsageError where a name stands for none, FaultError where an alias was altered: what it points at would not
    be known.
    """
    pointed = {one: alias for alias, history in registry.aliases.all().items() for one in history}
    if names:
        chosen = dict.fromkeys(registry.resolve(name) for name in names)
        reasons = {key: f"named; `{pointed[key]}` points at it" if key in pointed else "named" for key in chosen}
    else:
        reasons = {key: reason for key, reason in _reasons(registry).items() if key not in pointed}
    return tuple(Candidate(id=key, reason=reason, bytes=_size(registry, key)) for key, reason in reasons.items())


def _reasons(registry: Registry) -> dict[str, str]:
    adapters, broken = registry.survey()
    reasons = dict.fromkeys(broken, "its manifest was altered")
    for adapter in adapters:
        if adapter.verdict == "refused":
            reasons[adapter.id] = "refused by the gate"
        elif registry.aliases.history(adapter.alias):
            reasons[adapter.id] = f"another one is promoted as `{adapter.alias}`"
        else:
            reasons[adapter.id] = "never promoted, or rolled back"
    return reasons


def _size(registry: Registry, key: str) -> int:
    return sum(path.stat().st_size for path in (registry.folder / key).iterdir())
