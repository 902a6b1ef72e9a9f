"""What the container keeps out: each attack beside a control in which the same attack succeeds."""

import os
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.records import CommandResult
from memcoder.sandbox.base import Sandbox
from memcoder.sandbox.door import prepare
from tests.helpers import GitRepo

pytestmark = pytest.mark.docker
MEMORY = "python3 -c \"b = bytearray(300 << 20); print('held', len(b) >> 20)\""
FORKS = "for n in $(seq 40); do sleep 2 & done; jobs -p | wc -l"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    made = GitRepo(tmp_path_factory.mktemp("docker") / "repo")
    return made.path, made.commit("One", {"app.py": "x = 1\n"})


def run(repo: tuple[Path, str], command: str, **limits: object) -> CommandResult:
    with prepare(*repo, Settings.model_validate({"command_timeout": 30.0, **limits})).start() as sandbox:
        return sandbox.run(command)


def test_memory_is_limited(repo: tuple[Path, str]) -> None:
    assert "held 300" not in run(repo, MEMORY, memory_mb=200).output
    assert "held 300" in run(repo, MEMORY, memory_mb=1000).output


def test_processes_are_limited(repo: tuple[Path, str]) -> None:
    assert "40" not in run(repo, FORKS, processes=20).output.split()
    assert "40" in run(repo, FORKS, processes=200).output.split()


def test_there_is_no_network_unless_asked_for(repo: tuple[Path, str]) -> None:
    assert run(repo, "cat /proc/net/dev | grep -c eth0").output.strip() == "0"
    assert run(repo, "cat /proc/net/dev | grep -c eth0", network=True).output.strip() == "1"


def test_an_attempt_is_not_root_and_cannot_become_it(repo: tuple[Path, str]) -> None:
    result = run(repo, "id -u; grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status; touch /etc/x")
    user, _, capabilities, _, no_new = result.output.split()[:5]
    assert (user, int(capabilities, 16), no_new) == ("1000", 0, "1")
    assert "Permission denied" in result.output or "Read-only file system" in result.output


def test_the_engine_and_the_host_s_files_are_not_there(repo: tuple[Path, str]) -> None:
    assert "No such file" in run(repo, f"ls /var/run/docker.sock {repo[0]}").output


def test_no_container_is_left(repo: tuple[Path, str]) -> None:
    import docker

    client = docker.from_env()
    owner = f":{os.getpid()}"
    mine = [
        c
        for c in client.containers.list(all=True, filters={"label": "memcoder"})
        if c.labels["memcoder.owner"].endswith(owner)
    ]
    client.close()
    assert mine == []


def test_an_image_without_git_and_patch_gets_them(repo: tuple[Path, str]) -> None:
    bare = os.environ.get("MEMCODER_BARE_IMAGE")
    if not bare:
        pytest.skip("MEMCODER_BARE_IMAGE names no image")

    def check(sandbox: Sandbox) -> None:
        sandbox.write("app.py", b"x = 2\n")
        assert "+x = 2" in sandbox.diff()

    with prepare(*repo, Settings(base_image=bare)).start() as sandbox:
        check(sandbox)
