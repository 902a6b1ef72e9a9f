"""SmolLM2's file, for the tests that run a real base."""

from pathlib import Path

import pytest

from memcoder.config import home
from memcoder.fetch import SMALL_MODEL, check
from memcoder.models.embedded import models_folder

SMALL = home() / "models" / SMALL_MODEL.name
"""Where the user's own home has it: looked up now, because each test gets a home of its own."""


def small_model() -> Path:
    """Where it lies, or a skip that says how to get it."""
    if check(SMALL_MODEL, SMALL.parent).state != "ok":
        pytest.skip(f"{SMALL_MODEL.name} is not there: get it with `memcoder model pull --small`")
    return SMALL


def small_model_at_home() -> Path:
    """The same in the test's own home, where commands look for it."""
    there = models_folder() / SMALL_MODEL.name
    there.parent.mkdir(parents=True)
    there.symlink_to(small_model())
    return there
