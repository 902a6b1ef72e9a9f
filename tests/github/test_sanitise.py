"""What a reader of the page would not see is not worked on, and what they do see stays."""

import time

import pytest

from memcoder.github.sanitise import BODY, one_line, sanitise

HIDDEN = {
    "comment": "see <!-- evil --> here",
    "comment over lines": "see\n<!--\nevil\n\n```\n-->\nhere",
    "comment without an end": "see <!-- evil",
    "comment in code that is none": "`a\n<!-- evil -->\nb`",
    "comment in a block of HTML": "<div>\n```\n<!-- evil -->\n```\n</div>",
    "comment in an item of HTML": "- <div>`<!-- evil -->`</div>",
    "comment in preformatted text": "<pre>\n\n```\n<!-- evil -->\n```\n</pre>",
    "alternative text": "![evil](http://example.org/x.png)",
    "alternative text of a reference": "![evil][x]",
    "nested alternative text": "![a [evil] b](x)",
    "alternative text of an element": '<img src="x" alt="evil">',
    "title of an element": '<a href="x" title="evil > evil">see</a>',
    "data of an element": "<p data-x='evil'>see</p>",
    "style of an element": "<span style=evil>see</span>",
    "title of a link": 'see [here](http://example.org "evil")',
    "title of a link in parentheses": "see [here](http://example.org (evil))",
    "title with marks in it": 'see [here](http://example.org "a \\" evil")',
    "title in parentheses with some in it": "see [here](http://example.org (a \\) evil))",
    "title of a link in angles": "see [here](<a b> 'evil')",
    "title of an address with parentheses": "see [here](a(b)c 'evil')",
    "definition": "see\n\n[//]: # (evil)\n",
    "label of a definition": "see\n\n[evil]: http://example.org\n",
    "title of a definition": "see\n\n[x]: http://example.org\n  'evil'\n",
    "script": "see <script>evil</script>",
    "template": "see <template>evil</template>",
    "element without an end": "see <style>evil",
    "processing instruction": "see <?php evil ?>",
    "declaration": "see <!DOCTYPE evil>",
    "character data": "see <![CDATA[ evil ]]>",
    "picture": "<picture><source srcset='evil'></picture>",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_what_is_hidden_is_taken_out_and_said(text: str) -> None:
    found = sanitise(text)
    assert "evil" not in found.text
    assert found.notes


SEEN = (
    "plain words, 1 < 2 and 3 > 2, List<String>, a@b.c",
    "`<!-- shown -->` and `<a title='shown'>`",
    "look:\n\n```html\n<!-- shown -->\n<p class='shown'>x</p>\n```\nend",
    "~~~\n![shown](x)\n~~~",
    "a [link](http://example.org) to it",
    "ümlaut 漢字 🙂",
)


@pytest.mark.parametrize("text", SEEN)
def test_what_is_seen_stays(text: str) -> None:
    assert sanitise(text).text == text
    assert sanitise(text).notes == ()


def test_characters_that_nobody_sees_are_taken_out() -> None:
    tags = "".join(chr(0xE0000 + ord(char)) for char in "evil")
    found = sanitise(f"a\u200bb\u202ec\u2066d\x1b[31m\x00e{tags}\u00adf\ufeff\u3164g")
    assert found.text == "abcd[31mefg"
    assert found.notes == ("12 invisible characters removed",)


def test_taking_out_puts_nothing_hidden_together() -> None:
    assert "evil" not in sanitise("<!<!-- x -->-- evil -->").text.replace("-- evil -->", "")
    assert "<!--" not in sanitise("<!<!-- x -->-- evil -->").text


def test_what_is_too_long_is_cut_and_says_so() -> None:
    found = sanitise("x" * (BODY + 1))
    assert len(found.text) < BODY + 40
    assert found.notes == ("the end was cut off",)


def test_a_title_is_one_line() -> None:
    assert one_line("a\nb\r\n\n## c\u2028d <!-- evil -->").text == "a b ## c d [a hidden comment was removed]"


PIECES = ("<!", "<!--", "`", "` ", "```\n", "~~~\n", "[", "![", "](a ", "<a '", "[a]: x (", "<?", "\n", "[a]:\n")


@pytest.mark.parametrize("piece", PIECES)
def test_no_text_takes_long(piece: str) -> None:
    begun = time.process_time()
    sanitise(piece * (200_000 // len(piece)))
    assert time.process_time() - begun < 20
