import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from memcoder.cli.env import command
from memcoder.cli.main import cli
from memcoder.errors import MissingError
from tests.helpers import GitRepo


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("One", {"app.py": "x = 1\n", "unique.txt": tmp_path.name + str(os.getpid())})
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["env", *arguments], catch_exceptions=False)


def test_each_subcommand_shows_an_example() -> None:
    for name in command.commands:
        assert "memcoder env" in run(name, "--help").output


def test_without_an_engine_it_says_how_to_get_one(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{repo.path / 'none.sock'}")
    for name in command.commands:
        with pytest.raises(MissingError, match="no Docker engine answers"):
            run(name, str(repo.path))


@pytest.mark.docker
def test_build_show_and_prune_a_repository(repo: GitRepo) -> None:
    path = str(repo.path)
    before = json.loads(run("show", path, "--json").stdout)
    assert before["layers"][2]["present"] is False
    assert "not here" in run("show", path).stdout
    built = json.loads(run("build", path, "--json").stdout)
    assert [layer["layer"] for layer in built["layers"]] == ["base", "environment", "repository"]
    assert all(layer["present"] and layer["bytes"] >= 0 for layer in built["layers"])
    assert built["base_commit"] == repo.git("rev-parse", "HEAD")
    assert "just now" in run("show", path).stdout
    said = run("prune", path, "--older-than", "0").stdout
    assert "1 images" in said
    assert "--yes does it" in said
    done = json.loads(run("prune", path, "--older-than", "0", "--yes", "--json").stdout)
    assert (done["applied"], done["removed"], done["images"][0]["layer"]) == (True, 1, "repository")
    assert json.loads(run("show", path, "--json").stdout)["layers"][2]["present"] is False
