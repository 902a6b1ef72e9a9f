"""A batch that is killed ten times, in a process of its own, ends as an undisturbed one."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from memcoder_eval.batch.run import latest
from memcoder_eval.results import Results

UNITS, KILLS, SECONDS = 40, 10, 60.0


def start(out: Path, seconds: float = 0.02) -> "subprocess.Popen[bytes]":
    call = f"main(Path({str(out)!r}), {UNITS}, {seconds})"
    code = f"from pathlib import Path; from tests.memcoder_eval.batch.work import main; {call}"
    root = Path(__file__).parents[3]
    return subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(out: Path) -> dict[str, Any]:
    with start(out) as child:
        _, said = child.communicate(timeout=SECONDS)
    assert child.returncode == 0, said.decode()
    return latest(Results(out, {"seed": 0}).rows())


def written(out: Path) -> int:
    file = out / "results.jsonl"
    return file.read_bytes().count(b"\n") if file.is_file() else 0


def test_killed_ten_times_and_resumed(tmp_path: Path) -> None:
    drawn = random.Random(13)
    out, killed = tmp_path / "out", 0
    for _ in range(KILLS):
        wanted = written(out) + drawn.randint(0, 3)
        with start(out) as child:
            deadline = time.monotonic() + SECONDS
            while child.poll() is None and written(out) < wanted:
                assert time.monotonic() < deadline
                time.sleep(0.001)
            time.sleep(drawn.uniform(0, 0.03))
            child.kill()
            child.communicate()
            killed += child.returncode < 0
    assert killed == KILLS
    assert 0 < written(out) < UNITS
    assert finish(out) == finish(tmp_path / "clean")
    begun = Counter((tmp_path / "out.begun").read_text().split())
    ended = [row["key"] for row in Results(out, {"seed": 0}).rows()]
    assert len(ended) == len(set(ended)) == UNITS, "what ended was not done again"
    assert max(begun.values()) > 1, "something was in flight when it was killed, and was done again"


def test_control_c_does_not_wait_for_what_is_in_flight(tmp_path: Path) -> None:
    notes = tmp_path / "out.begun"
    with start(tmp_path / "out", 10 * SECONDS) as child:
        deadline = time.monotonic() + SECONDS
        while not notes.exists() or len(notes.read_text().split()) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=SECONDS)
    assert b"KeyboardInterrupt" in said
    assert finish(tmp_path / "out") == finish(tmp_path / "clean")
