"""Mines that are killed, stores that are damaged, and several processes at once: nothing is lost, nothing is twice."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from memcoder.cli.main import cli
from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory.mine import MineReport, mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from tests.helpers import GitRepo
from tests.memory import nursery
from tests.memory.planted import Importer
from tests.memory.states import answers_of, state_of

KILLS = 50
IN_A_ROW = 5
COMMITS = 32
SETTINGS = Settings(embedder="hashing")
QUERIES = ("totals of part 3 are wrong", "amount of an order in part 1", "nothing like anything")
KEY = "11" * 32


@pytest.fixture(autouse=True)
def same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The history below is mined once for all tests."""
    monkeypatch.setenv("MEMCODER_MEMORY_KEY", KEY)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """Fixes with tests and changelog fragments, reverts, renames and a merge: something for every stage."""
    return make_history(tmp_path_factory.mktemp("history") / "repo", COMMITS)


def make_history(folder: Path, commits: int) -> GitRepo:
    made, writer = GitRepo(folder), Importer()
    main, tip = "refs/heads/main", ""
    lines = [0, 0, 0, 0]
    for number in range(commits):
        part = number % 4
        lines[part] += 1
        body = "".join(f"def total_{part}_{line}(order):\n    return order + {line + number % 3}\n\n\n"
                       for line in range(lines[part]))  # fmt: skip
        files = {f"shop/part{part}.py": body + f"class Order{part}:\n    def amount(self):\n        return {number}\n"}
        if number % 3 == 0:
            files[f"tests/test_part{part}.py"] = f"def test_{number}():\n    assert {number}\n"
        if number % 10 == 9:
            side = writer.commit("refs/heads/side", f"Add side {number}", {f"side/{number}.py": "x\n"}, parents=(tip,))
            tip = writer.commit(main, f"Merge side {number}", files, parents=(tip, side))
        else:
            tip = writer.commit(main, f"Fix #{number}: the totals of part {part} were wrong by {number}", files)
    writer.run(made)
    made.git("update-ref", "-d", "refs/heads/side")
    made.git("reset", "--quiet", "--hard", "main")
    return made


@dataclass(frozen=True)
class Clean:
    """A store after one clean mine: its folder, what it holds, and what it answers."""

    folder: Path
    state: dict[str, Any]
    answers: list[Any]

    def copy(self, folder: Path) -> Path:
        """Such a store for a test to spoil."""
        return Path(shutil.copytree(self.folder, folder))


@pytest.fixture(scope="module")
def clean(history: GitRepo, tmp_path_factory: pytest.TempPathFactory) -> Clean:
    folder = tmp_path_factory.mktemp("clean") / "store"
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("MEMCODER_MEMORY_KEY", KEY)
        return Clean(folder, *ended(history, folder))


def ended(history: GitRepo, folder: Path) -> tuple[dict[str, Any], list[Any]]:
    """Mine to the end; the state of the store, and its answers."""
    with mined(history, folder) as (repo, store, report):
        assert not any(report.pending.values())
        return state_of(store), answers_of(repo, store, *QUERIES)


@contextmanager
def mined(history: GitRepo, folder: Path) -> Iterator[tuple[Repository, MemoryStore, MineReport]]:
    repo = Repository.open(history.path)
    with MemoryStore.open(SETTINGS.model_copy(update={"store": folder}), repo.key) as store:
        yield repo, store, mine(repo, store)


class Nursery:
    """Miners of their own process, by fork of one that has everything imported."""

    def __init__(self, history: GitRepo, folder: Path) -> None:
        self.history, self.folder = history, folder
        command = [sys.executable, nursery.__file__]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self._line() == "ready"

    def start(self, store: Path) -> int:
        """Start a miner; its process id."""
        assert self.process.stdin
        reported = self.folder / "reported"
        reported.write_text("start 0")
        self.process.stdin.write(f"{self.history.path}\t{store}\t{reported}\n")
        self.process.stdin.flush()
        self.child = int(self._line())
        return self.child

    def stop(self) -> int:
        """Wait for the miner's end; its status as `os.waitpid` tells it."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self._line())

    def busy(self) -> bool:
        """Whether the miner is still at work."""
        return Path(f"/proc/{self.child}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

    def reached(self) -> str:
        """What the last miner told of last."""
        return (self.folder / "reported").read_text().partition(" ")[0]

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@pytest.fixture
def miners(history: GitRepo, tmp_path: Path) -> Iterator[Nursery]:
    made = Nursery(history, tmp_path)
    yield made
    made.process.kill()
    made.process.communicate()


def test_killed_at_fifty_moments_and_run_to_the_end_is_one_clean_run(
    history: GitRepo, miners: Nursery, clean: Clean, tmp_path: Path
) -> None:
    chance = random.Random(11)
    started = time.monotonic()
    miners.start(tmp_path / "first")
    assert miners.stop() == 0
    whole = time.monotonic() - started
    reached: list[str] = []
    unlike = 0
    while len(reached) < KILLS:
        store = tmp_path / f"store-{len(reached)}"
        for turn in range(IN_A_ROW):
            child = miners.start(store)
            # Learning takes longest; half of the first kills come early, so that every stage is hit.
            time.sleep(chance.uniform(0, (0.3 if turn == 0 and chance.random() < 0.5 else 0.7) * whole))
            os.kill(child, signal.SIGKILL)
            if miners.stop() != signal.SIGKILL:
                break  # it was faster
            reached.append(miners.reached())
        unlike += state_now(history, store) != clean.state
        state, answers = ended(history, store)
        for name, wanted in clean.state.items():
            assert state[name] == wanted, f"{name} differs after kills at {reached[-IN_A_ROW:]}"
        assert answers == clean.answers
        shutil.rmtree(store)
    assert unlike, "control: killed stores are not finished ones"
    assert len(set(reached)) >= 3, f"kills fell into too few stages: {set(reached)}"


def state_now(history: GitRepo, folder: Path) -> dict[str, Any]:
    """The state of a store as a kill left it; a killed store can be opened at any time."""
    repo = Repository.open(history.path)
    with MemoryStore.open(SETTINGS.model_copy(update={"store": folder}), repo.key) as store:
        store.require_index()
        recall(repo, store, QUERIES[0], as_of="HEAD")
        return state_of(store)


def test_nobody_outlives_a_killed_mine(tmp_path: Path) -> None:
    made = make_history(tmp_path / "long", 400)
    script = (
        "import sys\nfrom pathlib import Path\nfrom memcoder.config import Settings\n"
        "from memcoder.history.repository import Repository\nfrom memcoder.memory.mine import mine\n"
        "from memcoder.memory.store import MemoryStore\n"
        "if __name__ == '__main__':\n"
        "    repo = Repository.open(sys.argv[1])\n"
        "    with MemoryStore.open(Settings(embedder='none', store=Path(sys.argv[2])), repo.key) as store:\n"
        "        mine(repo, store, progress=lambda what, done, total: print(what, flush=True))\n"
    )
    file = tmp_path / "mine_it.py"
    file.write_text(script)
    mark = f"MEMCODER_TEST_MARK={tmp_path}"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "MEMCODER_TEST_MARK": str(tmp_path)}
    command = [sys.executable, str(file), str(made.path), str(tmp_path / "store")]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout
    while child.stdout.readline().strip() not in ("symbols", ""):
        pass
    crowd = alive(mark)
    child.kill()
    child.wait()
    assert len(crowd) > 1, "control: it has workers"
    deadline = time.monotonic() + 20
    while alive(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(mark) == []
    child.stdout.close()


def alive(mark: str) -> list[int]:
    """Processes that were started with a mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def delete(chroma: Path) -> None:
    shutil.rmtree(chroma)


def empty(chroma: Path) -> None:
    (chroma / "chroma.sqlite3").write_bytes(b"")


def truncate(chroma: Path) -> None:
    whole = (chroma / "chroma.sqlite3").read_bytes()
    (chroma / "chroma.sqlite3").write_bytes(whole[: len(whole) // 3])


def garble(chroma: Path) -> None:
    size = (chroma / "chroma.sqlite3").stat().st_size
    (chroma / "chroma.sqlite3").write_bytes(random.Random(3).randbytes(size))


def garble_pages(chroma: Path) -> None:
    whole = (chroma / "chroma.sqlite3").read_bytes()
    (chroma / "chroma.sqlite3").write_bytes(whole[:8192] + random.Random(3).randbytes(len(whole) - 8192))


def take_its_place(chroma: Path) -> None:
    shutil.rmtree(chroma)
    chroma.write_text("no folder")


DAMAGES = (delete, empty, truncate, garble, garble_pages, take_its_place)


@pytest.mark.parametrize("restored_by", ["mine", "reindex"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_vectors_leave_words_and_come_back(
    history: GitRepo,
    clean: Clean,
    tmp_path: Path,
    damage: Callable[[Path], None],
    restored_by: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = clean.copy(tmp_path / "store")
    damage(store / "chroma")
    with mined_before(history, store) as (repo, opened):
        found = recall(repo, opened, QUERIES[0], as_of="HEAD")
    assert found.memories
    assert found.files
    assert not found.complete
    assert "vector" in found.notes[0]
    heard = {item.ranker for one in found.memories for item in one.evidence}
    heard |= {item.ranker for place in found.files for item in place.evidence}
    assert "message-words" in heard
    assert not heard & {"vectors", "vector-votes"}
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")
    assert "vector" in run(["recall", str(history.path), QUERIES[0], "--store", str(store)])
    where = ["mine", str(history.path)] if restored_by == "mine" else ["memory", "reindex", "--repo", str(history.path)]
    run([*where, "--store", str(store)])
    state, answers = ended(history, store)
    assert state["vectors"] == clean.state["vectors"]
    assert answers == clean.answers


def run(arguments: list[str]) -> str:
    """What a command that must end well says on standard error."""
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert done.exit_code == 0, done.output
    return done.stderr


@contextmanager
def mined_before(history: GitRepo, folder: Path) -> Iterator[tuple[Repository, MemoryStore]]:
    repo = Repository.open(history.path)
    with MemoryStore.open(SETTINGS.model_copy(update={"store": folder}), repo.key) as store:
        yield repo, store


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_next_mine_mends_what_nobody_noticed(
    history: GitRepo, clean: Clean, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    store = clean.copy(tmp_path / "store")
    damage(store / "chroma")
    if damage is garble_pages:  # looks whole from outside: a question finds out
        with mined_before(history, store) as (repo, opened):
            assert not recall(repo, opened, QUERIES[0], as_of="HEAD").complete
    assert ended(history, store) == (clean.state, clean.answers)


def test_two_mines_at_once_and_recalls_meanwhile_lose_nothing(history: GitRepo, clean: Clean, tmp_path: Path) -> None:
    store = tmp_path / "store"
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        home.mkdir()
    crowd = [Nursery(history, home) for home in homes]
    try:
        for miner in crowd:
            miner.start(store)
        answers = 0
        while answers < 3 or any(miner.busy() for miner in crowd):
            with mined_before(history, store) as (repo, opened):
                for query in QUERIES:  # the code is indexed by whoever comes first
                    recall(repo, opened, query, as_of=f"HEAD~{answers % 20}")
                    answers += 1
        assert [miner.stop() for miner in crowd] == [0, 0]
    finally:
        for miner in crowd:
            miner.process.kill()
            miner.process.communicate()
    state, told = ended(history, store)
    for name, wanted in clean.state.items():
        assert state[name] == wanted, name
    assert told == clean.answers
    assert set(state["states"].values()) == {1}
