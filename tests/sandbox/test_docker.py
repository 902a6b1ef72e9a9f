"""What a container limits, each beside a control with a higher limit, and how containers come and go."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.errors import FaultError
from memcoder.records import CommandResult
from memcoder.sandbox import disk
from memcoder.sandbox.base import Sandbox
from memcoder.sandbox.door import prepare
from memcoder.sandbox.engine import remove_leftovers
from memcoder.sandbox.owner import machine
from tests.helpers import GitRepo

pytestmark = pytest.mark.docker
MEMORY = "python3 -c \"b = bytearray(300 << 20); print('held', len(b) >> 20)\""
FORKS = "for n in $(seq 40); do sleep 2 & done; jobs -p | wc -l"

CALL = """python3 - <<'END'
import socket, struct
routes = [line.split() for line in open("/proc/net/route").readlines()[1:]]
gates = [socket.inet_ntoa(struct.pack("<I", int(r[2], 16))) for r in routes if r[1] == "00000000"] or ["127.0.0.1"]
print(socket.create_connection((gates[0], {port}), timeout=5).recv(9))
END"""


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
    # What the kernel says, not a count: the shell tries a refused fork again, and on a busy machine some children
    # have ended by then.
    refused = "Resource temporarily unavailable"
    assert refused in run(repo, FORKS, processes=20).output
    roomy = run(repo, FORKS, processes=200).output
    assert refused not in roomy
    assert "40" in roomy.split()


def test_there_is_no_network_unless_asked_for(repo: tuple[Path, str]) -> None:
    assert run(repo, "cat /proc/net/dev | grep -c eth0").output.strip() == "0"
    assert run(repo, "cat /proc/net/dev | grep -c eth0", network=True).output.strip() == "1"


def test_a_listener_of_the_host_is_out_of_reach(repo: tuple[Path, str]) -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        threading.Thread(target=_greet, args=(listener,), daemon=True).start()
        call = CALL.format(port=listener.getsockname()[1])
        assert "hello" not in run(repo, call).output
        if sys.platform == "linux":  # elsewhere the engine lives in a machine of its own
            assert "hello" in run(repo, call, network=True).output


def _greet(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"hello")


def test_what_is_written_is_limited(repo: tuple[Path, str]) -> None:
    fill = "for n in 1 2 3; do head -c 60000000 /dev/zero > f$n || break; done; du -sm . | cut -f1"
    assert int(run(repo, fill, memory_mb=200).output.split()[-1]) <= 100
    assert int(run(repo, fill, memory_mb=1000).output.split()[-1]) >= 170


def test_a_fork_bomb_ends_with_its_command_and_the_container_lives_on(repo: tuple[Path, str]) -> None:
    with prepare(*repo, Settings(processes=40)).start() as sandbox:
        sandbox.write("kept.txt", b"kept")
        bomb = "f() { [ $1 -gt 0 ] && { f $(($1 - 1)) & f $(($1 - 1)) & sleep 60; }; }; f 9"  # at most 1023
        sandbox.run(bomb, timeout=3)
        assert sandbox.run("echo alive", timeout=10).output.strip().endswith("alive")


def test_an_attempt_is_not_root_and_cannot_become_it(repo: tuple[Path, str]) -> None:
    result = run(repo, "id -u; grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status; touch /etc/x")
    user, _, capabilities, _, no_new = result.output.split()[:5]
    assert (user, int(capabilities, 16), no_new) == ("1000", 0, "1")
    assert "Permission denied" in result.output or "Read-only file system" in result.output


def test_a_container_that_dies_in_mid_run_is_a_fault_that_says_so(repo: tuple[Path, str]) -> None:
    import docker

    client = docker.from_env()
    with prepare(*repo, Settings()).start() as sandbox:
        client.containers.get(sandbox.run("hostname").output.strip()).remove(force=True)
        with pytest.raises(FaultError, match="engine failed while"):
            sandbox.run("true")
    client.close()


def test_leftovers_of_a_dead_owner_go_and_those_of_a_living_one_stay(repo: tuple[Path, str]) -> None:
    import docker

    client = docker.from_env()
    gone = subprocess.Popen(["true"])
    gone.wait()
    names = {}
    with prepare(*repo, Settings()).start() as sandbox:
        image = client.containers.get(sandbox.run("hostname").output.strip()).image
        for process in (gone.pid, os.getpid()):
            labels = {"memcoder": "1", "memcoder.owner": f"{machine()}:{process}"}
            names[process] = client.containers.create(image, labels=labels).id
        remove_leftovers(client)
        left = {container.id for container in client.containers.list(all=True, filters={"label": "memcoder"})}
        client.containers.get(names[os.getpid()]).remove(force=True)
    client.close()
    assert names[gone.pid] not in left
    assert names[os.getpid()] in left


def test_the_second_start_on_a_commit_takes_less_than_two_seconds(repo: tuple[Path, str]) -> None:
    run(repo, "true")
    started = time.monotonic()
    run(repo, "true")
    assert time.monotonic() - started < 4  # 2 where nothing else runs


def test_no_ca_bundle_or_index_stays_in_the_image(repo: tuple[Path, str]) -> None:
    found = run(repo, "ls /etc/memcoder-ca.crt; env | grep -E 'PIP_|SSL_|_PROXY|_proxy|CA_BUNDLE|CA_CERTS|CAINFO'")
    assert "No such file" in found.output
    assert found.exit_code == 1


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """30 MB with its history: more than a quarter of what the tests allow."""
    made = GitRepo(tmp_path_factory.mktemp("large") / "repo")
    return made.path, made.commit("One", {"data.bin": os.urandom(15_000_000), "app.py": "x = 1\n"})


def test_a_repository_too_large_for_memory_lies_on_disk(large: tuple[Path, str]) -> None:
    with prepare(*large, Settings(memory_mb=64)).start() as sandbox:
        assert "/repository" not in sandbox.run("cat /proc/mounts").output
        sandbox.write("app.py", b"x = 2\n")
        assert "+x = 2" in sandbox.diff()
        sandbox.reset()
        assert sandbox.diff() == ""


def test_what_is_written_to_the_disk_is_limited_too(large: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "SECONDS", 0.2)
    fill = "for n in $(seq 14); do head -c 9000000 /dev/zero > f$n; sleep 0.2; done; echo full"
    with prepare(*large, Settings(memory_mb=64)).start() as sandbox:
        assert sandbox.run("echo quick").output == "quick\n"
        stopped = sandbox.run(fill)
        assert ("full" in stopped.output.split(), "lie on the disk" in stopped.output) == (False, True)
        sandbox.reset()
        assert sandbox.run("sleep 0.5; echo there is room again").output == "there is room again\n"
    with prepare(*large, Settings(memory_mb=110)).start() as sandbox:
        assert sandbox.run(fill).output == "full\n"


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
