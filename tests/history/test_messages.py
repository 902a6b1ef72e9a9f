import time

import pytest

from memcoder.history.messages import Citation, parse_message

FULL = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
LONG = FULL + "89abcdef01234567890abcde"


def test_subject_body_and_trailers() -> None:
    parsed = parse_message(
        "Round half cents\nup, not down\n\nInvoices were short.\n\nNote: they still are.\nSee below.\n\n"
        "Reviewed-by: A B <a@b.c>\nCo-authored-by: C\n  D <c@d.e>\n"
    )
    assert parsed.subject == "Round half cents up, not down"
    assert parsed.body == "Invoices were short.\n\nNote: they still are.\nSee below."
    assert parsed.trailers == (("Reviewed-by", "A B <a@b.c>"), ("Co-authored-by", "C D <c@d.e>"))


def test_a_paragraph_that_is_no_trailers_stays_in_the_body() -> None:
    assert parse_message("one\n\nWarning: this\nis prose.").trailers == ()
    assert parse_message("Fix: subject only").trailers == ()
    signed = parse_message(f"one\n\nSigned-off-by: A <a@b>\n(cherry picked from commit {FULL})\nfree words")
    assert signed.trailers == (("Signed-off-by", "A <a@b>"),)
    assert parse_message("") == parse_message("\n\n")


@pytest.mark.parametrize(
    ("message", "references", "closes", "pull_request"),
    [
        ("Fixed #123 -- Made it so.", (123,), (123,), None),
        ("Fixed #1, #2 and #3 -- Made it so. Refs #4.", (1, 2, 3, 4), (1, 2, 3), None),
        ("Refs #9 -- Prepared.", (9,), (), None),
        ("Round up (#77)", (77,), (), 77),
        ("Round up (#77)\n\nCloses GH-5", (77, 5), (5,), 77),
        ("Merge pull request #12 from a/b\n\nRound up", (12,), (), 12),
        ("See https://github.com/a/b/issues/31 and https://gitlab.com/a/b/-/merge_requests/7", (31, 7), (), None),
        ("resolves: https://github.com/a/b/issues/31", (31,), (31,), None),
        ("https://code.djangoproject.com/ticket/55", (55,), (), None),
        ("color #123456abc, a#5, &#39; and page.html#12-3", (), (), None),
    ],
)
def test_references(
    message: str, references: tuple[int, ...], closes: tuple[int, ...], pull_request: int | None
) -> None:
    parsed = parse_message(message)
    assert (parsed.references, parsed.closes, parsed.pull_request) == (references, closes, pull_request)


@pytest.mark.parametrize(
    ("message", "citations"),
    [
        (f'Revert "x"\n\nThis reverts commit {FULL}.', [(FULL, "reverts")]),
        (f"Reverted\n{FULL[:10]}", [(FULL[:10], "reverts")]),
        (f"x\n\n(cherry picked from commit {LONG})", [(LONG, "cherry_picked_from")]),
        (f"[3.2.x] Fixed #1 -- x\n\nBackport of {FULL} from main", [(FULL, "cherry_picked_from")]),
        (f'x\n\nFixes: {FULL[:12]} ("y")', [(FULL[:12], "follows_up")]),
        (f"x\n\nRegression in {FULL}.", [(FULL, "follows_up")]),
        (f"Follow-up to {FULL[:8]}", [(FULL[:8], "follows_up")]),
        (f"x, introduced in\n{FULL[:7]}.", [(FULL[:7], "follows_up")]),
        (f"Fixes a bug. See {FULL[:9]} too", [(FULL[:9], "cites")]),
        (f"see https://github.com/a/b/commit/{FULL}", [(FULL, "cites")]),
        ("20240131 bytes of defaced, 1234567 or /srv/0123456789ab/c", []),
    ],
)
def test_cited_commits(message: str, citations: list[tuple[str, str]]) -> None:
    assert [(one.hash, one.way) for one in parse_message(message).citations] == citations


def test_each_commit_is_cited_once() -> None:
    assert parse_message(f"Revert {FULL}\n\nThis reverts commit {FULL}.").citations == (Citation(FULL, "reverts"),)


PIECES = [
    "a", "#", "#1", "#1,", "fixes ", "fixes #1 and ", "Fixed #1, ", " ", "\n", "\t", "a:", "A: b\n", "A: b\n ",
    "012abc ", "https://a/", "https://a/b/c/issues/", "close https://a/b/", "revert ", "0" * 63 + "a ", "Backport of ",
    "-", ". ", "(cherry picked from commit ", "(#1) ", "\r\n", "GH-", "\n\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_a_hostile_message_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    parse_message(piece * (1_000_000 // len(piece)))
    parse_message("x\n\n" + piece * (1_000_000 // len(piece)) + "!")
    assert time.process_time() - started < 3
