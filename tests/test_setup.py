"""scripts/setup and scripts/engine-up, with a Python, an `id` and package managers that only play their parts."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"
PYTHON = """\
#!/bin/sh
case "$*" in
  "-m pip --version") exit 0 ;;
  "-m pip install"*) echo installed >>installed; exit 0 ;;
  *libgomp*) [ -e libgomp ] ;;
  *) exit 1 ;;
esac
"""


def stub(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a .venv, and `bin` for PATH: a Debian user who is not root and has no sudo."""
    stub(tmp_path / ".venv" / "bin" / "python", PYTHON)
    (tmp_path / "pyproject.toml").write_text("")
    stub(tmp_path / "bin" / "uname", "#!/bin/sh\necho Linux\n")
    stub(tmp_path / "bin" / "id", "#!/bin/sh\necho 1000\n")
    stub(tmp_path / "bin" / "apt-get", "#!/bin/sh\nexit 100\n")
    for name in ("cat", "cksum", "cut", "rm", "sleep", "tail", "tr"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    return tmp_path


def setup(checkout: Path, *extras: str) -> subprocess.CompletedProcess[str]:
    return run(checkout, "/bin/sh", str(SCRIPTS / "setup"), *extras)


def run(checkout: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(checkout / "bin"), "HOME": str(checkout)}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("present", "line"),
    [
        ((), "su -c 'apt-get install -y libgomp1'"),
        (("sudo",), "sudo apt-get install -y libgomp1"),
    ],
)
def test_a_missing_libgomp_is_named_before_anything_is_downloaded(
    checkout: Path, present: tuple[str, ...], line: str
) -> None:
    for name in present:
        stub(checkout / "bin" / name, "#!/bin/sh\n")
    done = setup(checkout, "local", "dev")
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == f"setup:   {line}"
    assert not (checkout / "installed").exists()


def test_root_gets_it_installed(checkout: Path) -> None:
    stub(checkout / "bin" / "id", "#!/bin/sh\necho 0\n")
    stub(checkout / "bin" / "apt-get", '#!/bin/sh\necho "$*" >>asked\n')
    assert setup(checkout, "local").returncode == 0
    assert "install -y -qq --no-install-recommends libgomp1" in (checkout / "asked").read_text()


def test_only_the_embedded_model_needs_it(checkout: Path) -> None:
    assert setup(checkout, "dev").returncode == 0


def test_it_installs_once_until_pyproject_changes(checkout: Path) -> None:
    (checkout / "libgomp").touch()
    installed = checkout / "installed"
    # memcoder can be imported once it is installed
    stub(
        checkout / ".venv" / "bin" / "python",
        PYTHON.replace("*) exit 1", '"-c import memcoder") exit 0 ;;\n  *) exit 1'),
    )
    for _ in range(2):
        assert setup(checkout, "local", "dev").returncode == 0
    assert installed.read_text().count("installed") == 1
    (checkout / "pyproject.toml").write_text("changed\n")
    assert setup(checkout, "local").returncode == 0
    assert installed.read_text().count("installed") == 2


@pytest.mark.parametrize(("has_sudo", "how"), [(False, "su -c 'scripts/engine-up bookworm'"), (True, "sudo scripts/")])
def test_an_engine_is_for_root_to_make(checkout: Path, has_sudo: bool, how: str) -> None:
    if has_sudo:
        stub(checkout / "bin" / "sudo", "#!/bin/sh\n")
    done = run(checkout, shutil.which("bash") or "bash", str(SCRIPTS / "engine-up"))
    assert done.returncode == 3
    assert f"no Docker engine answers, and only root can change that: {how}" in done.stderr
