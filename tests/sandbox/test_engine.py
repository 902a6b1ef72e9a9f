from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.errors import FaultError, MissingError
from memcoder.sandbox.door import prepare
from memcoder.sandbox.engine import _explain, connect
from tests.helpers import GitRepo


def test_no_engine_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'none.sock'}")
    with pytest.raises(MissingError, match="no Docker engine answers") as caught:
        connect()
    assert "engine-up" in caught.value.hint


def test_no_permission_is_another_message() -> None:
    said = "Error while fetching server API version: ('Connection aborted.', PermissionError(13, 'Permission denied'))"
    error = _explain(said)
    assert isinstance(error, MissingError)
    assert "no permission" in error.message
    assert "docker group" in error.hint or "-aG docker" in error.hint


def test_a_broken_clone_is_a_fault_that_names_the_commit(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    made.commit("One", {"a.txt": "1\n"})
    with (
        pytest.raises(FaultError, match="cannot copy commit"),
        prepare(made.path, "1" * 40, Settings(sandbox="local")).start(),
    ):
        pass


def test_a_shallow_clone_works_with_the_ancestors_that_it_has(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    for number in range(3):
        made.commit(f"Number {number}", {"a.txt": f"{number}\n"})
    made.git("clone", "--quiet", "--depth=2", f"file://{made.path}", str(tmp_path / "shallow"))
    head = made.git("rev-parse", "HEAD")
    with prepare(tmp_path / "shallow", head, Settings(sandbox="local")).start() as sandbox:
        assert sandbox.run("git log --format=%s").output.split("\n")[:2] == ["Number 2", "Number 1"]


@pytest.mark.docker
def test_a_base_image_that_nobody_has_is_missing(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    head = made.commit("One", {"a.txt": "1\n"})
    with pytest.raises(MissingError, match="no base image"):
        prepare(made.path, head, Settings(base_image="localhost:1/none/such:image"))


@pytest.mark.docker
def test_a_recipe_that_fails_says_where(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    head = made.commit("One", {"a.txt": "1\n"})
    settings = Settings.model_validate({"recipe": {"install": ["echo because; exit 3"], "network": False}})
    with pytest.raises(FaultError, match="because") as caught:
        prepare(made.path, head, settings)
    assert "recipe" in caught.value.hint


@pytest.mark.docker
def test_what_a_recipe_installs_is_there_and_survives_a_reset(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    head = made.commit("One", {"a.txt": "1\n"})
    settings = Settings.model_validate({"recipe": {"install": ["cp a.txt /opt/venv/made"], "network": False}})
    with prepare(made.path, head, settings).start() as sandbox:
        sandbox.reset()
        assert sandbox.run("cat /opt/venv/made").output == "1\n"
