import subprocess
import venv
from pathlib import Path

import pytest
from memcoder_eval import recipes
from memcoder_eval.recipes.bases import settings_for
from memcoder_eval.recipes.table import OLD_NAMES

from memcoder import MissingError, Settings

TESTS = '''
import unittest

class Names(unittest.TestCase):
    def test_later(self):
        """
        Not the first line.
        """

    def test_first(self):
        """The first line."""

unittest.main(verbosity=2)
'''


def test_what_nobody_wrote_down_or_cannot_run_is_missing() -> None:
    assert recipes.ground("django/django", "5.0").python == "3.11"
    with pytest.raises(MissingError, match="no recipe for django/django"):
        recipes.ground("django/django", "0.96")
    with pytest.raises(MissingError, match="httpbin"):
        recipes.ground("psf/requests", "2.3")
    assert recipes.is_known("psf/requests", "2.3")
    assert not recipes.is_known("psf/requests", "2.99")


def test_a_base_that_the_user_names_goes_first() -> None:
    ground = recipes.ground("django/django", "3.0")
    named = settings_for(ground, Settings(base_image="mine"))
    assert (named.base_image, named.recipe.install) == ("mine", ground.install)
    assert settings_for(ground, Settings(sandbox="local")).base_image is None


def test_names_of_tests_can_be_those_of_older_pythons(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    (tmp_path / "names.py").write_text(TESTS)

    def said(command: str) -> str:
        script = f". {tmp_path}/venv/bin/activate && {command}python {tmp_path}/names.py"
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stderr

    assert "Not the first line. ... ok" in said("")
    told = said(f"{OLD_NAMES} && ")
    assert "Names.test_later) ... ok" in told
    assert "The first line. ... ok" in told
