"""Patches are graded in a real container, by the harness itself."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from memcoder_eval import recipes
from memcoder_eval.dataset import Instance
from memcoder_eval.recipes import Ground
from memcoder_eval.swebench import images
from memcoder_eval.swebench.check import Plan, run_check
from memcoder_eval.swebench.grading import grade, grade_in, kept

from memcoder import Settings, UsageError, connect, labels
from memcoder.cli.eval_swebench import print_report

pytestmark = pytest.mark.docker
pytest.importorskip("swebench")
Make = Callable[[bool], str]
GROUND = Ground(("true",), graded="python3", each=("echo made > made.txt",))


@pytest.fixture
def runnable(instance: Instance, image: Make, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """The instance with a recipe whose environment is there already."""
    tag = image(False)
    monkeypatch.setitem(recipes.GROUNDS, "owner/app", {"1.0": GROUND})
    monkeypatch.setattr(images, "prepare_environment", lambda *arguments, progress: tag)
    return instance


def settings() -> Settings:
    return Settings(base_image="memcoder-base:bookworm")


def test_the_reference_resolves_and_nothing_does_not(
    runnable: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(runnable, question=replace(runnable.question, id="owner__app-8"), version="9")
    plan, said = Plan(tmp_path / "clones", settings(), workers=2), list[str]()
    arguments = ([runnable, other], ["gold", "empty"], plan, tmp_path / "out", said.append)
    report = run_check(*arguments)
    assert [(arm["name"], arm["resolved"], arm["unsupported"], arm["total"]) for arm in report["arms"]] == [
        ("gold", 1, 1, 2),
        ("empty", 0, 1, 2),
    ]
    sound, unsound = report["instances"]
    assert (sound["sound"], sound["image"], unsound["sound"]) == (True, "built", False)
    assert "no recipe for owner/app 9" in unsound["reason"]
    marks = labels() | {images.BUILT: "owner__app-7"}  # of this process: other tests have images of the instance too
    assert not connect().images.list(filters={"label": [f"{key}={value}" for key, value in marks.items()]})
    assert len((tmp_path / "out" / "gold.predictions.jsonl").read_text().splitlines()) == 2
    official = json.loads(next(tmp_path.glob("out/reports/owner__app-7/*/report.json")).read_text())["owner__app-7"]
    assert "tests_status" in official

    said.clear()
    assert run_check(*arguments) == report
    assert not any("owner__app-7" in line for line in said)  # what could not be run is tried again, and no more
    with pytest.raises(UsageError, match="unknown arms: mine"):
        run_check([runnable], ["mine"], plan, tmp_path / "out", said.append)
    print_report(report)
    assert "sound: 1 of 2" in capsys.readouterr().out


def test_each_patch_has_a_grade_of_its_own_and_the_reason(runnable: Instance, tmp_path: Path) -> None:
    right = runnable.patch
    wrong, misplaced = right.replace("n * 2", "n * 3"), right.replace("n + 2", "n + 7")
    slow = right.replace("    return n * 2", "    import time; time.sleep(60)")
    with images.provided(runnable, tmp_path / "clones", settings(), print) as image:
        assert grade_in(image, runnable, right, tmp_path).reason == ""
        said = grade_in(image, runnable, wrong, tmp_path).reason
        assert said.startswith("1 of 1 fail-to-pass fail: tests/check.py::five")
        assert grade_in(image, runnable, misplaced, tmp_path).reason == "the patch does not apply"
        assert grade_in(image, runnable, slow, tmp_path, timeout=2.0).reason == "the tests took more than 2 s"


def test_a_grade_is_of_one_patch_by_one_recipe(runnable: Instance, tmp_path: Path) -> None:
    arguments = (tmp_path, tmp_path / "clones", settings(), print)
    found = grade([runnable], {runnable.id: runnable.patch}, *arguments)[runnable.id]
    assert kept(tmp_path, runnable, GROUND, runnable.patch) == found
    assert kept(tmp_path, runnable, GROUND, f"{runnable.patch}\n") is None
    assert kept(tmp_path, runnable, replace(GROUND, python="3.9"), runnable.patch) is None
    assert grade([runnable], {runnable.id: "  \n"}, *arguments)[runnable.id].reason == "there is no patch"


def test_a_patch_is_tested_without_a_network(runnable: Instance, tmp_path: Path) -> None:
    code = "    import os; print('net', os.listdir('/sys/class/net')); return n * 2"
    patch = runnable.patch.replace("    return n * 2", code)
    grade([runnable], {runnable.id: patch}, tmp_path, tmp_path / "clones", settings(), print)
    log = next(tmp_path.glob("reports/*/*/test_output.txt")).read_text()
    assert log.startswith("+ source /opt/miniconda3/bin/activate\n")
    assert "net ['lo']" in log
    assert log.index("Start Test Output") < log.index("PASSED tests/check.py::five") < log.index("End Test Output")


def test_the_image_that_a_record_names_goes_first(
    instance: Instance, image: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(recipes.GROUNDS, "owner/app", {"1.0": GROUND})
    named = replace(instance, row={**instance.row, "image": image(True)})
    given = grade([named], {named.id: named.patch}, tmp_path, None, settings(), print)
    assert given[named.id].resolved
