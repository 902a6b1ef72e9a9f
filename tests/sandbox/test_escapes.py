"""Attempts to get out of the container, each beside a control: the same attempt succeeds once one defence is off.

What is found in a control is a decoy that the test has put there. Limits on memory, processes, disk and output have
their attacks and controls in test_docker.py and test_disk.py.
"""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from memcoder.config import Settings
from memcoder.errors import UsageError
from memcoder.records import CommandResult
from memcoder.sandbox import docker, shared, shell
from memcoder.sandbox.container import container_options
from memcoder.sandbox.door import prepare
from tests.helpers import GitRepo

pytestmark = pytest.mark.docker
Change = Callable[..., None]
"""Makes containers with some options of the engine other than memcoder's own."""
SOCKETS = "/var/run/docker.sock"
ASK_ENGINE = f"""python3 - <<'END'
import socket
for path in ("{SOCKETS}", "/run/docker.sock"):
    try:
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(path)
            engine.sendall(b"GET /version HTTP/1.0\\r\\n\\r\\n")
            print("the engine says", engine.recv(100))
            break
    except OSError as error:
        print(path, error)
END"""
LINK = (
    "diff --git a/way b/way\nnew file mode 120000\n--- /dev/null\n+++ b/way\n"
    "@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n"
)
LEADING_OUT = "diff --git a/{0} b/{0}\nnew file mode 100644\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+planted\n"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    made = GitRepo(tmp_path_factory.mktemp("escapes") / "repo")
    return made.path, made.commit("One", {"app.py": "x = 1\n"})


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Change:
    def make(**options: Any) -> None:
        monkeypatch.setattr(docker, "container_options", lambda *given: container_options(*given) | options)

    return make


def run(repo: tuple[Path, str], command: str, **settings: Any) -> CommandResult:
    with prepare(*repo, Settings.model_validate(settings)).start() as sandbox:
        return sandbox.run(command, timeout=30)


@pytest.fixture
def decoy_engine(tmp_path: Path) -> Iterator[Path]:
    """A socket that answers as an engine would, and can do nothing."""
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen()
        threading.Thread(target=_answer, args=(listener,), daemon=True).start()
        yield path


def _answer(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"decoy-engine")


@pytest.mark.skipif(sys.platform != "linux", reason="needs an engine on this very machine")
def test_the_engine_s_socket_is_not_there(repo: tuple[Path, str], change: Change, decoy_engine: Path) -> None:
    assert "the engine says" not in run(repo, ASK_ENGINE).output
    change(volumes={str(decoy_engine): {"bind": SOCKETS, "mode": "rw"}})
    assert "the engine says b'decoy-engine'" in run(repo, ASK_ENGINE).output


@pytest.mark.skipif(sys.platform != "linux", reason="needs an engine on this very machine")
def test_files_of_the_host_are_not_there(repo: tuple[Path, str], change: Change, tmp_path: Path) -> None:
    folder = tmp_path / "decoys"
    folder.mkdir(mode=0o755)
    (folder / "memcoder-decoy.txt").write_text("secret-of-the-host")
    look = f"cat {folder}/*; find / -name memcoder-decoy.txt -exec cat {{}} + 2>/dev/null; cat /proc/1/root{folder}/*"
    assert "secret-of-the-host" not in run(repo, look).output
    change(volumes={str(folder): {"bind": "/mnt", "mode": "ro"}})
    assert "secret-of-the-host" in run(repo, look).output


def test_our_environment_does_not_come_in(
    repo: tuple[Path, str], change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DECOY_API_KEY", "key-of-the-user")
    look = "env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'"
    assert "key-of-the-user" not in run(repo, look).output
    change(environment=["DECOY_API_KEY"])  # the name alone: the engine's client passes the value on
    assert "DECOY_API_KEY" not in run(repo, look).output
    change(environment={"DECOY_API_KEY": "key-of-the-user"})
    assert "key-of-the-user" in run(repo, look).output


def test_the_system_cannot_be_changed(repo: tuple[Path, str], change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil = "chown 0 app.py && echo owned; echo 127.0.0.1 pypi.org >> /etc/hosts && echo poisoned; id -u"
    said = run(repo, spoil).output
    assert "owned" not in said.split()
    assert "poisoned" not in said
    monkeypatch.setattr(docker, "USER", "0:0")
    change(cap_drop=None, security_opt=None, read_only=False)
    assert run(repo, spoil).output.split() == ["owned", "poisoned", "0"]


def test_endless_output_is_stopped(repo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    flood = "yes | head -c 3000000; echo came to its end"
    monkeypatch.setattr(shell, "FLOOD", 1_000_000)
    stopped = run(repo, flood, output_limit=1000)
    assert (stopped.exit_code, "printed too much" in stopped.output) == (137, True)
    monkeypatch.setattr(shell, "FLOOD", 10_000_000)
    ended = run(repo, flood, output_limit=1000)
    assert ended.output.endswith("came to its end\n")
    assert len(ended.output) < 1200, "what is kept is limited all the same"


def test_what_is_left_running_ends_with_its_sandbox_and_reaches_no_other(repo: tuple[Path, str]) -> None:
    tick = "setsid nohup sh -c 'while :; do date >> tick; date >> /tmp/tick; sleep 0.1; done' >/dev/null 2>&1 &"
    environment = prepare(*repo, Settings())
    with environment.start() as sandbox:
        sandbox.run(tick)
        first = sandbox.run("sleep 0.5; cat tick").output
        assert sandbox.run("sleep 0.5; cat tick").output not in ("", first), "the control: it runs on after its command"
        with environment.start() as other:
            assert other.run("sleep 0.5; cat tick /tmp/tick; ps -eo args | grep -c '[s]etsid\\|[t]ick'").exit_code == 1
        sandbox.run("while :; do :; done", timeout=1)
        second = sandbox.run("cat tick").output
        assert sandbox.run("sleep 0.5; cat tick").output == second, "a command that ran too long ends everything"
        sandbox.run(tick)
        container = sandbox.run("hostname").output.strip()
    assert not _listed(container)


def _listed(container: str) -> bool:
    import docker as engine

    client = engine.from_env()
    try:
        return any(found.id.startswith(container) for found in client.containers.list(all=True, ignore_removed=True))
    finally:
        client.close()


def test_a_link_in_a_patch_is_not_made(repo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    with prepare(*repo, Settings()).start() as sandbox:
        assert not sandbox.apply(LINK)
        assert sandbox.run("cat way").exit_code == 1
        sandbox.run("ln -s /etc/passwd way")
        with pytest.raises(UsageError, match="symlink"):
            sandbox.diff()
        sandbox.reset()
        monkeypatch.setattr(shared, "check_diff", lambda diff: diff.decode())
        assert sandbox.apply(LINK)
        assert "root:" in sandbox.run("cat way").output
        assert "120000" in sandbox.diff()


@pytest.mark.parametrize("path", ["../planted.txt", ".git/hooks/post-checkout", "nested/.git/hooks/post-checkout"])
def test_a_patch_that_leads_out_is_not_applied(repo: tuple[Path, str], path: str, tmp_path: Path) -> None:
    diff = LEADING_OUT.format(path)
    with prepare(*repo, Settings()).start() as sandbox:
        assert not sandbox.apply(diff)
        assert sandbox.run(f"cat {path}").exit_code == 1
    # the control: git, told not to mind, follows the path out of its folder
    inside = tmp_path / "inside"
    (inside / "nested").mkdir(parents=True)
    apply = ["git", "apply", "--unsafe-paths"] if ".git" not in path else ["patch", "-p1", "-s", "--follow-symlinks"]
    subprocess.run(apply, cwd=inside, input=diff.encode(), check=True)
    assert (inside / path).read_text() == "planted\n"


def test_a_hook_of_the_attempt_runs_for_nobody_but_the_attempt(repo: tuple[Path, str], tmp_path: Path) -> None:
    hook = "printf '#!/bin/sh\\ntouch /tmp/hooked\\n' > $at/$hook; chmod +x $at/$hook"
    plant = (
        "for at in .git/hooks .hooks nested/.git/hooks; do mkdir -p $at; "
        f"for hook in post-checkout post-index-change; do {hook}; done; done; "
        "git config core.hooksPath .hooks; echo x = 2 > app.py"
    )
    with prepare(*repo, Settings()).start() as sandbox:
        sandbox.run(plant)
        diff = sandbox.diff()
        sandbox.reset()
        assert sandbox.run("ls /tmp/hooked").exit_code == 2
        assert ".git/" not in diff
        with prepare(*repo, Settings()).start() as fresh:
            assert fresh.apply(diff), "what is left of it is a file as any other"
            assert fresh.run("git checkout -q --detach; ls /tmp/hooked").exit_code == 2
        sandbox.run(plant)
        assert sandbox.run("git checkout -q --detach; ls /tmp/hooked").exit_code == 0, "the control: it is a hook"
    assert not (repo[0] / ".git" / "hooks" / "post-checkout").exists()


def test_a_huge_file_is_neither_read_nor_made_a_patch(repo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    with prepare(*repo, Settings()).start() as sandbox:
        sandbox.run("head -c 3000000 /dev/urandom > data.bin")
        with monkeypatch.context() as lower:
            lower.setattr(shared, "DIFF_LIMIT", 1_000_000)
            lower.setattr(shared, "FILE_LIMIT", 1_000_000)
            with pytest.raises(UsageError, match="the patch has more than 1000000 bytes"):
                sandbox.diff()
            with pytest.raises(UsageError, match=r"data\.bin has more than 1000000 bytes"):
                sandbox.read("data.bin")
        assert len(sandbox.diff()) > 3_000_000
        assert len(sandbox.read("data.bin")) == 3_000_000
