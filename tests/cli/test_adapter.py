"""`memcoder adapter`: documents, texts and exit codes; what serves is a process of its own."""

import io
import json
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from memcoder.cli.common import run_command
from memcoder.cli.main import cli
from memcoder.models.adapters.registry import Registry
from memcoder.models.adapters.weights import base_sha256
from tests.helpers import serving
from tests.models.adapters.tiny import ALIAS, fake_adapter, make_gguf, manifest, weights_for


@dataclass
class Ran:
    returncode: int
    stdout: str
    stderr: str


def memcoder(*arguments: str) -> Ran:
    return ran("adapter", *arguments)


def ran(*arguments: str) -> Ran:
    """A command in this process: a new one for each would take most of the time."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["memcoder", *arguments])
        code = run_command(cli)
    return Ran(code, out.getvalue(), err.getvalue())


def document(*arguments: str, exit_code: int = 0) -> dict[str, Any]:
    """What `--json` prints: one document, and nothing else."""
    result = memcoder(*arguments, "--json")
    assert result.returncode == exit_code, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def kept(tmp_path: Path, content: str, **fields: object) -> str:
    return Registry.open().put(fake_adapter(tmp_path / content, content), manifest(**fields)).id


@pytest.mark.parametrize("name", ["list", "show", "promote", "rollback", "prune", "serve"])
def test_help_has_an_example(name: str) -> None:
    result = memcoder(name, "--help")
    assert result.returncode == 0
    assert f"memcoder adapter {name}" in result.stdout


def test_nothing_there_is_no_fault() -> None:
    assert document("list") == {"adapters": [], "aliases": {}, "broken": {}}
    assert "no adapters yet" in memcoder("list").stderr
    assert document("prune")["adapters"] == []


def test_promote_show_roll_back(tmp_path: Path) -> None:
    first = kept(tmp_path, "a", scores={"held_out": 0.8}, memories=("m1", "m2"))
    second = kept(tmp_path, "b", parent=first, round=2)
    assert document("promote", first[:6]) == {"alias": ALIAS, "promoted": first}
    assert document("promote", second)["promoted"] == second
    shown = document("show", ALIAS)
    assert (shown["adapter"]["id"], shown["promoted"], shown["history"]) == (second, True, [first, second])
    assert shown["serving"] == [
        f"not served: adapter {second} was trained on tiny, which memcoder does not bring along"
    ]
    text = memcoder("show", first).stdout
    assert "not promoted" in text
    assert "held_out 0.8" in text
    assert "made of 2 memories" in text
    rows = {row["id"]: row["promoted"] for row in document("list")["adapters"]}
    assert rows == {first: False, second: True}
    assert "accepted, promoted" in memcoder("list").stdout
    assert document("rollback", ALIAS)["promoted"] == first
    assert "the base alone" in memcoder("rollback", ALIAS).stdout
    again = memcoder("rollback", ALIAS)
    assert again.returncode == 2
    assert "nothing is promoted" in again.stderr


def test_rollback_finds_the_repository(tmp_path: Path) -> None:
    from memcoder.history.repository import Repository

    repository = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "first"], check=True, cwd=repository)
    name = kept(tmp_path, "a", repository=Repository.open(repository).key)
    document("promote", name)
    assert document("rollback", "--repo", str(repository))["promoted"] is None


def test_the_gates_refusal_holds_unless_forced(tmp_path: Path) -> None:
    name = kept(tmp_path, "a", verdict="refused", reasons=("it forgets \x1b[2J too much",))
    result = memcoder("promote", name)
    assert result.returncode == 2
    assert "too much" in result.stderr
    assert "\x1b" not in result.stderr
    assert document("promote", name, "--force")["promoted"] == name


def test_prune_says_first_and_keeps_what_is_promoted(tmp_path: Path) -> None:
    good, refused = kept(tmp_path, "a"), kept(tmp_path, "b", verdict="refused")
    document("promote", good)
    plan = document("prune")
    assert ([row["id"] for row in plan["adapters"]], plan["applied"], plan["removed"]) == ([refused], False, [])
    assert "--yes does it" in memcoder("prune").stdout
    assert document("prune", "--yes")["removed"] == [refused]
    assert [row["id"] for row in document("list")["adapters"]] == [good]
    assert "points at it" in memcoder("prune", good).stdout
    assert document("prune", good, "--yes")["removed"] == [good]
    assert document("list")["adapters"] == []


def test_an_altered_one_is_named_by_every_command(tmp_path: Path) -> None:
    name = kept(tmp_path, "a")
    path = Registry.open().folder / name / "manifest.json"
    path.write_text(path.read_text().replace("accepted", "refused"))
    assert list(document("list", exit_code=5)["broken"]) == [name]
    for command in ("show", "promote", "serve"):
        result = memcoder(command, name)
        assert result.returncode == 5
        assert name in result.stderr
        assert "prune" in result.stderr


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc", "", "aliases", "."])
def test_a_name_that_is_a_path_is_no_adapter(tmp_path: Path, name: str) -> None:
    kept(tmp_path, "a")
    for command in ("show", "promote", "serve", "prune"):
        assert memcoder(command, name).returncode == 2


def test_serve_answers_until_interrupted(tmp_path: Path) -> None:
    import httpx

    base = make_gguf(tmp_path / "base.gguf")
    made = weights_for(base, tmp_path / "made")
    name = Registry.open().put(made, manifest(base=base.name, base_sha256=base_sha256(base))).id
    missing = memcoder("serve", name)
    assert missing.returncode == 3
    assert "--base" in missing.stderr
    with serving("adapter", "serve", name, "--base", str(base)) as (child, found):
        assert (found["model"], found["notes"]) == (f"adapter:{name}", [])
        headers = {"Authorization": f"Bearer {found['api_key']}"}
        body = {"model": found["model"], "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 2}
        answer = httpx.post(f"{found['base_url']}/chat/completions", json=body, headers=headers, timeout=60)
        assert answer.json()["usage"]["completion_tokens"] <= 2
        assert httpx.post(f"{found['base_url']}/chat/completions", json=body, timeout=60).status_code == 401
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 130


def test_serve_for_vllm_prints_the_command_and_starts_nothing(tmp_path: Path) -> None:
    names = [kept(tmp_path, content) for content in "ab"]
    found = document("serve", *names, "--engine", "vllm", "--base", "/models/base")
    assert found["models"] == [f"adapter:{name}" for name in names]
    assert found["command"][:3] == ["vllm", "serve", "/models/base"]
    assert memcoder("serve", names[0], "--engine", "vllm", "--base", "a b").stdout.startswith("vllm serve 'a b' ")
    assert memcoder("serve", *names).returncode == 2
    assert memcoder("serve", names[0], "--engine", "vllm").returncode == 2


def test_doctor_knows_it(tmp_path: Path) -> None:
    base = make_gguf(tmp_path / "base.gguf")
    name = Registry.open().put(fake_adapter(tmp_path / "made"), manifest(base_sha256=base_sha256(base))).id

    def model_row(**variables: str) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:
            for key, value in variables.items():
                patch.setenv(key, value)
            rows = json.loads(ran("doctor", "--json").stdout)["checks"]
        return next(row for row in rows if row["name"] == "model")

    good = model_row(MEMCODER_MODEL=f"adapter:{name[:6]}", MEMCODER_MODEL_PATH=str(base))
    assert (good["ok"], good["found"]) == (True, f"adapter:{name}, on {base}")
    assert model_row(MEMCODER_MODEL="adapter:promoted")["ok"]
    for wrong in ("adapter:none", f"adapter:{name}"):
        assert not model_row(MEMCODER_MODEL=wrong)["ok"]
