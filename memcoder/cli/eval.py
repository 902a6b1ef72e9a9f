"""`memcoder eval`: benchmarks. Each is a program of memcoder_eval over memcoder's public API."""

import click

from memcoder.cli.eval_closed_book import closed_book
from memcoder.cli.eval_conventions import conventions
from memcoder.cli.eval_fit import fit
from memcoder.cli.eval_history import history
from memcoder.cli.eval_localize import localize
from memcoder.cli.eval_memories import distill, memories
from memcoder.cli.eval_overhead import overhead
from memcoder.cli.eval_repair import repair
from memcoder.cli.eval_report import report
from memcoder.cli.eval_reproductions import reproductions
from memcoder.cli.eval_stream import stream
from memcoder.cli.eval_swebench import swebench
from memcoder.cli.eval_throughput import throughput
from memcoder.cli.eval_verdicts import verdicts


@click.group("eval")
def command() -> None:
    """Benchmarks that print one table, or one JSON document.

    \b
    Example:
      memcoder eval repair ~/src/QuixBugs --max-time 300 --out results
    """


BENCHMARKS = (
    *(repair, overhead, localize, conventions, distill, memories, fit, verdicts, reproductions),
    *(swebench, history, stream, throughput, closed_book, report),
)
for benchmark in BENCHMARKS:
    command.add_command(benchmark)
