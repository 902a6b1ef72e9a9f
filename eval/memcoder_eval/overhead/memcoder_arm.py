"""The arm `memcoder`: the loop of the strategy `tools`, its text protocol, its log on the disk and its own sandbox."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memcoder import (
    Bash,
    Checkpoints,
    Environment,
    Journal,
    Limits,
    Loop,
    RunStore,
    ScriptedModel,
    Settings,
    Task,
    Toolbox,
    Written,
)
from memcoder_eval.overhead.step import Step, reply

TASK = "Look whether `true` still succeeds."


@contextmanager
def memcoder(environment: Environment, folder: Path, steps: int) -> Iterator[Step]:
    """The loop's own step, with a scripted model; the run's log lies in `folder`."""
    script = folder / "script.jsonl"
    script.write_text((json.dumps(reply("bash")) + "\n") * steps)
    settings = Settings(max_steps=steps + 1, max_time=24 * 3600.0)
    task = Task(repository=str(folder), base_commit="", issue=TASK)
    model = ScriptedModel(script)
    log = RunStore(folder / "runs").create(task, model=model.name, strategy="tools", seed=0, fingerprint="")
    with log, environment.start() as sandbox:
        toolbox = Toolbox([Bash(sandbox, settings.command_timeout, settings.output_limit)])
        journal = Journal(log, Limits.of(settings), lambda line: None)
        loop = Loop(model, toolbox, Written(toolbox), journal, Checkpoints(sandbox, toolbox))
        loop.begin([{"role": "system", "content": "You act in a shell."}, {"role": "user", "content": TASK}])
        yield loop.step
