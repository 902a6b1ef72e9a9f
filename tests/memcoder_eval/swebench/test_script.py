"""Our script keeps to the official markers, so the official harness reads and decides what comes out."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from memcoder_eval.dataset import Instance
from memcoder_eval.recipes import GROUNDS, Ground
from memcoder_eval.swebench.script import directives, record, script

from tests.helpers import GitRepo

GROUND = Ground(("true",), graded="python3", before=("export COLOUR=red",))
PUBLISHED = {"eval_script": "echo theirs\n", "log_parser": "parse_log_django", "eval_type": "pass_and_fail"}


def test_a_published_script_is_kept_in_a_published_image(instance: Instance) -> None:
    whole = replace(instance, row={**instance.row, **PUBLISHED, "image": "theirs"})
    assert record(whole, "local", GROUND, own=False)["eval_script"] == "echo theirs\n"
    ours = record(whole, "local", GROUND, own=True)
    assert (ours["image"], ours["log_parser"], ours["eval_script"]) == ("local", GROUND.parser, script(whole, GROUND))
    assert record(instance, "local", GROUND, own=False)["eval_script"] == ours["eval_script"]


def test_the_script_runs_the_tests_of_the_test_patch_and_puts_them_back(
    instance: Instance, project: GitRepo, tmp_path: Path
) -> None:
    text = script(instance, GROUND)
    project.git("checkout", "--quiet", "--force", instance.question.base_commit)
    before = project.git("status", "--porcelain")
    for line in ("source /opt/miniconda3/bin/activate", "conda activate testbed", "cd /testbed", "git config --global"):
        assert line in text
    here = text.replace("/testbed", str(project.path)).replace("source /opt/miniconda3/bin/activate", "conda() { :; }")
    (tmp_path / "eval.sh").write_text(here)
    done = subprocess.run(["bash", tmp_path / "eval.sh"], capture_output=True, text=True)
    between = done.stdout.partition("PASSED")[1:]
    assert "PASSED tests/check.py::two\nFAILED tests/check.py::five" in "".join(between)
    assert project.git("status", "--porcelain") == before


def test_directives_are_test_files_or_names_of_django() -> None:
    def given(repo: str, *paths: str) -> list[str]:
        patch = "".join(f"diff --git a/{path} b/{path}\n" for path in paths)
        return directives(_instance(repo, patch))

    assert given("a/b", "tests/test_a.py", "tests/data.json", "CHANGES.txt") == ["tests/test_a.py"]
    assert given("django/django", "tests/forms/tests.py", "tests/x/urls.py") == ["forms.tests", "x.urls"]


def _instance(repo: str, patch: str) -> Instance:
    from memcoder_eval.dataset import Question

    return Instance(Question("a__b-1", repo, "0" * 40, "text"), "", patch, "1.0")


@pytest.mark.parametrize("name", ["owner's file.py", "a b.py"])
def test_names_of_files_never_become_commands(name: str) -> None:
    patch = f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-1\n+2\n"
    text = script(_instance("a/b", patch), GROUND)
    command = next(line for line in text.splitlines() if line.startswith("python3 "))
    read = subprocess.run(["bash", "-c", f"printf '%s|' {command}"], capture_output=True, text=True)
    assert read.stdout == f"python3|{name}|"


def test_the_end_of_the_patch_is_no_line_of_it(instance: Instance) -> None:
    patch = instance.test_patch + "EOF_114329324912\n"
    text = script(replace(instance, test_patch=patch), GROUND)
    assert "<<'EOF_114329324912_'" in text


def test_every_recipe_names_a_parser_of_the_harness() -> None:
    parsers: dict[str, Any] = pytest.importorskip("swebench.harness.log_parsers").PARSER_REGISTRY
    for repo, versions in GROUNDS.items():
        for version, ground in versions.items():
            assert ground.parser in parsers, (repo, version)
            assert ground.install or ground.unsupported, (repo, version)
            assert ground.python in ("3.9", "3.11"), (repo, version)
