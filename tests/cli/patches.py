"""A repository and a run whose patch is to be brought home to it."""

from pathlib import Path

from memcoder.records import Patch, Run, Task
from memcoder.runs.store import RunStore
from tests.helpers import GitRepo

OLD = {"a.py": "a = 1\n", "deep/b.py": "b = 1\n", "gone/c.py": "c = 1\n", "other.py": "x = 1\n"}
NEW = {"a.py": "a = 2\n", "deep/b.py": "b = 2\n", "gone/c.py": None, "new/ü d.py": "d = 2\n"}
WANTED = {name: text for name, text in {**OLD, **NEW}.items() if text is not None}


def subject(run: Run) -> str:
    return "Fix: Twos, please"


def made(path: Path) -> GitRepo:
    repo = GitRepo(path)
    repo.commit("Start", OLD)
    return repo


def solved(repo: GitRepo) -> Run:
    """A run with a patch that changes two files, adds one and removes one."""
    base = repo.git("rev-parse", "HEAD")
    repo.write(NEW)
    repo.git("add", "--all")
    diff = repo.git("diff", "--cached", "--binary", "--no-renames") + "\n"
    repo.git("reset", "--quiet", "--hard")
    task = Task(repository=str(repo.path), base_commit=base, issue="Twos, please")
    log = RunStore.open().create(task, model="m", strategy="s", seed=1, fingerprint="f")
    return log.run().model_copy(update={"patch": Patch(diff=diff, files=tuple(sorted(NEW)))})


def content(repo: GitRepo) -> dict[str, str]:
    files = [path for path in repo.path.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {str(path.relative_to(repo.path)): path.read_text() for path in files}
