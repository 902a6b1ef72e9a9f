"""docs/settings.md says of every setting what the code says."""

import re
from pathlib import Path

import pytest

from memcoder.config import Recipe, Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \|", re.MULTILINE)


def shown(value: object) -> str:
    if value is None:
        return "none"
    return f"`{str(value).lower()}`"


def rows() -> dict[str, tuple[str, str]]:
    text = PAGE.read_text(encoding="utf-8").partition("## Recipe")[0]
    return {name: (variable, default) for name, variable, default in ROW.findall(text)}


def test_every_setting_is_listed_and_nothing_else() -> None:
    assert list(rows()) == list(Settings.model_fields)


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name != "recipe"])
def test_variable_and_default(name: str) -> None:
    assert rows()[name] == (f"`MEMCODER_{name.upper()}`", shown(Settings.model_fields[name].default))


def test_every_key_of_a_recipe_is_listed() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## Recipe")[2]
    assert re.findall(r"^\| `(\w+)`", text, re.MULTILINE) == list(Recipe.model_fields)
