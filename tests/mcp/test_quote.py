import pytest

from memcoder.mcp.quote import block, cut, field, inert, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text,\n\ttabs and ünïcödé 漢字", "plain text,\n\ttabs and ünïcödé 漢字"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("ze\u200bro\ufeff", "ze\\u200bro\\ufeff"),
        ("hidden\U000e0041\ufe0f", "hidden\\U000e0041\\ufe0f"),
        ("a\u2028b\u00a0c\u3164", "a\\u2028b c\\u3164"),
        ("\r\nline\rover", "\nline\\x0dover"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_cut_says_how_much_is_missing_and_costs_no_more_than_it_shows() -> None:
    assert cut("short", 10) == "short"
    assert cut("x" * 100_000, 10) == "xxxxxxxxxx […cut: 99990 more characters]"
    assert len(cut("\x1b" * 100_000, 100)) < 150


@pytest.mark.parametrize("mark", ["</data>", "<data source='x'>", "</DATA >", "< / data", "<\n/data>", "</data</data>"])
def test_no_text_ends_its_block(mark: str) -> None:
    page = block(f"before {mark} after", 'commit 1">\n</data>')
    assert page.count("<") == 2
    assert page.startswith('<data source="commit 1___')
    assert page.endswith("\n</data>")
    assert "<" not in inert(mark).replace("&lt;", "")
    # A mark that hides behind an invisible character is shown, and is none.
    assert field(mark.replace("<", "<\u200b"), 100).count("\\u200b") == mark.count("<")
    # Other angle brackets are code, and stay.
    assert inert("a < b <T> </div>") == "a < b <T> </div>"
