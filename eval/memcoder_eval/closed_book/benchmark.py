"""`memcoder eval closed-book`: what a model knows of a library that no model has seen, over rounds of training.

Arms answer the same held-out questions: `base` bare, `open_book` with memory in the prompt, `adapter` after each round
trained on with rehearsal of the earlier ones, `adapter-no-rehearsal` without. Training sees other questions than the
examination. Every examination is a row, and a training has its own checkpoints: a run that was cut off goes on.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memcoder import Training
from memcoder_eval.arms import check_arms
from memcoder_eval.closed_book.exam import ask_facts, ask_probe
from memcoder_eval.closed_book.lessons import settings
from memcoder_eval.closed_book.library import Library, make_library
from memcoder_eval.closed_book.models import Deadline, Models, Report
from memcoder_eval.closed_book.plan import ARMS, OPEN_BOOK, PROBE, Examination, examinations
from memcoder_eval.closed_book.report import document
from memcoder_eval.results import Results


def run_benchmark(
    arms: Sequence[str],
    model: str,
    base: Path,
    seed: int,
    rounds: int,
    max_time: float,
    out: Path,
    report: Report,
    how: Training | None = None,
) -> dict[str, Any]:
    """All examinations that have no row in `out` yet, with the trainings that they need; the document.

    `model` is what `base` (a GGUF file or a Hugging Face folder) is called; `max_time` is seconds a round, for all arms
    together. Raises UsageError for an unknown arm, too many rounds or an `out` of other settings, LimitError where the
    time is over, MissingError without the extra `train`.
    """
    check_arms(arms, ARMS)
    library, how = make_library(seed, rounds), how or settings(seed)
    results = Results(out, {"model": model, "seed": seed, "training": how.model_dump(mode="json")})
    done = {Examination(row["model"], row["after"], row["what"]) for row in results.rows()}
    todo = [one for one in examinations(arms, rounds) if one not in done]
    report(f"{len(todo)} to do, {len(done)} done; at worst {rounds * max_time / 60:.0f} minutes")
    deadline = Deadline(rounds * max_time)
    models = Models(base, library, out / "adapters", how)
    for one in todo:
        results.add(_row(one, models, library, deadline, report))
    return document(results.rows(), arms, library, model, seed)


def _row(one: Examination, models: Models, library: Library, deadline: Deadline, report: Report) -> dict[str, Any]:
    deadline.left()
    judge = models.after(one.model, one.after, deadline, report) if one.after else models.base_alone()
    begun = time.monotonic()
    if one.what == PROBE:
        hits = ask_probe(judge)
    else:
        facts = library.rounds[int(one.what.rpartition(" ")[2]) - 1]
        hits = ask_facts(judge, facts, open_book=one.model == OPEN_BOOK)
    report(f"{one.model}, after {one.after} rounds, {one.what}: {sum(hits)} of {len(hits)}")
    return {**one._asdict(), "hits": hits, "seconds": round(time.monotonic() - begun, 1)}
