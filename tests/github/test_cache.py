"""The cache of what was mined: it saves mining, and is believed only where the memory key signed it for here."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.errors import UsageError
from memcoder.github.cache import FILE, keep, restore
from memcoder.github.run import handle
from memcoder.memory.store import MemoryStore
from tests.github.double import NAME
from tests.github.stage import Stage, commented

WHOSE = f"{NAME} refs/heads/main"
OURS = {"GITHUB_REF": "refs/heads/main"}


def explained(stage: Stage, tmp_path: Path, runner: str, **more: str) -> Path:
    """`/memcoder explain` on a runner that has nothing but the cache; where its store lies."""
    stage.environment = {**OURS, **more}
    stage.flags["store"] = tmp_path / runner / "store"
    payload = commented(stage.hub, "/memcoder explain")
    payload["repository"]["default_branch"] = "main"
    job = stage.job(payload, "issue_comment")
    job.cache = tmp_path / "cache"
    assert handle(job).verdict == "explained"
    return tmp_path / runner / "store"


def memories(store: Path) -> int:
    with MemoryStore.open(Settings(store=store), "any") as opened:
        return len(list(opened.all("commit")))


@pytest.fixture
def made(stage: Stage, tmp_path: Path) -> Path:
    """A cache of a store that is marked, so that a store made of it is told from one that was mined."""
    store = explained(stage, tmp_path, "first")
    (store / "mark").write_text("from the first runner")
    keep(tmp_path / "cache" / FILE, store, WHOSE)
    return tmp_path / "cache" / FILE


def test_a_run_finds_what_the_last_one_mined(stage: Stage, made: Path, tmp_path: Path) -> None:
    store = explained(stage, tmp_path, "second")
    assert (store / "mark").is_file()
    assert memories(store) == memories(tmp_path / "first" / "store") > 0
    assert not [line for line in stage.said if "cache" in line]


def test_new_commits_are_mined_on_top_of_it_and_kept(stage: Stage, made: Path, tmp_path: Path) -> None:
    stage.commit("Say what a shape is", {"notes.py": "SHAPE = 'closed'\n"})
    assert memories(explained(stage, tmp_path, "second")) == 2
    third = tmp_path / "third"
    restore(made, third, WHOSE)
    assert memories(third) == 2


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("another key", "not signed with this repository's key"),
        ("altered", "not signed with this repository's key"),
        ("another branch", "another repository or branch"),
        ("another repository", "another repository or branch"),
        ("cut off", "not signed with this repository's key"),
        ("no cache", "no cache of memcoder's"),
    ],
)
def test_a_cache_that_is_not_ours_is_not_believed(
    stage: Stage, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, said: str
) -> None:
    source = tmp_path / "first" / "store"
    match what:
        case "another key":
            with monkeypatch.context() as other:
                other.setenv("MEMCODER_MEMORY_KEY", "a fork's own key, long enough")
                keep(made, source, WHOSE)
        case "altered":
            made.write_bytes(made.read_bytes()[:-20] + bytes(20))
        case "another branch":
            keep(made, source, f"{NAME} refs/heads/side")
        case "another repository":
            keep(made, source, "someone/fork refs/heads/main")
        case "cut off":
            made.write_bytes(made.read_bytes()[:-100])
        case "no cache":
            made.write_bytes(b"\x00" * 5000)
    store = explained(stage, tmp_path, "second")
    assert not (store / "mark").exists()
    assert memories(store) == 1, "it is mined from git all the same"
    assert any("the cache was not used" in line and said in line for line in stage.said)


def test_only_the_default_branch_hands_on(stage: Stage, tmp_path: Path) -> None:
    explained(stage, tmp_path, "first", GITHUB_REF="refs/pull/9/merge")
    assert not (tmp_path / "cache").exists()
    explained(stage, tmp_path, "second")
    assert (tmp_path / "cache" / FILE).is_file()


def test_without_a_memory_key_there_is_no_cache(
    stage: Stage, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEMCODER_MEMORY_KEY")
    before = made.read_bytes()
    assert not (explained(stage, tmp_path, "second") / "mark").exists()
    assert made.read_bytes() == before


def test_an_archive_that_reaches_out_of_its_folder_stays_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed with our key, and still: what unpacks it would not let it write elsewhere."""
    monkeypatch.setenv("MEMCODER_MEMORY_KEY", "long enough to be a key")
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    keep(tmp_path / FILE, folder, WHOSE)
    with pytest.raises(tarfile.FilterError):
        restore(tmp_path / FILE, tmp_path / "made", WHOSE)
    assert not (tmp_path / "made").exists()


def test_a_cache_is_written_whole_or_not_at_all(
    stage: Stage, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = made.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space"):
        keep(made, tmp_path / "first" / "store", WHOSE)
    assert made.read_bytes() == before
    assert [path.name for path in made.parent.iterdir()] == [FILE]


def test_a_header_says_whose_it_is_and_holds_no_key(made: Path) -> None:
    header = json.loads(io.BytesIO(made.read_bytes()).readline())
    assert header["whose"] == WHOSE
    assert set(header) == {"whose", "signature"}


def test_a_store_that_is_there_is_left_alone(stage: Stage, made: Path, tmp_path: Path) -> None:
    mined = explained(stage, tmp_path, "first")
    (mined / "mark").unlink()
    assert not (explained(stage, tmp_path, "first") / "mark").exists()


def test_what_is_no_cache_raises(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{}\n")
    with pytest.raises(UsageError, match="no cache"):
        restore(tmp_path / FILE, tmp_path / "made", WHOSE)
