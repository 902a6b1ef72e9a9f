"""A GitHub with a small repository, a checkout of it, and events as its webhooks send them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github.double import MEMORY_KEY, GitHub, github
from tests.github.stage import Stage, make_stage


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    """What was asked and answered must be as GitHub's description has it."""
    with github(tmp_path / "hub") as made:
        yield made
        assert made.mistakes == []


@pytest.fixture
def stage(hub: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """An open issue, and everything that is needed to solve it."""
    monkeypatch.setenv("MEMCODER_MEMORY_KEY", MEMORY_KEY)
    return make_stage(hub, tmp_path)
