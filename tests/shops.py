"""Fixtures of a small repository with a history, and its store, for the conftests of rooms that need them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory.store import MemoryStore
from tests.helpers import GitRepo, make_shop

SETTINGS = Settings(embedder="hashing")


@pytest.fixture
def shop(tmp_path: Path) -> tuple[GitRepo, dict[str, str]]:
    """The repository and its commits by name."""
    return make_shop(tmp_path / "shop")


@pytest.fixture
def repo(shop: tuple[GitRepo, dict[str, str]]) -> Repository:
    return Repository.open(shop[0].path)


@pytest.fixture
def store(repo: Repository) -> Iterator[MemoryStore]:
    with MemoryStore.open(SETTINGS, repo.key) as opened:
        yield opened
