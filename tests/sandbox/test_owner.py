import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.sandbox.door import prepare
from memcoder.sandbox.owner import is_dead, machine, own_folder, remove, remove_dead_folders
from tests.helpers import GitRepo


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def gone() -> int:
    """A process that is no more."""
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


def folder_of(process: int, machine: str = "") -> Path:
    """A folder as that process of this machine would have made it."""
    with own_folder() as own:
        prefix, here, _, _ = own.name.split("-")
    folder = own.with_name(f"{prefix}-{machine or here}-{process}-abc_123")
    (folder / "repository").mkdir(parents=True)
    return folder


def test_only_a_process_of_this_machine_that_is_no_more_is_dead(gone: int) -> None:
    here = machine()
    assert is_dead(here, str(gone))
    assert not is_dead(here, str(os.getpid()))
    assert not is_dead(here, "9" * 30)
    assert not is_dead(f"not-{here}", str(gone))
    assert not is_dead(here, "")


def test_a_container_of_the_same_name_is_another_machine(gone: int, monkeypatch: pytest.MonkeyPatch) -> None:
    here = machine()
    monkeypatch.setattr("memcoder.sandbox.owner.os.readlink", lambda path: "pid:[1]")
    assert machine() != here or not Path("/proc/self/ns/pid").is_symlink()
    assert is_dead(machine(), str(gone))
    assert not is_dead(here, str(gone)) or machine() == here, "its own processes have other numbers"


def test_folders_of_the_dead_go_and_all_others_stay(gone: int, tmp_path: Path) -> None:
    dead = folder_of(gone)
    nameless = dead.with_name("memcoder-x")
    nameless.mkdir()
    stay = [folder_of(os.getpid()), folder_of(gone, machine="0123abcd"), nameless]
    outside = tmp_path / "outside"
    outside.mkdir()
    (dead / "link").symlink_to(outside)
    remove_dead_folders()
    assert not dead.exists()
    assert all(folder.is_dir() for folder in (*stay, outside))


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux to tell whose a process is")
def test_what_a_dead_process_left_running_is_ended_at_the_next_start(tmp_path: Path, gone: int) -> None:
    made = GitRepo(tmp_path / "repo")
    head = made.commit("One", {"a.txt": "1\n"})
    folder = folder_of(gone)
    with subprocess.Popen(["sleep", "60"], env={"HOME": str(folder / "home")}, start_new_session=True) as left:
        time.sleep(0.05)  # until it is `sleep`
        prepare(made.path, head, Settings(sandbox="local"))
        assert left.wait(5) == -9
    assert not folder.exists()


def test_a_folder_is_removed_whatever_permissions_a_test_left_in_it() -> None:
    with own_folder() as folder:
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "deep" / "er" / "x").touch()
        (folder / "deep" / "er").chmod(0)
        (folder / "deep").chmod(0o500)
    assert not folder.exists()
    remove(folder)
