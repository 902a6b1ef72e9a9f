"""Attempts in a published image: its environment is there, and of its repository nothing but what was built."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from memcoder_eval.dataset import Instance
from memcoder_eval.swebench.images import LIMITS
from memcoder_eval.swebench.official import environment_of

from memcoder import Settings, connect, prepare
from tests.helpers import GitRepo
from tests.memcoder_eval.swebench.conftest import CANARY

Run = Callable[[str], str]
SEARCH = f"""
cd /testbed; git log --all --format=%s; git cat-file --batch-all-objects --batch | grep -a -c {CANARY}
grep -r {CANARY} /repository/ /testbed/ /opt/memcoder /tmp /home 2>/dev/null | head -n 5
"""


@pytest.fixture
def named(instance: Instance, image: Callable[[bool], str]) -> Instance:
    return replace(instance, row={**instance.row, "image": image(True)})


@pytest.fixture
def attempt(named: Instance, project: GitRepo) -> Iterator[Run]:
    """Runs a command as an agent does."""
    settings = environment_of(named, Settings(), print)
    environment = prepare(project.path, named.question.base_commit, settings, print)
    client = connect()
    try:
        with environment.start() as sandbox:
            yield lambda command: sandbox.run(command).output
    finally:
        for one in client.images.list(name="memcoder-repository"):
            if named.question.base_commit in str(one.labels):
                client.images.remove(one.id, force=True)
        client.close()


def test_what_the_publisher_installed_is_used(attempt: Run) -> None:
    found = attempt("(cd / && python -c 'import app, os; print(os.path.realpath(app.__file__), app.double(5))')")
    assert found.strip() == "/repository/src/app.py 7"
    assert attempt("readlink -f $(command -v python | xargs dirname)").strip() == "/opt/miniconda3/envs/testbed/bin"
    assert attempt("cat built; git status --porcelain").strip() == "3"


def test_no_later_commit_is_in_it(named: Instance, attempt: Run) -> None:
    """With the control that the image itself tells."""
    client = connect()
    container = client.containers.create(named.row["image"], **LIMITS)
    try:
        container.start()
        assert CANARY in container.exec_run(["sh", "-c", SEARCH]).output.decode()
    finally:
        container.remove(force=True)
        client.close()
    assert attempt(SEARCH).split() == ["Add", "double", "Old", "0"]


def test_a_record_whose_image_cannot_be_had_is_built_by_recipe(named: Instance) -> None:
    elsewhere = replace(named, row={**named.row, "image": "localhost:9/nobody/nothing:1"})
    said: list[str] = []
    assert environment_of(elsewhere, Settings(), said.append) == Settings()
    assert "cannot be pulled" in said[0]
