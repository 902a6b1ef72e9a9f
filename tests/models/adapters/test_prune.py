"""Pruning says first what would go, and leaves what is promoted or could be rolled back to."""

from pathlib import Path

import pytest

from memcoder.errors import FaultError, UsageError
from memcoder.models.adapters.prune import plan
from memcoder.models.adapters.registry import Registry
from tests.models.adapters.tiny import ALIAS, kept


def test_history_stays_and_what_nothing_points_at_goes(registry: Registry, tmp_path: Path) -> None:
    first, second, third = (kept(registry, tmp_path, content) for content in "abc")
    refused = kept(registry, tmp_path, "refused", verdict="refused")
    other = kept(registry, tmp_path, "other", area="src")
    for name in (first, second, third):
        registry.promote(name)
    registry.rollback(ALIAS)
    reasons = {one.id: one.reason for one in plan(registry)}
    assert reasons == {
        refused: "refused by the gate",
        third: f"another one is promoted as `{ALIAS}`",
        other: "never promoted, or rolled back",
    }
    assert set(registry.ids()) == {first, second, third, refused, other}, "planning removes nothing"
    assert registry.remove(list(reasons)) == sorted(reasons)
    assert set(registry.ids()) == {first, second}
    back = registry.rollback(ALIAS)
    assert back is not None
    assert back.id == first


def test_a_forced_one_that_is_promoted_stays(registry: Registry, tmp_path: Path) -> None:
    registry.promote(kept(registry, tmp_path, "x", verdict="refused"), force=True)
    assert plan(registry) == ()


def test_what_is_named_goes_and_leaves_every_history(registry: Registry, tmp_path: Path) -> None:
    first, second = (kept(registry, tmp_path, content) for content in "ab")
    for name in (first, second, first):
        registry.promote(name)
    (one,) = plan(registry, [first[:8], ALIAS])
    assert one.id == first
    assert ALIAS in one.reason
    registry.remove([first])
    assert registry.aliases.history(ALIAS) == (second,)
    assert registry.rollback(ALIAS) is None
    with pytest.raises(UsageError, match="no adapter"):
        plan(registry, [first])


def test_an_altered_one_is_offered_and_an_altered_alias_stops_it(registry: Registry, tmp_path: Path) -> None:
    name = kept(registry, tmp_path, "x")
    (registry.folder / name / "manifest.json").write_text("{}")
    (one,) = plan(registry)
    assert (one.id, one.reason) == (name, "its manifest was altered")
    registry.promote(kept(registry, tmp_path, "y"))
    (alias,) = (registry.folder / "aliases").glob("*.json")
    alias.write_text(alias.read_text().replace(ALIAS, "ba9876543210"))
    with pytest.raises(FaultError, match="alias"):
        plan(registry)
    assert registry.ids()
