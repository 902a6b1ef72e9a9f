"""The script that runs an instance's tests, as the benchmark itself wrote it (swebench 4.1.0), and the whole record.

Records published before swebench 5 have no script; the markers around the tests are the benchmark's own, so that its
parsers and its grading read what comes out.
"""

import re
import shlex
from typing import Any

from memcoder_eval.dataset import Instance
from memcoder_eval.recipes import Ground

TESTBED = "/testbed"
START, END = ">>>>> Start Test Output", ">>>>> End Test Output"
NO_TESTS = (".json", ".png", "csv", ".txt", ".md", ".jpg", ".jpeg", ".pkl", ".yml", ".yaml", ".toml")
"""Endings of files in a test patch that are no tests."""
ACTIVATE = ("source /opt/miniconda3/bin/activate", "conda activate testbed")
SCRIPT = ("eval_script", "log_parser", "eval_type")


def record(instance: Instance, image: str, ground: Ground, own: bool = True) -> dict[str, Any]:
    """The record as swebench 5 grades it, with this image.

    The published script installs the project again, with a network: in an image of our `own`, and where none was
    published, the recipe's takes its place.
    """
    row = dict(instance.row)
    if (own and ground.install) or not has_script(instance):
        row |= {"eval_script": script(instance, ground), "log_parser": ground.parser, "eval_type": "pass_and_fail"}
    return row | {"image": image, "version": instance.version}


def has_script(instance: Instance) -> bool:
    """Whether the record says itself how its tests are run and read."""
    return all(instance.row.get(key) for key in SCRIPT)


def script(instance: Instance, ground: Ground) -> str:
    """The tests of the test patch, run with the test files as it leaves them, and put back afterwards."""
    base, patch = instance.question.base_commit, instance.test_patch
    changed = _changed(patch)
    put_back = [f"git checkout {base} {shlex.join(changed)}"] if changed else []
    mark = _delimiter(patch)
    lines = [
        "#!/bin/bash",
        "set -uxo pipefail",
        *ACTIVATE,
        f"cd {TESTBED}",
        *ground.before,
        f"git config --global --add safe.directory {TESTBED}",
        "git status",
        f"git -c core.fileMode=false diff {base}",
        *put_back,
        f"git apply -v - <<'{mark}'\n{patch}\n{mark}",
        f": '{START}'",
        f"{ground.graded} {shlex.join(directives(instance))}",
        f": '{END}'",
        *put_back,
    ]
    return "\n".join(lines) + "\n"


def directives(instance: Instance) -> list[str]:
    """What the test command is told to run: the files of the test patch, or Django's names of them."""
    paths = [path for path in re.findall(r"diff --git a/.* b/(.*)", instance.test_patch) if not path.endswith(NO_TESTS)]
    if instance.question.repo != "django/django":
        return paths
    return [path.removesuffix(".py").removeprefix("tests/").replace("/", ".") for path in paths]


def _changed(patch: str) -> list[str]:
    """Paths of the base commit that a patch touches."""
    from unidiff.patch import PatchSet

    sources = [file.source_file for file in PatchSet(patch)]
    return [path.removeprefix("a/") for path in sources if path.startswith("a/")]


def _delimiter(patch: str) -> str:
    """A line that the patch does not hold."""
    mark = "EOF_114329324912"
    while mark in patch:
        mark += "_"
    return mark
