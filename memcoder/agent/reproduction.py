"""The test plan of a run: the user's command, or the project's suite with a reproduction of the issue."""

import ast
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from memcoder.agent.choosing import choose_suite
from memcoder.agent.journal import Journal
from memcoder.agent.keys import key_of
from memcoder.agent.subjects import Subject, modules_of, subjects_of
from memcoder.config import Settings
from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.models.base import LanguageModel, Message, Sampling
from memcoder.prompts import chat, render
from memcoder.records import Recall, Task
from memcoder.sandbox.base import Sandbox
from memcoder.verify.plan import TestPlan, with_reproduction
from memcoder.verify.reproduce import example, fails_rightly, stages, stands_in, test_sources, try_test, with_imports
from memcoder.verify.runners import PYTHON

NAME = "test_memcoder_reproduction.py"
ANSWER_TOKENS = 250
ROUNDS = ((1, 0.0, True), (1, 0.0, True), (4, 0.7, True), (4, 1.0, False))
"""(samples, temperature, whether the answer is begun) of each request, until a test fails for the right reason."""
MEMORIES, MEMORY_TESTS, SUBJECT_CHARACTERS = 3, 3, 120
"""Recalled memories that the model is told of, tests that are named of each, and how much of its subject."""
AGAIN = 1
"""The round that is there to hand back a test that passes today."""
STOPS = ("\n```", "\n\n", "\n    #")
"""Where an answer ends that was begun with the issue's example: only its assertions are asked for."""
ONE_TEST = ("\n```", "\n\ndef ")
"""Where one ends whose first test was begun: small models go on with one test for each example that they see."""


def make_plan(
    task: Task,
    repo: Repository,
    recall: Recall,
    model: LanguageModel,
    sandbox: Sandbox,
    journal: Journal,
    settings: Settings,
) -> TestPlan | None:
    """The tests that decide; None where there is nothing to run and no reproduction could be written."""
    if task.test_command:
        return TestPlan(command=task.test_command, origin="given")
    suite = choose_suite(repo, task.base_commit, recall, sandbox, journal, settings)
    if suite is not None and suite.runner not in PYTHON:
        journal.report(f"no reproduction is written: the project's tests are run by {suite.runner}")
        return suite
    if not settings.reproduce:
        return suite
    files = repo.files(task.base_commit)
    path = f"tests/{NAME}" if any(name.startswith("tests/") for name in files) else NAME
    asked = Asked(
        issue=task.issue,
        imports=_imports(repo, task.base_commit, recall),
        changes=changes_of_tests(recall),
        subjects=subjects_of(repo, task.base_commit, recall),
        modules=modules_of(recall),
    )
    source = Reproducer(model, sandbox, journal, path, settings).write(asked)
    if source is None:
        journal.report("no test that reproduces the issue could be written")
        return suite
    return with_reproduction(suite, path, source)


@dataclass(frozen=True)
class Asked:
    """What a reproduction is asked for with."""

    issue: str
    imports: str
    """How the project's tests begin."""
    changes: Sequence[str]
    """What recalled memories say of tests: `changes_of_tests`."""
    subjects: Sequence[Subject]
    """The code that the issue is likely about."""
    modules: Mapping[str, str]
    """The module of each recalled name that can be imported."""


@dataclass
class Reproducer:
    """Asks for a reproduction at `path` until one fails for the right reason."""

    model: LanguageModel
    sandbox: Sandbox
    journal: Journal
    path: str
    settings: Settings

    def write(self, asked: Asked) -> str | None:
        """The source of a test that fails as the issue says; else of one that fails; None where none does."""
        guess = None
        for source in self._tests(asked):
            if stands_in(source, asked.issue):
                self.journal.report("a reproduction of the issue fails as it should")
                return source
            guess = guess or source
        if guess:
            self.journal.report("a reproduction fails, but what it asks for does not stand in the issue")
        return guess

    def _tests(self, asked: Asked) -> Iterator[str]:
        """Tests that fail on the base commit; the model is told of one that passes there."""
        question = chat(render("reproduce", asked=asked))
        begun, stop = _begun(asked.imports, example(asked.issue))
        passing = ""
        for turn, (n, temperature, begin) in enumerate(ROUNDS):
            if turn == AGAIN and not passing:
                continue  # it would be the first round once more
            messages = question + (_again(passing) if passing else [])
            if begin and self.model.can_prefill:
                messages.append({"role": "assistant", "content": begun})
            for code in self._samples(turn, messages, n, temperature, stop):
                if stages(code, asked.modules):
                    continue
                source = with_imports(code, asked.modules)
                run = self.journal.test(
                    key_of("reproduction", source),
                    lambda source=source: try_test(  # type: ignore[misc]
                        self.sandbox, self.path, source, self.settings.command_timeout
                    ),
                )
                if run.passed:
                    passing = passing or source
                elif fails_rightly(run):
                    yield source

    def _samples(
        self, turn: int, messages: list[Message], n: int, temperature: float, stop: tuple[str, ...]
    ) -> list[str]:
        how = Sampling(
            temperature=temperature,
            max_tokens=ANSWER_TOKENS,
            seed=self.settings.seed * 100 + turn,
            stop=stop if messages[-1]["role"] == "assistant" else (),
            timeout=self.journal.limits.timeout,
        )
        key = key_of("reproduce", messages, how.seed)
        replies = self.journal.ask(key, messages, lambda: self.model.sample(messages, n, how))
        return list(test_sources(reply.text for reply in replies))


def changes_of_tests(recall: Recall) -> list[str]:
    """A line a recalled memory: its subject, and the tests that changed with it."""
    lines = []
    for item in recall.memories[:MEMORIES]:
        tests = [change.path for change in item.memory.change.files if is_test_path(change.path)][:MEMORY_TESTS]
        came = f" (tests: {', '.join(tests)})" if tests else ""
        lines.append(f"{item.memory.subject[:SUBJECT_CHARACTERS]}{came}")
    return lines


def _begun(imports: str, code: str) -> tuple[str, tuple[str, ...]]:
    """How the answer begins, and where it stops: with the issue's example where there is one.

    The example's own imports stand with the project's: some may not stand inside a function.
    """
    statements = ast.parse(code).body
    own = [ast.unparse(node) for node in statements if _is_import(node)]
    code = "\n".join(ast.unparse(node) for node in statements if not isinstance(node, ast.Import | ast.ImportFrom))
    head = "```python\n" + "\n".join(dict.fromkeys([*imports.splitlines(), *own])) + "\n\n\ndef test_"
    if not code:
        return head, ONE_TEST
    return (
        f"{head}issue():\n{textwrap.indent(code, '    ')}\n    # What the issue says it should give:\n    assert",
        STOPS,
    )


def _again(passing: str) -> list[Message]:
    return [
        {"role": "assistant", "content": f"```python\n{passing.strip()}\n```"},
        {"role": "user", "content": render("reproduce_again")},
    ]


def _imports(repo: Repository, commit: str, recall: Recall) -> str:
    """The import statements of the test file whose name is nearest to a recalled place, or else came with a memory."""
    tests = [path for path in repo.files(commit) if is_test_path(path) and path.rpartition("/")[2].startswith("test_")]
    if not tests:
        return ""
    stems = [place.path.rpartition("/")[2].removesuffix(".py") for place in (*recall.symbols, *recall.files)]
    named = [path for stem in stems for path in tests if path.endswith(f"test_{stem}.py")]
    changed = [change.path for item in recall.memories for change in item.memory.change.files]
    came = [path for path in changed if path in tests]
    source = (repo.read(commit, [*named, *came, *sorted(tests)][0]) or b"").decode(errors="replace")
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):
        return ""
    return "\n".join(ast.unparse(node) for node in statements if _is_import(node))


def _is_import(node: ast.stmt) -> bool:
    """Whether it is an import that may stand in another file, and below others."""
    if isinstance(node, ast.ImportFrom):
        return not node.level and node.module != "__future__"
    return isinstance(node, ast.Import)
