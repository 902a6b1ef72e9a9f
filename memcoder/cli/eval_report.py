"""`memcoder eval report`: a benchmark's report.json as one HTML page and as Markdown."""

import json
from pathlib import Path

import click

from memcoder.cli.common import json_option, print_json


@click.command("report")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@json_option
def report(folder: Path, as_json: bool) -> None:
    """Write FOLDER/report.html and FOLDER/report.md from FOLDER/report.json.

    \b
    Example:
      memcoder eval report results
    """
    from memcoder_eval.report.page import write_report

    from memcoder.errors import MissingError, UsageError

    file = folder / "report.json"
    if not file.is_file():
        raise MissingError(f"there is no {file}", "give the --out of a benchmark that has ended")
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        page = write_report(document, folder)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file} is no report of a benchmark: {error}", "it is written by `memcoder eval`") from error
    if as_json:
        print_json({"command": "report", "page": str(page), "markdown": str(folder / "report.md")})
    else:
        click.echo(page)
