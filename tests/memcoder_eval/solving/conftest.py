from pathlib import Path

import pytest

from tests.memcoder_eval.solving.world import Arms, make_arms


@pytest.fixture
def arms(tmp_path: Path) -> Arms:
    """A world that a test may change."""
    return make_arms(tmp_path)
