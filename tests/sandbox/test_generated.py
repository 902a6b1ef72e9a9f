"""What installing writes into the work tree and git ignores is there in each attempt, untampered, and in no patch."""

import os
from collections.abc import Iterator

import pytest

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.sandbox.base import Sandbox, diff_paths
from memcoder.sandbox.docker import DockerEnvironment
from memcoder.sandbox.engine import connect
from memcoder.sandbox.images import find_layers
from memcoder.sandbox.layers import GENERATED
from tests.helpers import GitRepo

pytestmark = pytest.mark.docker
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "shop"
"""
BACKEND = """\
import pathlib, subprocess, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    version = subprocess.run(["git", "describe", "--tags"], capture_output=True, text=True, check=True).stdout.strip()
    for path in ("build/lib/stale.py", "shop/__pycache__/cache.pyc", "plain.txt", "ported.py", "shop/native.so"):
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(path).write_text("made")
    pathlib.Path("shop/_version.py").write_text(f"version = {version!r}\\n")
    name = "shop-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.writestr("shop.pth", "/repository\\n")
        wheel.writestr("shop-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: shop\\nVersion: 1.0\\n")
        wheel.writestr("shop-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("shop-1.0.dist-info/RECORD", "")
    return name
"""
IGNORED = "_version.py\n*.so\nbuild/\n__pycache__/\n"
FILES = {
    "pyproject.toml": PROJECT,
    "backend.py": BACKEND,
    "shop/__init__.py": "from shop._version import version\n",
    ".gitignore": f"{IGNORED}ported.py\n",
}
VERSION = "python -c 'import shop; print(shop.version)'"
TAMPER = "version = 'forged'"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    made = GitRepo(tmp_path_factory.mktemp("generated") / "repo")
    made.commit("One", {**FILES, "unique.txt": str(made.path) + str(os.getpid())})
    made.git("tag", "--annotate", "--message=of the future", "v7")
    made.commit("Two: what was generated is written by hand now", {"ported.py": "by = 'hand'\n", ".gitignore": IGNORED})
    return made


@pytest.fixture(scope="module")
def environments(repo: GitRepo) -> Iterator[list[DockerEnvironment]]:
    """The first commit and the second, which stand on one environment, built at the first."""
    commits = repo.git("rev-list", "--reverse", "HEAD").split()
    yield [DockerEnvironment.prepare(repo.path, commit, Settings(), print) for commit in commits]
    client = connect()
    layers = [find_layers(client, Repository.open(repo.path), commit, Settings()) for commit in commits]
    for tag in [*(str(one.repository) for one in layers), str(layers[0].environment)]:
        client.images.remove(tag)
    client.close()


@pytest.fixture
def sandbox(environments: list[DockerEnvironment]) -> Iterator[Sandbox]:
    with environments[0].start() as opened:
        yield opened


def test_an_attempt_starts_with_the_files_that_the_project_imports(sandbox: Sandbox) -> None:
    found = sandbox.run(f"{VERSION}; cat shop/native.so; ls -l shop/_version.py; ls; ls shop")
    assert found.output.startswith("v7\nmade-rw-r--r-- 1 1000 1000")
    # git does not ignore plain.txt, nobody imports from build, and a cache is of no use
    assert set(found.output.split()) & {"plain.txt", "build", "__pycache__", "ported.py"} == {"ported.py"}
    assert sandbox.diff() == ""


@pytest.mark.parametrize(
    "tamper",
    [
        f'echo "{TAMPER}" > shop/_version.py; echo > shop/left.so',
        "rm shop/_version.py; mkdir -p shop/_version.py/deep",
        "rm -r shop; ln -s /tmp shop",
        "rm -rf .git; ln -sf /etc/passwd shop/_version.py",
    ],
)
def test_a_reset_gives_them_back_as_they_were(sandbox: Sandbox, tamper: str) -> None:
    sandbox.run(tamper)
    assert sandbox.run(VERSION).output.strip() != "v7", "the control: it was tampered with"
    sandbox.reset()
    assert sandbox.run(f"{VERSION}; ls shop").output.split() == ["v7", "__init__.py", "_version.py", "native.so"]


def test_an_attempt_cannot_reach_what_a_reset_gives_back(sandbox: Sandbox) -> None:
    for suffix in ("tar", "list"):
        assert sandbox.run(f"echo x >> {GENERATED}.{suffix}").exit_code != 0
        assert sandbox.run(f"mv {GENERATED}.{suffix} /tmp").exit_code != 0
    sandbox.reset()
    assert sandbox.run(VERSION).output.strip() == "v7"


def test_no_patch_holds_them_whatever_it_does_to_gitignore(sandbox: Sandbox) -> None:
    sandbox.run(f'echo new.txt > .gitignore; echo "{TAMPER}" > shop/_version.py; touch other.so; git add --all --force')
    assert "_version.py" in sandbox.run("git diff --cached --stat main").output, "the control: an ordinary git has it"
    assert diff_paths(sandbox.diff()) == [".gitignore", "other.so"]


def test_a_commit_that_has_such_a_file_keeps_its_own(environments: list[DockerEnvironment]) -> None:
    with environments[1].start() as sandbox:
        assert sandbox.run(f"{VERSION}; cat ported.py").output == "v7\nby = 'hand'\n"
        sandbox.reset()
        assert sandbox.read("ported.py") == b"by = 'hand'\n"
        sandbox.write("ported.py", b"by = 'machine'\n")
        assert "+by = 'machine'" in sandbox.diff()
