"""`memcoder eval distill` and `memcoder eval memories`: what distilling gives, and whether memories are found."""

import json
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_json, say

repos_option = click.option(
    "--repos", "folder", required=True, type=click.Path(path_type=Path), help="Folder of clones: NAME, owner__NAME.git."
)
names_option = click.option("--names", required=True, help="Repositories, with commas between them.")
seed_option = click.option("--seed", type=int, default=0, show_default=True, help="Seed of the sample.")
stores_option = click.option(
    "--stores", type=click.Path(path_type=Path), help="Folder of mined stores, one a repository; OUT/stores where none."
)
out_option = click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder of results; resumed when it exists."
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
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    print_json(report) if as_json else _print_distill(report)


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
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    print_json(report) if as_json else _print_memories(report)


def names_in(text: str) -> list[str]:
    """What is listed with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


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
