from dataclasses import replace

import pytest
from memcoder_eval import recipes
from memcoder_eval.dataset import Instance, Question
from memcoder_eval.swebench.official import environment_of

from memcoder import Recipe, Settings

ONE = Instance(Question("example__shop-1", "example/shop", "0" * 40, "It is a cent short"), "", version="1.0")
LOCAL = Settings(sandbox="local")


def test_an_environment_is_that_of_the_version_where_somebody_wrote_it_down(monkeypatch: pytest.MonkeyPatch) -> None:
    known = recipes.Ground(("pip install one",), recipes.PYTEST)
    monkeypatch.setitem(recipes.GROUNDS, "example/shop", {"1.0": known})
    assert environment_of(ONE, LOCAL, print).recipe == Recipe(install=("pip install one",))
    assert environment_of(replace(ONE, version="2.0"), LOCAL, print) == LOCAL
