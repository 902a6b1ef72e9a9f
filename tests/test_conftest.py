"""The suite's own ground: what tests/conftest.py promises."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPING = 'import pytest\n\ndef test_it():\n    pytest.skip("{reason}")\n'


def test_home_and_settings_are_the_tests_own(isolated: Path) -> None:
    assert Path.home() == isolated
    assert os.environ["MEMCODER_HOME"].startswith(str(isolated))
    assert not [name for name in os.environ if name.endswith("_API_KEY")]


def test_outside_connections_are_refused() -> None:
    with socket.socket() as outside, pytest.raises(ConnectionRefusedError, match="offline"):
        outside.connect(("192.0.2.1", 80))


@pytest.mark.parametrize(
    ("reason", "ci", "code"),
    [("because", "0", 0), ("because", "1", 1), ("root may read any file", "1", 0)],
)
def test_unexpected_skips_fail_in_ci(tmp_path: Path, reason: str, ci: str, code: int) -> None:
    (tmp_path / "conftest.py").write_text(Path(__file__).with_name("conftest.py").read_text())
    (tmp_path / "test_skip.py").write_text(SKIPPING.format(reason=reason))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    result = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"MEMCODER_CI": ci}, capture_output=True, text=True, check=False
    )
    assert result.returncode == code, result.stdout


def test_docker_tests_without_an_engine_skip_or_fail(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(Path(__file__).with_name("conftest.py").read_text())
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = docker: x\n")
    (tmp_path / "test_d.py").write_text("import pytest\n\n@pytest.mark.docker\ndef test_it():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", str(tmp_path)]
    without = os.environ | {"DOCKER_HOST": "unix:///nowhere/docker.sock", "MEMCODER_CI": "0"}
    for required, code in (("0", 0), ("1", 1)):
        environment = without | {"MEMCODER_REQUIRE_DOCKER": required}
        result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == code, result.stdout
        assert "no Docker engine answers" in result.stdout
