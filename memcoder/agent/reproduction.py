"""The test plan of a run: the user's command, or the project's suite with a reproduction of the issue."""

from memcoder.agent.journal import Journal, key_of
from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.models.base import LanguageModel
from memcoder.prompts import render
from memcoder.records import Recall, Task, TestRun
from memcoder.sandbox.base import Sandbox
from memcoder.verify.plan import TestPlan, suite_plan
from memcoder.verify.reproduce import fails_rightly, test_sources

NAME = "test_memcoder_reproduction.py"
ANSWER_TOKENS = 250
ROUNDS = ((1, 0.0), (4, 0.7), (4, 1.0))
"""(samples, temperature) of each request, until a test fails for the right reason."""
EXAMPLE_LINES = 12


def make_plan(
    task: Task,
    repo: Repository,
    recall: Recall,
    model: LanguageModel,
    sandbox: Sandbox,
    journal: Journal,
    timeout: float,
) -> TestPlan | None:
    """The tests that decide; None where there is nothing to run and no reproduction could be written."""
    if task.test_command:
        return TestPlan(command=task.test_command, origin="given")
    suite = suite_plan(repo, task.base_commit)
    found = _reproduction(task, repo, recall, model, sandbox, journal, timeout)
    if found is None:
        journal.report("no test that reproduces the issue could be written")
        return suite
    path, source = found
    command = suite.command if suite else f"python -m pytest -q {path}"
    return TestPlan(command=command, files={path: source}, origin="reproduction")


def _reproduction(
    task: Task,
    repo: Repository,
    recall: Recall,
    model: LanguageModel,
    sandbox: Sandbox,
    journal: Journal,
    timeout: float,
) -> tuple[str, str] | None:
    path = _path(repo.files(task.base_commit))
    prompt = render("reproduce", issue=task.issue, example=_example(repo, task.base_commit, recall))
    messages = [{"role": "system", "content": render("system")}, {"role": "user", "content": prompt}]
    for turn, (n, temperature) in enumerate(ROUNDS):
        replies = journal.ask(
            key_of("reproduce", messages, turn),
            messages,
            lambda n=n, temperature=temperature, turn=turn: model.sample(  # type: ignore[misc]
                messages,
                n,
                temperature=temperature,
                max_tokens=ANSWER_TOKENS,
                seed=turn,
                timeout=max(1.0, journal.limits.seconds_left),
            ),
        )
        for source in test_sources(reply.text for reply in replies):
            outcome = journal.test(
                key_of("reproduction", source),
                lambda source=source: _outcome(sandbox, path, source, timeout),  # type: ignore[misc]
            )
            if outcome.failing:
                journal.report(f"a reproduction of the issue fails as it should ({len(outcome.failing)} tests)")
                return path, source
    return None


def _outcome(sandbox: Sandbox, path: str, source: str, timeout: float) -> TestRun:
    """What the reproduction shows at the base; a run without tests where it proves nothing."""
    return fails_rightly(sandbox, path, source, timeout) or TestRun(command="", exit_code=1)


def _path(files: list[str]) -> str:
    return f"tests/{NAME}" if any(path.startswith("tests/") for path in files) else NAME


def _example(repo: Repository, commit: str, recall: Recall) -> str:
    """The head of the test file whose name is nearest to a recalled place, for its imports and habits."""
    tests = [path for path in repo.files(commit) if is_test_path(path) and path.rpartition("/")[2].startswith("test_")]
    if not tests:
        return ""
    stems = [place.path.rpartition("/")[2].removesuffix(".py") for place in (*recall.symbols, *recall.files)]
    named = [path for stem in stems for path in tests if path.endswith(f"test_{stem}.py")]
    data = repo.read(commit, (named or sorted(tests))[0]) or b""
    return "\n".join(data.decode(errors="replace").splitlines()[:EXAMPLE_LINES])
