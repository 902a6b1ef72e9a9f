"""A small unit of real work: one solve, from mining to the verdict, with a scripted model that may take its time."""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memcoder import RunStore, ScriptedModel, Settings, Task, resolve
from memcoder_eval.batch.logs import unit_log
from memcoder_eval.batch.units import Unit
from memcoder_eval.repositories import commit_all

WRONG = 'def area(width, height):\n    """Width times height."""\n    return width + height\n'
CHECK = "python -c 'from shape import area; assert area(2, 3) == 6'"
ANSWER = "The sign is wrong.\n```python\ndef area(width, height):\n    return width * height\n```\n"


class Slow(ScriptedModel):
    """Answers as its script says, each time after so many seconds."""

    seconds = 0.0

    def sample(self, messages: list[Any], n: int, *how: Any) -> list[Any]:
        """The next replies, later."""
        time.sleep(self.seconds)
        return super().sample(messages, n, *how)


@dataclass(frozen=True)
class SmallSolve:
    """The work of a batch: a program of one function is mended. Everything it leaves lies in a folder a unit."""

    out: Path
    settings: Settings
    seconds: float = 0.0
    """That each answer of the model takes."""

    def __call__(self, unit: Unit) -> dict[str, Any]:
        """Raises what `resolve` raises."""
        began, folder = time.time(), self.out / "units" / unit.key
        shutil.rmtree(folder, ignore_errors=True)
        repository, script = folder / "repository", folder / "script.jsonl"
        repository.mkdir(parents=True)
        (repository / "shape.py").write_text(WRONG)
        script.write_text(json.dumps(ANSWER) + "\n")
        issue = "The area of a shape is wrong: area(2, 3) should be 6."
        task = Task(
            repository=str(repository),
            base_commit=commit_all(repository, "Add the area of shapes"),
            issue=issue,
            test_command=CHECK,
        )
        model = Slow(script)
        model.seconds = self.seconds
        settings = self.settings.model_copy(update={"model": f"scripted:{script}", "store": folder / "store"})
        run = resolve(task, settings, model=model, runs=RunStore(folder / "runs"), report=unit_log(self.out, unit))
        verdict = run.verdict.status if run.verdict else ""
        return {
            "resolved": verdict == "verified",
            "verdict": verdict,
            "patch": run.patch.diff if run.patch else "",
            "tokens": run.usage.tokens,
            "cost": run.usage.cost,
            "began": began,
            "ended": time.time(),
        }
