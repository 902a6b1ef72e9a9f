"""A sandbox with a small repository in it, and the tools that work there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memcoder.agent.approval import always
from memcoder.agent.journal import Journal
from memcoder.agent.limits import Limits
from memcoder.agent.remember import Stored
from memcoder.agent.work import Work
from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.models.scripted import ScriptedModel
from memcoder.records import Recall, Task
from memcoder.runs.store import RunStore
from memcoder.sandbox.door import prepare
from tests.helpers import GitRepo

SETTINGS = Settings(sandbox="local", command_timeout=20.0, embedder="hashing")


@contextmanager
def make_work(repo: GitRepo, folder: Path, test_files: tuple[str, ...] = ()) -> Iterator[Work]:
    """Work without tests, on the repository's newest commit."""
    opened = Repository.open(repo.path)
    commit = opened.resolve("HEAD")
    task = Task(repository=str(repo.path), base_commit=commit, issue="It is wrong.", test_files=test_files)
    script = folder / "nothing.jsonl"
    script.write_text("")
    model = ScriptedModel(script)
    environment = prepare(repo.path, commit, SETTINGS)
    log = RunStore(folder / "runs").create(task, model=model.name, strategy="tools", seed=0, fingerprint="")
    with environment.start() as sandbox, log:
        journal = Journal(log, Limits.of(SETTINGS), lambda line: None)
        found = Recall(query="", as_of=commit)
        remember = Stored(SETTINGS)
        yield Work(task, SETTINGS, opened, environment, found, model, sandbox, None, None, journal, always, remember)
