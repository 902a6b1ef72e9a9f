"""Images are found again, built from what the project says, and removed when nothing will start from them."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.sandbox.door import prepare, prepare_environment
from memcoder.sandbox.engine import OWNER, connect, remove_leftovers
from memcoder.sandbox.images import find_layers, present, repository_image
from memcoder.sandbox.inventory import image_of
from memcoder.sandbox.layers import STANDS_ON
from memcoder.sandbox.owner import machine
from memcoder.sandbox.prune import Pruning, plan_pruning, remove
from memcoder.sandbox.report import describe
from tests.helpers import GitRepo

pytestmark = pytest.mark.docker
DOCKERFILE = """\
FROM debian:memcoder-test
ENV COLOUR="dark red"
WORKDIR /srv/app
ADD http://127.0.0.1:1/x /x
COPY . .
RUN echo $COLOUR > /opt/made && cp app.py /opt/copied
RUN echo because; exit 3
RUN touch /opt/never
"""


@pytest.fixture
def client() -> Iterator[Any]:
    engine = connect()
    yield engine
    engine.close()


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("One", {"app.py": "x = 1\n", "unique.txt": tmp_path.name + str(os.getpid())})
    made.commit("Two", {"app.py": "x = 2\n"})
    return made


def image(client: Any, repo: GitRepo) -> str:
    return repository_image(client, repo.path, repo.git("rev-parse", "HEAD"), Settings(), lambda line: None)


def pruning(client: Any, repo: GitRepo, settings: Settings | None = None, days: float | None = None) -> Pruning:
    """Only of this repository: other images on the engine are not the test's to judge."""
    return plan_pruning(client, lambda path: settings or Settings(), Repository.open(repo.path), days)


def test_an_image_goes_when_its_commit_is_gone_unless_somebody_needs_it(client: Any, repo: GitRepo) -> None:
    tag = image(client, repo)
    assert pruning(client, repo).candidates == ()
    repo.git("commit", "--amend", "--quiet", "--message=Other")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "--quiet", "--prune=now")
    container = client.containers.create(tag)
    try:
        assert (pruning(client, repo).candidates, pruning(client, repo).in_use) == ((), 1)
    finally:
        container.remove()
    client.images.get(tag).tag("memcoder-test-of-a-user", "1")
    try:
        wanted = pruning(client, repo)
        assert [(one.image.tag, "is gone" in one.reason) for one in wanted.candidates] == [(tag, True)]
        assert present(client, tag)  # planning changes nothing
        assert len(remove(client, wanted)) == 1
        assert not present(client, tag)
        assert present(client, "memcoder-test-of-a-user:1")
        assert pruning(client, repo).candidates == ()  # what a user named is not ours to remove
    finally:
        client.images.remove("memcoder-test-of-a-user:1")


def test_an_image_goes_when_the_recipe_is_another_or_it_is_old(client: Any, repo: GitRepo) -> None:
    tag = image(client, repo)
    other = Settings.model_validate({"recipe": {"install": ["true"]}})
    assert [one.reason for one in pruning(client, repo, other).candidates] == [
        "the manifests, the recipe or the base are others now"
    ]
    assert pruning(client, repo, days=1).candidates == ()
    assert [one.image.tag for one in pruning(client, repo, days=0).candidates] == [tag]
    before = image_of(client, tag).used
    image(client, repo)
    assert image_of(client, tag).used > before  # an attempt that starts from it keeps it
    remove(client, pruning(client, repo, days=0))


def test_an_environment_can_be_had_without_its_repository(client: Any, repo: GitRepo) -> None:
    """And the repository's image stands on the very same, when it is asked for."""
    head = repo.git("rev-parse", "HEAD")
    settings = Settings.model_validate({"recipe": {"install": ["true"]}})
    tag = prepare_environment(repo.path, head, settings)
    layers = find_layers(client, Repository.open(repo.path), head, settings)
    assert layers.environment == tag
    assert present(client, tag)
    assert not present(client, str(layers.repository))
    assert prepare_environment(repo.path, head, settings) == tag
    above = repository_image(client, repo.path, head, settings, lambda line: None)
    assert present(client, above).labels[STANDS_ON] == tag
    for name in (above, tag):
        client.images.remove(name)


def test_nameless_images_of_dead_runs_go_at_the_next_start(client: Any, repo: GitRepo) -> None:
    with subprocess.Popen(["true"]) as gone:
        pass
    made = {}
    tag = image(client, repo)
    container = client.containers.create(tag)
    for process in (gone.pid, os.getpid()):
        made[process] = container.commit(changes=f"LABEL {OWNER}={machine()}:{process}").id
    container.remove()
    remove_leftovers(client)
    assert not present(client, made[gone.pid])
    assert present(client, made[os.getpid()])
    assert present(client, tag)
    for name in (made[os.getpid()], tag):
        client.images.remove(name)


def test_a_dockerfile_is_replayed_on_its_base_without_the_engine_s_build(client: Any, repo: GitRepo) -> None:
    head = repo.commit("Three", {"Dockerfile": DOCKERFILE})
    source = Repository.open(repo.path)
    said: list[str] = []
    fallen_back = find_layers(client, source, head, Settings())
    assert fallen_back.plan.base is None
    assert "could not be pulled" in fallen_back.plan.notes[-1]
    client.images.get(fallen_back.base_name).tag("debian", "memcoder-test")
    try:
        with prepare(repo.path, head, Settings(), said.append).start() as sandbox:
            sandbox.reset()
            found = sandbox.run("cat /opt/made /opt/copied; echo $COLOUR; ls /opt/never /x; ls /srv/app/app.py")
        assert found.output.startswith("dark red\nx = 2\ndark red\n")
        assert found.output.count("No such file") == 2
        assert found.output.strip().endswith("/srv/app/app.py")
        notes = describe(client, source, head, Settings())["notes"]
        assert "left out ADD" in notes[0]
        assert "because" in notes[1]
        assert notes[1] in said
        tags = find_layers(client, source, head, Settings())
        for tag in (tags.repository, tags.environment):
            client.images.remove(tag)
    finally:
        client.images.remove("debian:memcoder-test")
