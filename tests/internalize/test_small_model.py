"""One training on a real base, SmolLM2-135M: what it was taught in some words it knows in others."""

from pathlib import Path

import pytest

from memcoder.internalize.curriculum.build import curriculum_of
from memcoder.internalize.gate.decide import share
from memcoder.internalize.gate.examine import Ledger, examine
from memcoder.internalize.gate.judge import Judge
from memcoder.internalize.training.example import Training
from memcoder.internalize.training.train import train
from tests.internalize.shop import commit, fix, make_repo
from tests.small import small_model

ASKED = ("path that", "name of the code")


@pytest.fixture(scope="module")
def small() -> Path:
    return small_model()


def test_accepted_fixes_are_known_in_other_words(small: Path, tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "shop")
    made = curriculum_of([fix(repo, at) for at in range(6)], [], [commit(repo, 1)], lambda memory: (), 0)
    taught = [one for one in made.examples if one.kind == "closed-book" and not one.answer.startswith("tests/")]
    asked = [one for one in made.questions if any(words in one.prompt for words in ASKED)]
    how = Training(epochs=5, batch=8, learning_rate=1e-3, max_length=96)
    losses: list[float] = []
    adapter = train(small, taught, tmp_path / "work", how, progress=lambda step: losses.append(step.loss))
    assert losses[-1] < losses[0] / 4
    judge, ledger = Judge(small), Ledger(tmp_path / "marks.jsonl")
    before = share(examine(judge, "base", asked, ledger))
    after = share(examine(judge.wear(adapter), "candidate", asked, ledger))
    assert after >= before + 0.3, f"{before:.2f} before, {after:.2f} after"
