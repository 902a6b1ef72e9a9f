"""The `tools` strategy from end to end: a sandbox of the model's own, the first words, the loop, and what it found."""

import re

from memcoder.agent.checkpoint import Checkpoints
from memcoder.agent.loop import Loop
from memcoder.agent.protocol import Native, Speech, Written
from memcoder.agent.tools.base import Toolbox
from memcoder.agent.tools.bash import Bash
from memcoder.agent.tools.edit import Edit
from memcoder.agent.tools.recall import RecallTool
from memcoder.agent.tools.submit import Submit
from memcoder.agent.tools.view import View
from memcoder.agent.trial import Trial
from memcoder.agent.work import Solution, Work
from memcoder.errors import BudgetError, LimitError, UsageError
from memcoder.models.base import Message
from memcoder.prompts import render
from memcoder.sandbox.base import Sandbox, diff_paths, write_files
from memcoder.verify.diagnose import diagnose

SHOWN = 6
"""Of each kind, recalled places and policies that the first prompt names."""
POLICY_CHARACTERS = 300
WHOLE = re.compile(r"^(old mode|deleted file mode|new file mode 1007|GIT binary patch|Binary files)", re.M)
"""In a diff that more is to be said of than the new text of its files."""


def run_tools(work: Work) -> Solution | None:
    """The change that the model handed in and the tests accepted; None where it used up its attempts.

    Where it gave up, what it left is handed on, for the last word to say what it is worth; where a limit ended the
    loop, only if the tests accept it. Raises LimitError otherwise.
    """
    with work.environment.start() as sandbox:
        write_files(sandbox, work.plan.files if work.plan else {})
        trial = Trial(work, sandbox)
        toolbox = make_toolbox(work, sandbox, trial)
        checkpoints = Checkpoints(sandbox, toolbox)
        speech: Speech = Native(toolbox) if work.model.can_call_tools else Written(toolbox)
        loop = Loop(work.model, toolbox, speech, work.journal, checkpoints, work.settings.seed, work.approve)
        loop.begin(first_messages(work, toolbox))
        try:
            diff = loop.run()
        except BudgetError:
            raise
        except LimitError:
            diff = _left(trial, checkpoints)
            if not diff or not trial.accepts(diff):
                raise
        if loop.gave_up:
            diff = _left(trial, checkpoints)
            return Solution({}, diff) if diff else None
    return _solution(work, diff) if diff else None


def _left(trial: Trial, checkpoints: Checkpoints) -> str:
    """What the model's sandbox holds, though it was not handed in; empty where that is no patch."""
    checkpoints.restore()
    try:
        return trial.diff()
    except UsageError:
        return ""


def make_toolbox(work: Work, sandbox: Sandbox, trial: Trial) -> Toolbox:
    """The tools of one run."""
    settings, commit = work.settings, work.task.base_commit
    limit = min(settings.output_limit, work.model.context // 2)
    return Toolbox(
        [
            Bash(sandbox, settings.command_timeout, limit, lambda: work.journal.limits.timeout),
            View(sandbox, work.repo, commit, limit),
            Edit(sandbox, trial, limit),
            RecallTool(work.repo, work.remember, commit),
            Submit(trial, settings.max_attempts),
        ]
    )


def first_messages(work: Work, toolbox: Toolbox) -> list[Message]:
    """What the model is, and what it is asked to do."""
    system = render("tools_system", tools=() if work.model.can_call_tools else tuple(toolbox.tools.values()))
    task = render(
        "tools_task",
        issue=work.task.issue,
        memories=work.memories,
        places=(work.found.symbols or work.found.files)[:SHOWN],
        policies=[*work.guidelines, *_customs(work)][:SHOWN],
        checklist=[item.text for item in work.checklist],
        command=work.plan.command if work.plan else "",
        reproduction=sorted(work.plan.files) if work.plan else [],
        diagnosis=diagnose(work.before) if work.before else "",
    )
    return [{"role": "system", "content": system}, {"role": "user", "content": task}]


def _customs(work: Work) -> list[str]:
    """What the project does without saying so; what it says are `guidelines`."""
    counted = [memory for memory in work.found.policies if memory.convention and memory.convention.rule != "written"]
    return [memory.message.strip()[:POLICY_CHARACTERS] for memory in counted]


def _solution(work: Work, diff: str) -> Solution:
    """The diff, and the files that it changes where their new text says all of it."""
    paths = diff_paths(diff)
    if work.bench is None or WHOLE.search(diff):
        return Solution({}, diff)
    sandbox = work.bench.sandbox
    sandbox.reset()
    sandbox.apply(diff)
    try:
        return Solution({path: sandbox.read(path).decode() for path in paths}, diff)
    except (UnicodeDecodeError, FileNotFoundError, UsageError):  # no text, gone, or too large to be read
        return Solution({}, diff)
