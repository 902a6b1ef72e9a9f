from pathlib import Path

import pytest

from memcoder.models.adapters.registry import Registry


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "adapters")
