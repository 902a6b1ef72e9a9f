"""`memcoder eval localize`: does recall find the files and functions that a fix changed?"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, safe_text, say
from memcoder.cli.eval_options import tell

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


WITHIN = "Seconds of mining a repository beyond what makes it searchable; what is left is reported as pending."


@click.command("localize")
@click.option("--dataset", type=FILE, required=True, help="Instances in SWE-bench's schema, JSONL.")
@click.option("--repos", type=FOLDER, required=True, help="Folder of clones: owner__name or owner__name.git.")
@click.option("--arms", default="bm25,code,full", show_default=True, help="bm25, code, full, drop-one, full+model, ...")
@click.option("--only", metavar="RE", help="Only instances whose id this regular expression finds.")
@click.option("--first", type=click.IntRange(min=1), help="Only the first N instances.")
@click.option("--sample", type=click.IntRange(min=1), help="Only N of those, drawn by the seed.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Repositories at once.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the bootstrap, a sample, a model.")
@click.option("--model", default="embedded", show_default=True, help="The model of the arm full+model.")
@click.option("--stores", type=click.Path(path_type=Path), help="Folder of mined stores, to share between results.")
@click.option("--mine-within", "within", type=click.FloatRange(min=0), default=math.inf, help=WITHIN)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of results; resumed when it exists.")
@json_option
def localize(
    dataset: Path,
    repos: Path,
    arms: str,
    only: str | None,
    first: int | None,
    sample: int | None,
    workers: int,
    stores: Path | None,
    within: float,
    out: Path | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Ask recall about each problem statement, and look where the fixed files and functions stand.

    \b
    Example:
      memcoder eval localize --dataset swebench_lite.jsonl --repos clones --workers 2 --out results
    """
    from memcoder_eval.dataset import load
    from memcoder_eval.localize import arms as known
    from memcoder_eval.localize.benchmark import run_benchmark

    from memcoder.config import load_settings
    from memcoder.memory.recall import RANKERS

    names = known.chosen(arms, RANKERS)
    settings = load_settings(None, **flags)
    where = out or Path("memcoder-eval-localize")
    instances = load(dataset, only, first, sample, settings.seed)
    report = run_benchmark(
        dataset, instances, repos, names, settings, where, say, stores=stores, workers=workers, within=within
    )
    tell(report, where, as_json, _print)


def _print(report: dict[str, Any]) -> None:
    for line in table(report):
        click.echo(safe_text(line))


def table(report: dict[str, Any]) -> Iterator[str]:
    """One table, and below it what is no share: pairs, times, memory, what is missing."""
    yield "strict accuracy in percent: files @1 @3 @5 @10, functions @1 @3 @5 @10, all functions in 2k 4k 8k tokens"
    rows: list[tuple[str, ...]] = [
        ("arm", "of", "f@1", "f@3", "f@5", "f@10", "of", "fn@1", "fn@3", "fn@5", "fn@10", "2k", "4k", "8k")
    ]
    for arm in report["arms"]:
        rows.append((arm["name"], *_cells(arm), *_cells(arm["functions"]), *_budget(arm["functions"])))
        rows.append(("  one file", *_cells(arm["one_file"])))
        rows.append(("  several files", *_cells(arm["several_files"])))
    best = next((arm for arm in report["arms"] if arm["name"] == "full"), report["arms"][-1])
    for name, own in best["repositories"].items():
        cells = (*_cells(own), *_cells(own["functions"]), *_budget(own["functions"]))
        rows.append((f"{best['name']}: {name}", *cells))
    yield from _aligned(rows)
    for pair in report["pairs"]:
        yield _pair(pair)
    yield f"cold revision {_times(report['cold_ms'])}, warm {_times(report['warm_ms'])}"
    yield "peak memory " + ", ".join(f"{name} {own['peak_mb']} MB" for name, own in report["repositories"].items())
    for one in report["missing"]:
        yield f"missing: {one['instance']}: {one['why']}"


def _cells(figures: dict[str, Any]) -> tuple[str, ...]:
    return (str(figures["total"]), *(f"{figures[f'acc@{k}']:.1f}" for k in (1, 3, 5, 10)))


def _budget(functions: dict[str, Any]) -> tuple[str, ...]:
    return tuple(f"{share['percent']:.1f}" for share in functions["budget"]["plain"].values())


def _pair(pair: dict[str, Any]) -> str:
    parts = []
    for what in ("files", "functions"):
        one = pair[what]["acc@5"]
        low, high = one["interval"]
        parts.append(
            f"{what} @5 {one['difference']:+.1f} [{low:+.1f}, {high:+.1f}], "
            f"{one['won']} won, {one['lost']} lost, p {one['p']}"
        )
    return f"{pair['arm']} against {pair['against']}: " + "; ".join(parts)


def _times(figures: dict[str, Any]) -> str:
    return ", ".join(f"{name} {'-' if value is None else f'{value:.0f} ms'}" for name, value in figures.items())


def _aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    width = max(len(row) for row in rows)
    full = [(*row, *[""] * (width - len(row))) for row in rows]
    widths = [max(len(row[at]) for row in full) for at in range(width)]
    for first, *rest in full:
        yield "  ".join([first.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(rest, widths[1:], strict=True))])
