"""The page of a benchmark: nothing of what others wrote gets out of its place, and a real browser draws it."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from memcoder_eval.report.page import markdown, render, write_report

from memcoder.cli.eval import command
from memcoder.errors import MissingError
from memcoder.records import Task
from memcoder.runs.store import RunStore
from tests.runs.test_page import DIFF, EVIL, Tags, a_run

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def a_document(text: str, run: str = "") -> dict[str, Any]:
    """A benchmark's document with this text wherever others write."""
    curve = {"recall@5": [0.0, 0.5, 0.667], "cost": [2.0, 3.0, 2.5]}
    rows = [
        {"instance": text, "arm": "none", "state": "ended", "resolved": True, "patch": DIFF + "+" + text, "tokens": 7},
        {"instance": text, "arm": "structured", "state": "fault", "category": "engine", "error": text},
        {"instance": "shop-2", "arm": "none", "state": "ended", "patch": "", "memories": [text], "run": run},
    ]
    return {
        "command": "stream",
        "seed": 0,
        "dataset": text,
        "model": None,
        "arms": [{"name": text, "total": 3, "recall@5": {"percent": 66.7, "interval": [0.0, 100.0]}, "resolved": None}],
        "pairs": [
            {"arm": "accepted", "against": "none", "recall@5": {"difference": 1.5, "interval": [-2, 5], "won": 1}}
        ],
        "curves": {"none": {text: curve}, "accepted": {text: curve}},
        "missing": [{"instance": text, "why": text}],
        "faults": [],
        "instances": rows,
    }


def kept_run(out: Path, text: str) -> str:
    """The record of a run in OUT/runs; its id."""
    run = a_run(text)
    runs = RunStore(out / "runs")
    task = Task(repository=text, base_commit="c0ffee", issue=text)
    with runs.create(task, model="m", strategy="staged", seed=0, fingerprint="f") as log:
        assert run.recall is not None
        log.append("recalled", recall=run.recall.model_dump(mode="json"))
    return log.id


def test_untrusted_text_stays_text() -> None:
    page = render(a_document(EVIL))
    tags = Tags()
    tags.feed(page)
    assert not tags.tags & {"script", "img", "iframe", "link", "object", "form", "a"}
    assert not {name for name in tags.attributes if name.startswith("on") or name in ("src", "href", "style")}
    assert "{{ 7*7 }}" in page
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]


def test_what_the_page_shows() -> None:
    page = render(a_document("the text"))
    for words in ("66.7 [0, 100]", "1.5 [-2, 5]; won 1", "<polyline", "structured: engine", "none: resolved", "task 3"):
        assert words in page, words
    assert re.search(r'<pre class="block diff">.*[+]the text</span>', page, re.DOTALL)
    assert page.count("<polyline") == 4, "two policies, two figures"


def test_markdown_has_the_tables_and_no_markup_of_others() -> None:
    text = markdown(a_document("a|b <b>"))
    assert "| name | total | recall@5 |" in text
    assert "a\\|b \\<b\\>" in text
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_memories_and_evidence_of_a_kept_run(tmp_path: Path) -> None:
    run = kept_run(tmp_path, "a memory of another fix")
    page = write_report(a_document("text", run), tmp_path).read_text()
    assert "a memory of another fix" in page
    assert '<span class="badge kind">fix</span>' in page
    assert "a memory of another fix" not in render(a_document("text", run)), "elsewhere there is no such run"


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps(a_document("text")))
    shown = CliRunner().invoke(command, ["report", str(tmp_path)], catch_exceptions=False)
    assert shown.stdout.strip() == str(tmp_path / "report.html")
    assert (tmp_path / "report.md").is_file()
    empty = tmp_path / "empty"
    empty.mkdir()
    assert isinstance(CliRunner().invoke(command, ["report", str(empty)]).exception, MissingError)


def test_a_browser_draws_it(tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("needs chromium")
    page = write_report(a_document(EVIL), tmp_path)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--window-size=1000,1400"]
    own = [*options, f"--user-data-dir={tmp_path}/profile"]
    done = subprocess.run(
        [browser, *own, f"--screenshot={tmp_path}/page.png", page.as_uri()], capture_output=True, text=True, timeout=120
    )
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG"), done.stderr
    assert "Refused to apply" not in done.stderr, "the policy lets the page's own style through"
    drawn = subprocess.run([browser, *own, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120)
    tags = Tags()
    tags.feed(drawn.stdout)
    assert "polyline" in tags.tags
    assert "script" not in tags.tags
