import json
from pathlib import Path

import pytest
from memcoder_eval import repair

from memcoder import BudgetError, MissingError, Settings, SharedBudget, UsageError
from memcoder.records import Usage

TEST = "from python_programs.{name} import {name}\n\n\ndef test_it():\n    assert {name}({given}) == {wanted}\n"
ANSWER = "Wrong sign.\n```python\ndef double(n):\n    return n * 2\n```\n"


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """Two programs with tests, a helper, a program without a test, and the corrected files planted beside them."""
    root = tmp_path / "bench"
    files = {
        "python_programs/double.py": "def double(n):\n    return n + 2\n",
        "python_programs/half.py": "def half(n):\n    return n // 3\n",
        "python_programs/node.py": "class Node:\n    pass\n",
        "python_programs/half_test.py": "print('a driver, no test')\n",
        "python_testcases/test_double.py": TEST.format(name="double", given=3, wanted=6),
        "python_testcases/test_half.py": TEST.format(name="half", given=8, wanted=4),
        "python_testcases/load_testdata.py": "x = 1\n",
        "json_testcases/double.json": "[1]\n",
        "json_testcases/half.json": "[2]\n",
        "correct_python_programs/double.py": "def double(n):\n    return n * 2  # THE-ANSWER\n",
        "correct_java_programs/DOUBLE.java": "// THE-ANSWER\n",
        "conftest.py": "",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_programs_come_in_order_and_helpers_are_not_counted(layout: Path) -> None:
    found = repair.programs(layout)
    assert [program.name for program in found] == ["double", "half"]
    assert found[0].files == (
        "python_programs/double.py",
        "python_testcases/test_double.py",
        "python_programs/node.py",
        "python_testcases/load_testdata.py",
        "json_testcases/double.json",
        "conftest.py",
    )


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="python_programs"):
        repair.programs(tmp_path)


def test_both_arms_make_the_same_commit_of_the_program_s_own_files(layout: Path, tmp_path: Path) -> None:
    program = repair.programs(layout)[0]
    first = repair.make_repository(program, layout, tmp_path / "one")
    second = repair.make_repository(program, layout, tmp_path / "two")
    assert first == second
    assert not (tmp_path / "one" / "correct_python_programs").exists()


def test_results_are_kept_and_the_corrected_file_is_nowhere(layout: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text(json.dumps(ANSWER) + "\n")
    settings = Settings(model=f"scripted:{script}", sandbox="local", embedder="hashing", max_time=60.0)
    out = tmp_path / "out"
    report = repair.run_benchmark(layout, ["double"], ["one-shot"], settings, out, lambda line: None)
    (arm,) = report["arms"]
    assert (arm["name"], arm["total"], arm["solved"], arm["attempts"]) == ("one-shot", 1, 1, 1)
    # The control: the answer's mark is where it was planted, so a leak would be found.
    assert "THE-ANSWER" in (layout / "correct_python_programs/double.py").read_text()
    for path in out.rglob("*"):
        if path.is_file():
            assert b"THE-ANSWER" not in path.read_bytes(), path
    script.write_text("")  # no reply is left: what is done is not done again
    assert repair.run_benchmark(layout, ["double"], ["one-shot"], settings, out, lambda line: None) == report


def test_all_runs_share_a_budget_and_go_on_with_a_larger_one(layout: Path, tmp_path: Path) -> None:
    script, out = tmp_path / "script.jsonl", tmp_path / "out"
    script.write_text(json.dumps(ANSWER) + "\n")
    settings = Settings(model=f"scripted:{script}", sandbox="local", embedder="hashing", max_time=60.0)
    spent = out / "spent.json"
    SharedBudget(spent).charge(Usage(calls=1, tokens_in=100))
    with pytest.raises(BudgetError, match="100 tokens"):
        repair.run_benchmark(
            layout, ["double"], ["one-shot"], settings, out, lambda line: None, SharedBudget(spent, max_tokens=100)
        )
    more = SharedBudget(spent, max_tokens=101)
    report = repair.run_benchmark(layout, ["double"], ["one-shot"], settings, out, lambda line: None, more)
    assert report["arms"][0]["solved"] == 1
    assert more.spent.calls == 2


def test_other_settings_do_not_mix_with_old_results(layout: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text(json.dumps(ANSWER) + "\n")
    settings = Settings(model=f"scripted:{script}", sandbox="local", embedder="hashing", max_time=60.0)
    repair.run_benchmark(layout, ["double"], ["one-shot"], settings, tmp_path / "out", lambda line: None)
    other = settings.model_copy(update={"seed": 1})
    with pytest.raises(UsageError, match="other settings"):
        repair.run_benchmark(layout, ["double"], ["one-shot"], other, tmp_path / "out", lambda line: None)


def test_unknown_names_are_refused(layout: Path, tmp_path: Path) -> None:
    for names, arms in ((["nope"], ["staged"]), (["double"], ["nope"])):
        with pytest.raises(UsageError, match="nope"):
            repair.run_benchmark(layout, names, arms, Settings(), tmp_path / "out", lambda line: None)
