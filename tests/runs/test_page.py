import re
from html.parser import HTMLParser
from typing import Literal

from memcoder.records import (
    Attempt,
    Comparison,
    Delivered,
    Evidence,
    Finding,
    Fit,
    Memory,
    Moment,
    Patch,
    Place,
    Provenance,
    Recall,
    RecalledMemory,
    Review,
    Run,
    Task,
    TestRun,
    Verdict,
)
from memcoder.runs.page import diff_lines, render_page
from memcoder.runs.page import test_rows as rows_of

EVIL = '</pre><script>alert(1)</script><img src="http://evil.example/x" onerror=alert(2)> {{ 7*7 }}'
DIFF = "diff --git a/a.sql b/a.sql\n--- a/a.sql\n+++ b/a.sql\n@@ -1,2 +1,2 @@\n--- old note\n+++ new note\n same\n"
OUTCOMES: tuple[Literal["kept", "broken", "not verified"], ...] = ("kept", "broken", "not verified")


class Tags(HTMLParser):
    """The names of all elements and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def a_run(text: str) -> Run:
    """A run with this text in every place that others write."""
    evidence = (Evidence(ranker="words", score=0.5, detail=text),)
    memory = Memory(id="m1", kind="fix", message=text, provenance=Provenance(repository="r", author=text))
    return Run(
        id="20260101-000000-0000",
        task=Task(repository=text, base_commit="c0ffee", issue=text),
        model=text,
        strategy="staged",
        seed=0,
        state="done",
        started=1,
        error=text,
        recall=Recall(
            query=text,
            as_of="c0ffee",
            memories=(RecalledMemory(memory=memory, score=0.1, evidence=evidence),),
            symbols=(Place(path=text, symbol=text, start=1, end=2, evidence=evidence),),
            notes=(text,),
        ),
        attempts=(Attempt(number=1, origin=text, before="", action=text, diagnosis=text, after=text),),
        patch=Patch(diff=DIFF + "+" + text),
        verdict=Verdict(
            status="verified",
            reasons=(text,),
            verified=(text,),
            unverified=(text,),
            before=TestRun(command=text, exit_code=1, tests={text: "failed"}),
            after=TestRun(command=text, exit_code=0, tests={text: "passed"}),
            comparison=Comparison(fixed=(text,)),
            fit=Fit(findings=tuple(Finding(kind="tests", outcome=how, line=text, weight=0.5) for how in OUTCOMES)),
        ),
        review=Review(decision="accepted", by=text, time=1, reason=text),
        delivered=Delivered(files=(text,), commit="c" * 40, onto=text, branch=text),
        timeline=tuple(Moment(seconds=at, what=text, outcome=text, passed=bool(at % 2)) for at in range(50)),
    )


def test_untrusted_text_stays_text() -> None:
    page = render_page(a_run(EVIL))
    tags = Tags()
    tags.feed(page)
    assert not tags.tags & {"script", "img", "iframe", "link", "object", "form", "a"}
    assert not {name for name in tags.attributes if name.startswith("on") or name in ("src", "href", "style")}
    assert "{{ 7*7 }}" in page
    assert "&lt;script&gt;" in page


def test_the_policy_allows_the_one_style_sheet_and_nothing_else() -> None:
    page = render_page(a_run("plain"))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert "url(" not in page
    assert "@import" not in page


def test_characters_that_hide_text_are_shown() -> None:
    page = render_page(a_run("a\u202eb\x1b[2Jc\x00d\x9b"))
    assert not re.search("[\u202e\x1b\x00\x9b]", page)
    assert "a\\x202eb\\x1b[2Jc" in page


def test_a_run_that_has_only_begun_has_a_page() -> None:
    run = Run(
        id="x",
        task=Task(repository="r", base_commit="c", issue=" \n "),
        model="m",
        strategy="staged",
        seed=0,
        state="running",
        started=1,
    )
    assert "running" in render_page(run)


def test_lines_of_a_hunk_that_look_like_a_header() -> None:
    kinds = [kind for kind, _ in diff_lines(DIFF.replace("+++ new note\n", " same\n"))]
    assert kinds == ["file", "file", "file", "hunk", "del", "same", "same"]
    assert [kind for kind, _ in diff_lines("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n--- a/y\n+++ b/y\n")][-2:] == [
        "file"
    ] * 2


def test_what_changed_comes_first() -> None:
    verdict = Verdict(
        status="failed",
        before=TestRun(command="t", exit_code=1, tests={"a": "passed", "b": "failed", "c": "passed"}),
        after=TestRun(command="t", exit_code=1, tests={"a": "passed", "b": "passed"}),
        comparison=Comparison(fixed=("b",), broken=("c",), unchanged=1),
    )
    assert rows_of(verdict) == [
        ("b", "failed", "passed", "fixed"),
        ("c", "passed", "", "broken"),
        ("a", "passed", "passed", "unchanged"),
    ]


def test_fit_stands_beside_the_tests() -> None:
    page = render_page(a_run("plain"))
    assert "<h2>Fit</h2>" in page
    assert '<span class="number">0.67</span>' in page
    assert page.count("plain <span") >= 3
