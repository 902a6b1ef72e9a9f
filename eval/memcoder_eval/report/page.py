"""The page of a benchmark: its tables, its curves, and each instance with what its runs did; and the same as Markdown.

Patches, memories and messages are untrusted: the template escapes everything, and the page's content policy allows its
own style sheet and nothing else. It opens without a server and fetches nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memcoder import MemcoderError, Run, RunStore, page_environment, page_style
from memcoder_eval.batch.faults import category
from memcoder_eval.report import charts
from memcoder_eval.report.cells import cell, facts, table

if TYPE_CHECKING:
    from jinja2 import Template

FOLDER = Path(__file__).parent
TABLES = {
    "arms": "Arms",
    "pairs": "Pairs",
    "check": "Self-check",
    "tasks": "Tasks",
    "faults": "Cut off",
    "missing": "Missing",
}
TOLD_APART = frozenset({"key", "arm", "instance", "patch", "memories", "error", "run"})
"""Of a row, what has a place of its own on the page."""
RUN_ID = re.compile(r"[A-Za-z0-9_-]+")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*")
"""Of an arm or an instance, as a folder may be called."""
MARKDOWN = re.compile(r"([\\|`*_<>\[\]])")


@dataclass(frozen=True)
class Told:
    """One arm's row of an instance, and its run where that was kept."""

    row: Mapping[str, Any]
    run: Run | None

    @property
    def category(self) -> str:
        return category(dict(self.row))

    @property
    def patch(self) -> str:
        own = self.row.get("patch")
        return own if isinstance(own, str) else self.run.patch.diff if self.run and self.run.patch else ""

    @property
    def figures(self) -> dict[str, str]:
        """What else the row says."""
        return {key.replace("_", " "): cell(value) for key, value in self.row.items() if key not in TOLD_APART}


def write_report(document: Mapping[str, Any], out: Path) -> Path:
    """Write OUT/report.html and OUT/report.md; the page's path. Runs are looked for in OUT/runs and OUT/runs/ARM."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.md").write_text(markdown(document), encoding="utf-8", errors="backslashreplace")
    page = out / "report.html"
    page.write_text(render(document, out), encoding="utf-8", errors="backslashreplace")
    return page


def render(document: Mapping[str, Any], out: Path | None = None) -> str:
    """The page."""
    style, digest = page_style((FOLDER / "report.css").read_text(encoding="utf-8"))
    return _template().render(
        title=f"memcoder eval {document['command']}",
        facts=facts(document),
        tables=list(_tables(document)),
        charts=list(charts.charts(document.get("curves") or {})),
        size=charts,
        instances=_instances(document, out),
        style=style,
        style_hash=digest,
    )


def markdown(document: Mapping[str, Any]) -> str:
    """The tables, without curves and instances."""
    parts = [f"# memcoder eval {document['command']}"]
    parts.append("\n".join(f"- {key}: {_escaped(value)}" for key, value in facts(document).items()))
    for title, (heads, *rows) in _tables(document):
        lines = [heads, ["---"] * len(heads), *rows]
        told = "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)
        parts.append(f"## {title}\n\n{told}")
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    return text if text == "---" else MARKDOWN.sub(r"\\\1", text)


def _tables(document: Mapping[str, Any]) -> Iterator[tuple[str, list[list[str]]]]:
    for key, title in TABLES.items():
        if rows := document.get(key):
            yield title, table(rows)


def _instances(document: Mapping[str, Any], out: Path | None) -> dict[str, list[Told]]:
    """The rows of each instance."""
    found: dict[str, list[Told]] = {}
    for row in document.get("instances") or ():
        found.setdefault(str(row["instance"]), []).append(Told(row, _run(row, out)))
    return found


def _run(row: Mapping[str, Any], out: Path | None) -> Run | None:
    """The record of a row's run; None where it was not kept, or is damaged."""
    name = row.get("run")
    if out is None or not isinstance(name, str) or not RUN_ID.fullmatch(name):
        return None
    runs, arm, instance = out / "runs", str(row.get("arm", "")), str(row.get("instance", ""))
    if not (NAME.fullmatch(arm) and NAME.fullmatch(instance)):
        return None
    for folder in (runs, runs / arm, runs / arm / instance):
        if (folder / name).is_dir():
            try:
                return RunStore(folder).load(name)
            except MemcoderError:
                return None
    return None


@cache
def _template() -> "Template":
    return page_environment(FOLDER).get_template("report.html.j2")
