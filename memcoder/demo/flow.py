"""The whole line on the demonstration repository: mine, recall, solve, verify, accept, recall again."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from memcoder.agent.resolve import resolve
from memcoder.config import Settings, home
from memcoder.demo.repository import HIDDEN_TEST, ISSUE, make_repository
from memcoder.errors import MissingError, UsageError
from memcoder.history.repository import Repository
from memcoder.internalize.review import accept
from memcoder.memory.keep import fix_id
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.records import Patch, Recall, Record, Run, Task, TestRun
from memcoder.runs.store import RunStore
from memcoder.sandbox.door import prepare
from memcoder.verify.runner import run_tests

Say = Callable[[str], None]
REVIEWER = "demo reviewer"
QUIET_SECONDS = 4.0
"""Seconds of silence after which a sign of life is given."""
MARK = ".memcoder-demo"
"""A file that says that a folder is a demonstration's, to be made anew."""
HIDDEN_PATH = "tests/test_hidden.py"
NEXT_ISSUE = "The Committee Room was offered for hire to somebody else while our course was still on"
"""What somebody might report another day; the accepted fix should be among what it recalls."""


class DemoReport(Record):
    """What the demonstration showed."""

    run: Run
    place_memory: str
    """The memory whose vote supplied the place that the patch changed; empty where none did."""
    hidden_before: TestRun
    hidden_after: TestRun
    next_recall: Recall
    record: str
    seconds: float

    @property
    def remembered(self) -> bool:
        """Whether the next recall returns the fix that was accepted."""
        return any(item.memory.id == fix_id(self.run.id) for item in self.next_recall.memories)

    @property
    def succeeded(self) -> bool:
        """Whether the patch passes the hidden test and came back as a memory."""
        return self.hidden_after.passed and self.remembered


def run_demo(settings: Settings, folder: Path, say: Say) -> DemoReport:
    """Run it; nothing is scripted. Raises what the stations raise.

    Its repository, memory and runs are its own (in `folder`). Repository and memory are made anew, so that every
    demonstration starts with the same past, without the fix of an earlier one; runs are kept. Raises UsageError for a
    folder that holds anything else.
    """
    started = monotonic()
    _make_room(folder)
    say("making the demonstration repository: a village hall's booking book, with one open bug")
    commit = make_repository(folder / "repository")
    repo = Repository.open(folder / "repository")
    settings = _with_sandbox(settings.model_copy(update={"store": folder / "memory"}), repo, commit, say)
    runs = RunStore(folder / "runs")
    _show_recall(repo, settings, commit, say)
    task = Task(repository=str(repo.path), base_commit=commit, issue=ISSUE)
    done = resolve(task, settings, runs=runs, new=True, report=say)
    say("running the hidden test, which the model never saw, before and after the patch")
    before, after = _hidden(repo, commit, settings, done)
    if done.patch and not done.patch.empty and after.passed:
        memory = accept(done.id, REVIEWER, settings, reason="the hidden test passes", runs=runs).fix
        say(f"accepted by the {REVIEWER}; kept as memory {memory.id}")
    with MemoryStore.open(settings, repo.key) as store:
        following = recall(repo, store, NEXT_ISSUE, as_of=commit)
    return DemoReport(
        run=done,
        place_memory=_place_memory(done),
        hidden_before=before,
        hidden_after=after,
        next_recall=following,
        record=str(runs.path(done.id)),
        seconds=round(monotonic() - started, 1),
    )


def _make_room(folder: Path) -> None:
    """Remove what an earlier demonstration left, and nothing that is not one's: the folder must bear our mark."""
    mark = folder / MARK
    if not mark.exists():
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(
                f"{folder} holds something that is not a demonstration's", "give an empty folder or a new one"
            )
        folder.mkdir(parents=True, exist_ok=True)
        mark.touch()
    shutil.rmtree(folder / "memory", ignore_errors=True)


def demo_folder() -> Path:
    """Where the demonstration lies: outside every checkout."""
    return home() / "demo"


@contextmanager
def signs_of_life(say: Say) -> Iterator[Say]:
    """`say`, with a line of its own whenever nothing was said for some seconds."""
    last = monotonic()
    began = monotonic()
    over = Event()

    def speak(line: str) -> None:
        nonlocal last
        last = monotonic()
        say(line)

    def watch() -> None:
        while not over.wait(0.5):
            if monotonic() - last >= QUIET_SECONDS:
                speak(f"  ... working, {monotonic() - began:.0f} s")

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield speak
    finally:
        over.set()
        watcher.join()


def _with_sandbox(settings: Settings, repo: Repository, commit: str, say: Say) -> Settings:
    """Docker where there is an engine with an image to start from; else the local sandbox, which is fine here: the
    repository is our own."""
    if settings.sandbox == "docker":
        try:
            prepare(repo.path, commit, settings, progress=say)
        except MissingError as error:
            say(f"{error.message}; going on in the local sandbox, as this repository is our own")
            return settings.model_copy(update={"sandbox": "local"})
    return settings


def _show_recall(repo: Repository, settings: Settings, commit: str, say: Say) -> None:
    with MemoryStore.open(settings, repo.key) as store:
        mined = mine(repo, store, say=say)
        say(f"mined {mined.commits} commits in {mined.seconds:.1f} s without a model call")
        found = recall(repo, store, ISSUE, as_of=commit)
    for item in found.memories[:3]:
        say(f"  remembers {item.memory.id[:10]} {item.memory.subject}")
    for place in found.symbols[:3]:
        say(f"  points at {place.path}:{place.symbol or ''} ({'; '.join(one.detail for one in place.evidence)})")
    for note in found.notes:
        say(f"  {note}")


def _hidden(repo: Repository, commit: str, settings: Settings, done: Run) -> tuple[TestRun, TestRun]:
    """The hidden test's outcome at the base commit and with the patch, each in a fresh sandbox."""
    environment = prepare(repo.path, commit, settings)
    outcomes = []
    for diff in ("", done.patch.diff if done.patch else ""):
        with environment.start() as sandbox:
            if diff.strip():
                sandbox.apply(diff)
            sandbox.write(HIDDEN_PATH, HIDDEN_TEST.encode())
            outcomes.append(run_tests(sandbox, f"python -m pytest -q {HIDDEN_PATH}", settings.command_timeout))
    return outcomes[0], outcomes[1]


def _place_memory(done: Run) -> str:
    """The memory that voted for the place that the patch changed: the symbol where there is one, else its file."""
    lines = _changed_lines(done.patch) if done.patch else []
    places = [place for place in (done.recall.symbols if done.recall else ()) if place.path in dict(lines)]
    hit = [
        place for place in places if any(place.path == path and place.start <= at <= place.end for path, at in lines)
    ]
    for place in sorted(hit, key=lambda place: place.end - place.start) + places:
        for evidence in place.evidence:
            if evidence.ranker.endswith("-votes"):
                return f"{place.path}:{place.symbol or ''} from {evidence.detail}"
    return ""


def _changed_lines(patch: Patch) -> list[tuple[str, int]]:
    """(path, line of the base) of every line that the patch takes out."""
    found, path, at = [], "", 0
    for line in patch.diff.splitlines():
        if line.startswith("--- a/"):
            path = line.removeprefix("--- a/")
        elif line.startswith("@@ -"):
            at = int(line[4:].split(" ")[0].split(",")[0])
        elif line.startswith("-") and not line.startswith("---"):
            found.append((path, at))
            at += 1
        elif line.startswith(" "):
            at += 1
    return found
