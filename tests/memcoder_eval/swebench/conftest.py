"""An instance whose project needs Python alone, and images in which it is graded without any download."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from memcoder_eval.dataset import Instance, load
from memcoder_eval.swebench.images import LIMITS

from memcoder import connect, labels
from tests.helpers import GitRepo

CANARY = "canary-of-a-later-commit"
CHECK = """\
import sys
sys.path.insert(0, "src")
from app import double
for name, value, expected in CASES:
    print("PASSED" if double(value) == expected else "FAILED", f"tests/check.py::{name}")
"""
ACTIVATE = "mkdir -p /opt/venv/bin /opt/miniconda3/bin /repository && touch /opt/venv/bin/activate"

PUBLISHED = """set -e
chown -R 0:0 /testbed && echo 3 > /testbed/built
echo 'conda() { :; }' > /opt/miniconda3/bin/activate
python3 -m venv --without-pip /opt/miniconda3/envs/testbed
echo /testbed/src > "$(echo /opt/miniconda3/envs/testbed/lib/python3*/site-packages)/app.pth"
"""
"""What a publisher leaves: a file that building made, an environment of its own, the project installed editably."""


def check(cases: str) -> str:
    """A test file that prints its outcomes as pytest does."""
    return f"CASES = {cases}\n{CHECK}"


@pytest.fixture
def project(tmp_path: Path) -> GitRepo:
    """The clone of owner/app: a past, the base commit (tagged `base`), and the fix after it."""
    made = GitRepo(tmp_path / "clones" / "owner__app")
    made.commit("Old", {"old.txt": str(os.getpid())})  # commits, and so images, that no other process has
    files = {"src/app.py": "def double(n):\n    return n + 2\n", "tests/check.py": check("[('two', 2, 4)]")}
    made.commit("Add double", files | {".gitignore": "built\n"})
    made.git("tag", "base")
    made.commit("Multiply", {"src/app.py": "def double(n):\n    return n * 2\n", "later.txt": CANARY})
    return made


@pytest.fixture
def row(project: GitRepo) -> dict[str, Any]:
    """The record of the fix, as published before swebench 5."""
    base = project.git("rev-parse", "base")
    project.git("checkout", "--quiet", "base")
    project.write({"tests/check.py": check("[('two', 2, 4), ('five', 5, 10)]")})
    tests = project.git("diff") + "\n"
    project.git("checkout", "--quiet", "--force", "-")
    return {
        "instance_id": "owner__app-7",
        "repo": "owner/app",
        "base_commit": base,
        "problem_statement": "double(5) gives 7",
        "patch": project.git("diff", "base", "HEAD", "--", "src") + "\n",
        "test_patch": tests,
        "version": "1.0",
        "FAIL_TO_PASS": '["tests/check.py::five"]',
        "PASS_TO_PASS": '["tests/check.py::two"]',
    }


@pytest.fixture
def instance(row: dict[str, Any], tmp_path: Path) -> Instance:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row) + "\n")
    return load(file)[0]


@pytest.fixture
def image(project: GitRepo) -> Iterator[Callable[[bool], str]]:
    """Makes an image on a local base: the environment alone, or with the whole repository in /testbed."""
    client, made = connect(), []

    def make(whole: bool) -> str:
        tag = f"memcoder-test-swebench:{'whole' if whole else 'bare'}-{os.getpid()}"
        base = next(tag for one in client.images.list(name="memcoder-base") for tag in one.tags)
        container = client.containers.create(base, labels=labels(), **LIMITS)
        try:
            container.start()
            assert container.exec_run(["sh", "-c", ACTIVATE]).exit_code == 0
            if whole:
                _put(container, project)
            container.commit(*tag.split(":"))
        finally:
            container.remove(force=True)
        made.append(tag)
        return tag

    yield make
    for tag in made:
        client.images.remove(tag, force=True)
    client.close()


def _put(container: Any, project: GitRepo) -> None:
    """The whole repository, fix included, with a file that building left; a shim as official images have."""
    import io
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(project.path, arcname="testbed")
    container.put_archive("/", buffer.getvalue())
    assert container.exec_run(["sh", "-c", PUBLISHED]).exit_code == 0
