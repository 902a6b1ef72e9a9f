"""Verdicts and reproductions of one instance of a small project, in local sandboxes, with a scripted model."""

import json
from pathlib import Path

import pytest
from memcoder_eval import recipes, reproductions, verdicts
from memcoder_eval.dataset import Instance, load

from memcoder import MissingError, Settings, UsageError
from memcoder.cli import eval_reproductions, eval_verdicts
from tests.helpers import GitRepo

TEST = "from app import double\n\n\ndef test_two():\n    assert double(2) == 4\n"
MORE = f"{TEST}\n\ndef test_three():\n    assert double(3) == 6\n"
LISTED = "- `double` in app.py must multiply\n"
WRITTEN = "```python\nfrom app import double\n\n\ndef test_five():\n    assert double(5) == 10\n```"


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One instance in SWE-bench's schema whose project has a recipe, and one of a project that has none."""
    monkeypatch.setitem(recipes.GROUNDS, "owner/app", {"1.0": recipes.Ground((), recipes.PYTEST)})
    made = GitRepo(tmp_path / "clones" / "owner__app")
    base = {"app.py": "def double(n):\n    return n + 2\n", "tests/test_app.py": TEST}
    base["pyproject.toml"] = "[tool.pytest.ini_options]\npythonpath = ['.']\n"
    made.commit("Old", {"old.txt": "1"})
    commit = made.commit("Add double", base)

    def diff(files: dict[str, str]) -> str:
        made.write(files)
        text = made.git("diff")
        made.git("checkout", "--quiet", ".")
        return f"{text}\n"

    row = {
        "instance_id": "owner__app-7",
        "repo": "owner/app",
        "base_commit": commit,
        "problem_statement": "double(5) gives 7 and should give 10",
        "patch": diff({"app.py": "def double(n):\n    return n * 2\n"}),
        "test_patch": diff({"tests/test_app.py": MORE}),
        "version": "1.0",
    }
    file = tmp_path / "data.jsonl"
    file.write_text(json.dumps(row) + "\n" + json.dumps(row | {"instance_id": "owner__app-8", "version": "9"}) + "\n")
    return file


def settings(folder: Path, *replies: str) -> Settings:
    script = folder / "script.jsonl"
    script.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    given = {"model": f"scripted:{script}", "sandbox": "local", "embedder": "hashing", "checklist": True}
    return Settings.model_validate(given | {"command_timeout": 60.0})


def instances(dataset: Path, only: str) -> list[Instance]:
    return load(dataset, only=only)


def test_every_verdict_of_a_sound_instance_is_right(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    arguments = (instances(dataset, ""), tmp_path / "clones", settings(tmp_path), tmp_path / "out")
    report = verdicts.run_benchmark(*arguments, said.append)
    sound, unknown = report["instances"]
    assert {name: told["reasons"] for name, told in sound["patches"].items() if not told["right"]} == {}
    assert {arm["name"]: (arm["judged"], arm["right"], arm["total"]) for arm in report["arms"]} == dict.fromkeys(
        verdicts.TRUE, (1, 1, 2)
    )
    assert sound["patches"]["hangs"]["seconds"] >= 8
    assert "no recipe for owner/app 9" in unknown["missing"]
    assert list((tmp_path / "out" / "snapshots").iterdir()) == []
    count = len(said)
    assert verdicts.run_benchmark(*arguments, said.append) == report
    assert len(said) == count + 1, "what is done is not done again"
    eval_verdicts.print_report(report)
    assert "owner__app-7" in capsys.readouterr().out


def test_an_instance_whose_reference_does_not_pass_here_is_not_judged(dataset: Path, tmp_path: Path) -> None:
    row = json.loads(dataset.read_text().splitlines()[0])
    dataset.write_text(json.dumps(row | {"test_patch": row["test_patch"].replace("== 6", "== 60")}) + "\n")
    report = verdicts.run_benchmark(
        instances(dataset, ""), tmp_path / "clones", settings(tmp_path), tmp_path / "out", print
    )
    assert "do not pass in this environment" in report["instances"][0]["missing"]
    assert report["arms"][0]["judged"] == 0


def test_a_recipe_or_a_clone_that_is_missing_is_named(dataset: Path, tmp_path: Path) -> None:
    from memcoder_eval.cases import load_case

    with pytest.raises(MissingError, match="no clone of owner/app"):
        load_case(instances(dataset, "app-7")[0], tmp_path)


def test_reproductions_with_and_without_memories(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = settings(tmp_path, LISTED, WRITTEN, "no list", *["no test"] * 9)
    arguments = (instances(dataset, "app-7"), tmp_path / "clones", tmp_path / "stores", ["memories", "bare"], chosen)
    report = reproductions.run_benchmark(*arguments, tmp_path / "out", lambda line: None)
    with_memories, bare = report["arms"]
    counted = [arm[key]["hits"] for arm in (with_memories, bare) for key in reproductions.COUNTED]
    assert counted == [1, 1, 1, 1, 0, 0, 0, 0]
    rows = report["instances"]
    assert rows[0]["memories"] >= 1
    assert rows[1]["memories"] == 0
    assert reproductions.run_benchmark(*arguments, tmp_path / "out", lambda line: None) == report
    eval_reproductions.print_report(report)
    assert "1/1" in capsys.readouterr().out


def test_an_unknown_arm_is_refused_before_anything_is_made(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown arms: other"):
        reproductions.run_benchmark(
            [], tmp_path, tmp_path, ["other"], settings(tmp_path), tmp_path / "out", lambda line: None
        )
    assert not (tmp_path / "out").exists()
