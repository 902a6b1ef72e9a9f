"""What training needs is checked before anything long is begun."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from memcoder.errors import FaultError
from memcoder.internalize.training.example import Example, Training
from memcoder.internalize.training.need import estimate, parameters, require_memory, tokens_of


def test_weights_are_counted_from_the_heads_of_files(tiny: Path) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny)
    assert parameters(tiny) == sum(one.numel() for one in model.parameters())


def test_longer_steps_and_pairs_take_more(tiny: Path) -> None:
    plain = Example(prompt="p" * 300, answer="a" * 30, kind="step")
    pair = plain.model_copy(update={"rejected": "b" * 30})
    how = Training(batch=4, max_length=384)
    assert tokens_of([plain], how) == 4 * (110 + 40)
    assert tokens_of([plain, pair], how) == 2 * tokens_of([plain], how)
    assert tokens_of([plain.model_copy(update={"prompt": "p" * 9_000})], how) == 4 * 384
    assert estimate(tiny, 1_000_000) > estimate(tiny, 1_000) > 0


def test_a_machine_with_too_little_memory_is_told_so(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_memory(tiny, 100)
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1_000_000))
    with pytest.raises(FaultError, match=r"takes about 0\.5 GB, and 0\.0 GB are free"):
        require_memory(tiny, 100)
