import pytest

from memcoder.agent.lines import join_lines, split_lines


@pytest.mark.parametrize("source", ["", "a\n", "a\nb", "a\r\nb\r\n", "a\rb\r", "a\x0cb\u2028c\n", "\n\n"])
def test_lines_join_to_the_source_again(source: str) -> None:
    assert join_lines(split_lines(source), like=source) == source


def test_only_line_ends_end_a_line() -> None:
    assert split_lines("a\x0cb\r\n\x1cc\n") == ["a\x0cb", "\x1cc"]
