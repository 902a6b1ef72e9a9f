"""The same promises, kept by both kinds of sandbox."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.errors import UsageError
from memcoder.sandbox.base import Sandbox
from memcoder.sandbox.door import prepare
from tests.helpers import GitRepo

SETTINGS = Settings(output_limit=2000, command_timeout=20.0)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    made = GitRepo(tmp_path_factory.mktemp("sandbox") / "repo")
    base = made.commit("One", {"app.py": "x = 1\n", "data/a b.txt": "one\n"})
    made.git("tag", "--annotate", "--message=secret notes", "v1")
    made.git("tag", "--annotate", "--message=of a tag", "v1-again", "v1")
    made.git("tag", "tree", "HEAD^{tree}")
    made.commit("Two, of the future", {"secret.txt": "later\n"})
    made.git("tag", "future")
    return made.path, base


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest, repo: tuple[Path, str]) -> Iterator[Sandbox]:
    settings = SETTINGS.model_copy(update={"sandbox": request.param})
    with prepare(*repo, settings).start() as opened:
        yield opened


def test_directory_and_environment_are_kept_between_commands(sandbox: Sandbox) -> None:
    assert sandbox.run("cd data && export WHO=me").exit_code == 0
    result = sandbox.run("basename $PWD; echo $WHO")
    assert result.output.split() == ["data", "me"]


def test_exit_codes_quotes_and_what_ends_the_shell(sandbox: Sandbox) -> None:
    assert sandbox.run("false").exit_code == 1
    assert sandbox.run("exit 7").exit_code == 7
    assert sandbox.run("echo \"it's $((1 + 1))\"; cat <<'END'\n) \"quoted\nEND").output.strip() == "it's 2\n) \"quoted"
    assert sandbox.run("echo 'open").exit_code != 0
    assert sandbox.run("kill -9 $$").exit_code != 0
    assert sandbox.run("echo alive").output.strip() == "alive"


def test_a_command_that_never_ends_is_killed_with_all_it_started(sandbox: Sandbox) -> None:
    long = f"300.{os.getpid()}"  # a local sandbox sees the processes of others, too
    result = sandbox.run(f"sleep {long} & while :; do :; done", timeout=1)
    assert (result.timed_out, result.exit_code) == (True, 124)
    left = sandbox.run(f"ps -eo args 2>/dev/null | grep -c '[s]leep {long}' || true")
    assert left.output.split()[-1:] in ([], ["0"])


def test_endless_output_is_cut_in_the_middle(sandbox: Sandbox) -> None:
    result = sandbox.run("echo first; yes | head -c 3000000; echo last")
    assert result.output.startswith("first")
    assert result.output.rstrip().endswith("last")
    assert len(result.output) < 3000
    assert "left out" in result.output


def test_a_flood_of_output_is_stopped_and_the_sandbox_lives_on(sandbox: Sandbox) -> None:
    result = sandbox.run("yes")
    assert (result.exit_code, result.timed_out) == (137, False)
    assert len(result.output) < 3000
    assert sandbox.run("echo alive").output.strip() == "alive"


def test_output_is_ours_again_after_a_command_that_redirected_it(sandbox: Sandbox) -> None:
    assert sandbox.run("exec >/dev/null; echo lost").exit_code == 0
    assert sandbox.run("echo seen").output.strip() == "seen"


def test_what_an_attempt_does_to_its_shell_does_not_disturb_memcoder(sandbox: Sandbox) -> None:
    sandbox.run("git() { echo mine; }; export PATH=/nowhere; set -o noclobber; cd data")
    sandbox.write("app.py", b"x = 2\n")
    assert "+x = 2" in sandbox.diff()
    sandbox.reset()
    assert sandbox.read("app.py") == b"x = 1\n"


def test_a_change_of_equal_size_within_the_same_second_is_in_the_diff(sandbox: Sandbox) -> None:
    for value in range(2, 6):
        sandbox.write("app.py", f"x = {value}\n".encode())
        assert f"+x = {value}" in sandbox.diff()


def test_a_lock_that_a_killed_git_left_does_not_stop_a_reset(sandbox: Sandbox) -> None:
    sandbox.run("touch .git/index.lock; mkdir d; touch d/f; chmod 500 d; echo y > app.py")
    sandbox.reset()
    assert sandbox.diff() == ""
    assert sandbox.run("ls").output.split() == ["app.py", "data"]


@pytest.mark.parametrize("ruin", ["rm -rf .git; ln -s / .git", "rm -r .git/objects; chmod 500 .git"])
def test_an_attempt_that_ruins_git_has_a_diff_and_a_reset_all_the_same(sandbox: Sandbox, ruin: str) -> None:
    sandbox.run(f"echo x = 2 > app.py; {ruin}")
    assert sandbox.run("git diff --exit-code main").exit_code > 1, "the control: an ordinary git can do no more"
    assert "+x = 2" in sandbox.diff()
    sandbox.run(ruin)
    sandbox.reset()
    assert sandbox.diff() == ""


def test_hooks_configuration_and_staged_changes_do_not_change_the_diff(sandbox: Sandbox) -> None:
    sandbox.run("mkdir -p .git/hooks; cd .git/hooks; printf '#!/bin/sh\\necho bad > hooked\\n' > post-index-change")
    sandbox.run("chmod +x post-index-change; cd ../..; git config diff.external true; git config diff.noprefix true")
    sandbox.run("echo x = 2 > app.py; git add app.py; git commit -qm own; rm -f hooked; echo x = 3 > app.py")
    assert sandbox.diff().endswith("--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-x = 1\n+x = 3\n")
    assert "hooked" not in sandbox.run("ls").output
    sandbox.run("git status")  # the control: an ordinary git runs the hook
    assert "hooked" in sandbox.run("touch app.py; git add app.py; ls").output


def test_only_ancestors_of_the_base_commit_are_there(sandbox: Sandbox) -> None:
    assert "secret.txt" not in sandbox.run("ls -a").output
    assert "future" not in sandbox.run("git log --all --oneline; git tag; git reflog; git remote -v").output


def test_tags_of_the_past_are_there_by_name_alone(sandbox: Sandbox) -> None:
    assert sandbox.run("git describe --tags; git cat-file -t v1; git tag").output.split()[:3] == ["v1", "commit", "v1"]
    assert "tree" not in sandbox.run("git tag").output
    everything = sandbox.run("git cat-file --batch-all-objects --batch").output
    assert "One" in everything
    assert "secret" not in everything


def test_files_diff_reset_and_apply(sandbox: Sandbox) -> None:
    sandbox.write("app.py", b"x = 2\n")
    sandbox.write("new/deep.bin", bytes(range(256)))
    sandbox.write("data/a b.txt", b"two\n")
    diff = sandbox.diff()
    assert sandbox.read("new/deep.bin") == bytes(range(256))
    sandbox.reset()
    assert sandbox.diff() == ""
    assert sandbox.apply(diff)
    assert sandbox.diff() == diff
    assert not sandbox.apply(diff)


@pytest.mark.parametrize("path", ["../out.txt", "/tmp/out.txt", ".git/hooks/pre-commit"])
def test_paths_that_lead_out_are_refused(sandbox: Sandbox, path: str) -> None:
    with pytest.raises(UsageError):
        sandbox.write(path, b"x")
    with pytest.raises(UsageError):
        sandbox.read(path)


def test_links_that_lead_out_are_not_followed(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.run("ln -s /etc/passwd file; ln -s /tmp folder; ln -s .git/config inner; ln -s app.py fine")
    for path in ("file", "folder/x", "inner", "data/../../x"):
        with pytest.raises(UsageError):
            sandbox.read(path)
        with pytest.raises(UsageError):
            sandbox.write(path, b"x")
    # the control: a link that stays inside, and the same link read without the check
    assert sandbox.read("fine") == b"x = 1\n"
    assert "root" in sandbox.run("cat file").output


def test_a_symlink_in_the_patch_is_refused(sandbox: Sandbox) -> None:
    sandbox.run("ln -s /etc/passwd link")
    with pytest.raises(UsageError, match="symlink"):
        sandbox.diff()


def test_the_user_s_environment_does_not_come_in(repo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "decoy-key")
    with prepare(*repo, SETTINGS.model_copy(update={"sandbox": "local"})).start() as opened:
        assert "decoy-key" not in opened.run("env").output


def test_what_runs_in_the_background_ends_with_the_sandbox(repo: tuple[Path, str]) -> None:
    with prepare(*repo, SETTINGS.model_copy(update={"sandbox": "local"})).start() as opened:
        process = int(opened.run("sleep 300 >/dev/null & echo $!").output)
        os.kill(process, 0)  # the control: it runs on after its command
    for _ in range(50):
        if not _runs(process):
            return
        time.sleep(0.1)
    raise AssertionError("it still runs")


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and ") Z " in state.read_text())


def test_nothing_is_left_of_a_closed_local_sandbox(repo: tuple[Path, str]) -> None:
    with prepare(*repo, SETTINGS.model_copy(update={"sandbox": "local"})).start() as opened:
        folder = Path(opened.workdir)
        assert folder.is_dir()
    assert not folder.parent.exists()
