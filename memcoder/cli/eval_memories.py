"""`memcoder eval distill` and `memcoder eval memories`: what distilling gives, and whether memories are found."""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, say
from memcoder.cli.eval_options import (
    names_in,
    names_option,
    out_option,
    repos_option,
    seed_option,
    stores_option,
    tell,
)


@click.command("distill")
@repos_option
@names_option
@click.option("--commits", type=click.IntRange(min=1), default=20, show_default=True, help="Commits a repository.")
@click.option("--cited", is_flag=True, help="Only commits that a later one cites, for `eval memories --distilled`.")
@seed_option
@click.option("--model", default="embedded", show_default=True, help="The model that distils.")
@click.option("--max-time", type=float, default=300.0, show_default=True, help="Seconds a commit.")
@stores_option
@out_option
@json_option
def distill(
    folder: Path, names: str, commits: int, cited: bool, stores: Path | None, out: Path, as_json: bool, **flags: Any
) -> None:
    """Distil sampled commits: how many answers are taken at first and after one retry, and what each takes.

    \b
    Example:
      memcoder eval distill --repos ~/clones --names flask,requests --commits 20 --out results
    """
    from memcoder_eval import distilling as benchmark

    from memcoder.config import load_settings

    settings = load_settings(None, **flags)
    report = benchmark.run_benchmark(
        folder, names_in(names), commits, cited, stores or out / "stores", settings, out, say
    )
    tell(report, out, as_json, _print_distill)


@click.command("memories")
@repos_option
@names_option
@click.option("--pairs", type=click.IntRange(min=1), default=150, show_default=True, help="Pairs in all.")
@click.option("--arms", default="raw", show_default=True, help="`raw`, `distilled`, or both with a comma.")
@click.option("--distilled", type=click.Path(path_type=Path), help="The --out of `eval distill`.")
@seed_option
@stores_option
@out_option
@json_option
def memories(
    folder: Path, names: str, pairs: int, arms: str, distilled: Path | None, stores: Path | None, out: Path,
    as_json: bool, **flags: Any,
) -> None:  # fmt: skip
    """Ask for the commit that a later one cites, with the later one's message, as of its parent.

    \b
    Example:
      memcoder eval memories --repos ~/clones --names flask,requests --pairs 150 --out results
    """
    from memcoder_eval import memories as benchmark

    from memcoder.config import load_settings

    settings = load_settings(None, **flags)
    where = stores or out / "stores"
    report = benchmark.run_benchmark(
        folder, names_in(names), pairs, names_in(arms), distilled, where, settings, out, say
    )
    tell(report, out, as_json, _print_memories)


def _print_distill(report: dict[str, Any]) -> None:
    for arm in report["arms"]:
        click.echo(f"{arm['name']}: valid at first {_share(arm['valid_first'])}, after a retry {_share(arm['valid'])}")
        click.echo(
            f"  each {arm['seconds_each']} s, {arm['tokens_in_each']} tokens in, {arm['tokens_out_each']} out; "
            f"refused: {', '.join(f'{reason} {count}' for reason, count in arm['refusals'].items()) or 'none'}"
        )


def _print_memories(report: dict[str, Any]) -> None:
    for arm in report["arms"]:
        for kind in ("follow-up", "revert"):
            for ranker, shares in arm[kind].items():
                click.echo(f"{arm['name']}  {kind}  {ranker}: " + _shares(shares))
    compared = report["compared"] or {}
    for ranker in filter(lambda name: name != "pairs", compared):
        for k, pair in compared[ranker].items():
            click.echo(
                f"of {compared['pairs']} pairs  {ranker}  {k}: raw {_share(pair['raw'])}, "
                f"distilled {_share(pair['distilled'])}, won {pair['won']}, lost {pair['lost']}"
            )


def _shares(shares: dict[str, Any]) -> str:
    return ", ".join(f"{k} {_share(value)}" for k, value in shares.items())


def _share(value: dict[str, Any]) -> str:
    low, high = value["interval"]
    return f"{value['hits']}/{value['total']} ({value['percent']} %, {low} to {high})"
