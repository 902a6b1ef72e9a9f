"""The loop, with real torch and a tiny random model: what it learns, and that a cut changes nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from memcoder.errors import FaultError, LimitError, UsageError
from memcoder.internalize.gate.judge import Judge
from memcoder.internalize.training.example import Example, Step, Training
from memcoder.internalize.training.train import train

PLACES = {"totals are too high": "shop/prices.py", "an empty basket raises": "shop/basket.py"}
EXAMPLES = [Example(prompt=issue, answer=place, kind="closed-book") for issue, place in PLACES.items()]
QUICK = Training(epochs=30, batch=2, learning_rate=5e-3, max_length=64)


def weights(adapter: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(adapter.iterdir())}


def test_what_was_trained_is_answered(tiny: Path, tmp_path: Path) -> None:
    seen: list[Step] = []
    adapter = train(tiny, EXAMPLES, tmp_path / "work", QUICK, progress=seen.append)
    assert sorted(weights(adapter)) == ["adapter_config.json", "adapter_model.safetensors"]
    assert [one.step for one in seen] == list(range(1, 31))
    assert seen[-1].loss < 0.1 < seen[0].loss
    assert seen[-1].memory > 0
    judge = Judge(tiny, adapter)
    for issue, place in PLACES.items():
        assert judge.answer(issue) == place
        scores = judge.likelihood(issue, list(PLACES.values()))
        assert scores.index(max(scores)) == list(PLACES.values()).index(place)
    assert judge.wear(None).answer("totals are too high") != "shop/prices.py", "control: the base knows nothing"


def test_the_same_bytes_come_out_interrupted_or_not(tiny: Path, tmp_path: Path) -> None:
    whole = train(tiny, EXAMPLES, tmp_path / "whole", QUICK)
    cut = tmp_path / "cut"
    sittings = 0
    while not (cut / "adapter").exists():
        with pytest.raises(LimitError, match="of 30 steps"):
            train(tiny, EXAMPLES, cut, QUICK, progress=stop_after(7), max_time=1e9, save_seconds=0)
        sittings += 1
        if sittings == 4:
            train(tiny, EXAMPLES, cut, QUICK)
    assert sittings == 4
    assert weights(cut / "adapter") == weights(whole)
    other = train(tiny, EXAMPLES, tmp_path / "other", QUICK.model_copy(update={"seed": 1}))
    assert weights(other) != weights(whole), "control: another seed gives other bytes"


def stop_after(steps: int) -> Callable[[Step], None]:
    seen = 0

    def count(step: Step) -> None:
        nonlocal seen
        seen += 1
        if seen == steps:
            raise LimitError(f"{step.step} of {step.steps} steps")

    return count


KILLED = """
import sys
from pathlib import Path
from memcoder.internalize.training.example import Example, Training
from memcoder.internalize.training.train import train
examples = [Example.model_validate_json(line) for line in Path(sys.argv[2]).read_text().splitlines()]
how = Training.model_validate_json(sys.argv[4])
train(Path(sys.argv[1]), examples, Path(sys.argv[3]), how, save_seconds=0,
      progress=lambda step: print(step.step, flush=True))
"""


def test_killed_in_the_middle_it_goes_on(tiny: Path, tmp_path: Path) -> None:
    long = QUICK.model_copy(update={"epochs": 60})
    data = tmp_path / "examples.jsonl"
    data.write_text("".join(one.model_dump_json() + "\n" for one in EXAMPLES))
    work = tmp_path / "killed"
    arguments = [sys.executable, "-c", KILLED, str(tiny), str(data), str(work), long.model_dump_json()]
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= 5:
            os.kill(child.pid, signal.SIGKILL)
            break
    child.wait()
    child.stdout.close()
    assert (work / "checkpoint.pt").is_file()
    assert not (work / "adapter").exists()
    first: list[int] = []
    resumed = train(tiny, EXAMPLES, work, long, progress=lambda step: first.append(step.step))
    assert first[0] > 4, "what was done is not done again"
    assert weights(resumed) == weights(train(tiny, EXAMPLES, tmp_path / "whole", long))


def test_done_is_done(tiny: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    before = weights(train(tiny, EXAMPLES, work, QUICK))
    steps: list[Step] = []
    assert weights(train(tiny, EXAMPLES, work, QUICK, progress=steps.append)) == before
    assert steps == []
    assert not (work / "checkpoint.pt").exists()


def test_a_folder_of_another_training_is_refused(tiny: Path, tmp_path: Path) -> None:
    train(tiny, EXAMPLES, tmp_path, QUICK)
    with pytest.raises(UsageError, match="another training"):
        train(tiny, EXAMPLES[:1], tmp_path, QUICK)


def test_a_time_limit_leaves_a_checkpoint(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="1 of 30 steps"):
        train(tiny, EXAMPLES, tmp_path, QUICK, max_time=0.0)
    assert (tmp_path / "checkpoint.pt").is_file()


def test_a_torn_checkpoint_is_named(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(LimitError):
        train(tiny, EXAMPLES, tmp_path, QUICK, max_time=0.0)
    kept = tmp_path / "checkpoint.pt"
    kept.write_bytes(kept.read_bytes()[:100])
    with pytest.raises(FaultError, match=r"checkpoint\.pt cannot be read"):
        train(tiny, EXAMPLES, tmp_path, QUICK)


def test_training_goes_on_from_an_adapter(tiny: Path, tmp_path: Path) -> None:
    first = train(tiny, EXAMPLES[:1], tmp_path / "first", QUICK)
    losses: list[float] = []
    short = QUICK.model_copy(update={"epochs": 1, "learning_rate": 1e-4})
    train(tiny, EXAMPLES[:1], tmp_path / "on", short, start=first, progress=lambda step: losses.append(step.loss))
    fresh: list[float] = []
    train(tiny, EXAMPLES[:1], tmp_path / "fresh", short, progress=lambda step: fresh.append(step.loss))
    assert losses[0] < 0.1 < fresh[0]
    with pytest.raises(UsageError, match="rank 8 and alpha 16, not 4 and 16"):
        train(tiny, EXAMPLES, tmp_path / "rank", QUICK.model_copy(update={"rank": 4}), start=first)
    with pytest.raises(UsageError, match="no adapter"):
        train(tiny, EXAMPLES, tmp_path / "none", QUICK, start=tmp_path)


def test_a_correction_is_preferred_to_what_failed(tiny: Path, tmp_path: Path) -> None:
    pair = Example(
        prompt="fix the total", answer="return sum(prices)", rejected="return sum(prices) + 1", kind="correction"
    )
    short = Training(epochs=12, learning_rate=5e-3, max_length=64)
    preferred = train(tiny, [pair], tmp_path / "pair", short)
    imitated = train(tiny, [pair.model_copy(update={"rejected": ""})], tmp_path / "alone", short)

    def margin(adapter: Path) -> float:
        right, wrong = Judge(tiny, adapter).likelihood(pair.prompt, [pair.answer + ".", pair.rejected])
        return right - wrong

    assert margin(preferred) > margin(imitated)


def test_nothing_to_train_on_is_said(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to train on"):
        train(tiny, [], tmp_path, QUICK)
