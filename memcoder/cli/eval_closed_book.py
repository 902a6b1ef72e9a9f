"""`memcoder eval closed-book`: what an adapter knows of a library that no model has seen."""

import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import FOLDER, names_in, seed_option, tell

ARMS = "base,open_book,adapter,adapter-no-rehearsal"


@click.command("closed-book")
@click.option("--arms", default=ARMS, show_default=True, help="Who is examined.")
@click.option("--model", default="small", show_default=True, help="Base: small, embedded, or the path of one.")
@click.option("--rounds", type=click.IntRange(1, 5), default=2, show_default=True, help="Rounds of new facts.")
@click.option("--max-time", type=float, default=1800.0, show_default=True, help="Seconds a round, all arms together.")
@seed_option
@click.option("--out", type=FOLDER, help="Folder of results; resumed when it exists. Without it nothing is kept.")
@json_option
def closed_book(
    arms: str, model: str, rounds: int, max_time: float, seed: int, out: Path | None, as_json: bool
) -> None:
    """Ask a base model, the same with memory in its prompt, and adapters about a library of random names.

    \b
    Example:
      memcoder eval closed-book --rounds 2 --out results
    """
    from memcoder_eval.closed_book.benchmark import run_benchmark

    from memcoder import base_file

    base = base_file(model)
    with nullcontext(out) if out else tempfile.TemporaryDirectory() as folder:
        report = run_benchmark(names_in(arms), model, base, seed, rounds, max_time, Path(folder), say)
        tell(report, out, as_json, _print)


def _print(report: dict[str, Any]) -> None:
    heads = ("arm", "questions", "score", "95 % interval", "forgetting")
    rows = [
        (arm["name"], str(arm["total"]), f"{arm['score']:.2f}", _interval(arm["interval"]), _lost(arm))
        for arm in report["arms"]
    ]
    print_table([heads, *rows])
    words = {True: "met", False: "not met", None: "not asked"}
    for name, met in report["targets"].items():
        click.echo(f"target {name}: {words[met]}")


def _interval(ends: list[float]) -> str:
    return f"{ends[0]:.2f} to {ends[1]:.2f}"


def _lost(arm: dict[str, Any]) -> str:
    lost = arm.get("forgetting")
    if lost is None:
        return ""
    return f"{lost:.3f}" if arm["valid"] is not False else f"{lost:.3f} (nothing was learned)"
