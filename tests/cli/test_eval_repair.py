import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from memcoder.cli.eval import command

TEST = "from python_programs.double import double\n\n\ndef test_it():\n    assert double(3) == 6\n"


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A benchmark of one program, and a script that mends it in each of two arms."""
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")
    files = {
        "python_programs/double.py": "def double(n):\n    return n + 2\n",
        "python_testcases/test_double.py": TEST,
    }
    for name, text in files.items():
        (tmp_path / "bench" / name).parent.mkdir(parents=True)
        (tmp_path / "bench" / name).write_text(text)
    script = tmp_path / "script.jsonl"
    script.write_text((json.dumps("```python\ndef double(n):\n    return n * 2\n```\n") + "\n") * 2)
    options = ("--draw", "1", "--model", f"scripted:{script}", "--sandbox", "local", "--out", str(tmp_path / "out"))
    return ["repair", str(tmp_path / "bench"), "--arms", "one-shot,staged", *options]


def test_one_document_or_a_table_with_intervals_and_pairs(arguments: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [*arguments, "--max-steps", "3", "--json"], catch_exceptions=False)
    document = json.loads(done.stdout)
    assert document == json.loads((tmp_path / "out/report.json").read_text())
    assert (document["max_steps"], [arm["solved"] for arm in document["arms"]]) == (3, [1, 1])
    assert "at worst 10 minutes" in done.stderr
    again = CliRunner().invoke(command, [*arguments, "--max-steps", "3"], catch_exceptions=False)
    lines = again.stdout.splitlines()
    assert lines[0].split()[:3] == ["program", "arm", "solved"]
    assert lines[-2] == "staged: 1 of 1 solved, 95 % interval 20.7 to 100.0 %"
    assert lines[-1].startswith("staged against one-shot, on 1 programs: 0 solved by it alone, 0 by the other alone")
