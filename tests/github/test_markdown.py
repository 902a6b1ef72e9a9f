"""Words of others in our own Markdown do nothing: they stand in code."""

import re

import pytest

from memcoder.github.markdown import bare, block, code, whole_lines

EVIL = (
    "@octo/admins",
    "<img src=x onerror=evil>",
    "[click](javascript:evil)",
    "![x](http://example.org/track.png)",
    "fixes #1",
    "` @maria `",
    "``` `` ` @maria",
    "a\n\n# heading @maria",
    "`",
    "\u202e@maria",
    "```\n@maria\n```",
    "~~~\n````\n@maria",
)


@pytest.mark.parametrize("text", EVIL)
def test_a_line_is_one_code_span(text: str) -> None:
    made = code(text)
    found = re.fullmatch(r"(`+)(?!`)(.*[^`])\1", made)
    assert found, made
    assert not re.search(rf"(?<!`){found[1]}(?!`)", found[2]), "nothing in it ends the span"
    assert "\n" not in made
    assert "\u202e" not in made


@pytest.mark.parametrize("text", EVIL)
def test_lines_are_one_code_block(text: str) -> None:
    lines = block(text).split("\n")
    fence = lines[0]
    assert set(fence) == {"`"}
    assert lines[-1] == fence
    assert not any(line.strip().startswith(fence) for line in lines[1:-1])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Fixes #1 and GH-2, octo/shop#3", "Fixes 1 and 2, octo/shop#3"),
        ("thanks @maria", "thanks (at)maria"),
        ("see https://github.com/octo/shop/issues/1", "see github.com/octo/shop/issues/1"),
        ("a\nb\u202ec", "a b\\u{202e}c"),
    ],
)
def test_a_subject_mentions_nobody_and_closes_nothing(text: str, line: str) -> None:
    assert bare(text) == line


def test_what_is_long_is_cut() -> None:
    assert len(code("x" * 1000)) < 310
    assert code("") == "(empty)"


def test_what_is_too_long_for_github_ends_with_a_whole_line() -> None:
    text = "\n".join(f"- {code('@octo/admins')}" for _ in range(10_000))
    made = whole_lines(text)
    assert len(made) <= 65_000
    assert set(made.split("\n\n")[0].splitlines()) == {"- `@octo/admins`"}
    assert whole_lines("short") == "short"
