"""`/memcoder explain`: what memory knows about an issue, said on it. No model is asked, and nothing is run."""

from typing import Any

from memcoder import MemoryStore, mine, recall
from memcoder.github.clone import make_clone
from memcoder.github.job import Job, Outcome
from memcoder.github.markdown import code
from memcoder.github.memory import take
from memcoder.github.permission import when
from memcoder.github.pulls import say_once
from memcoder.github.report import memory_lines
from memcoder.github.text import issue_text

VECTOR_SECONDS = 60.0
PLACES = 10


def explain(job: Job, issue: dict[str, Any]) -> Outcome:
    """Recall by the issue's text, and answer with the memories and the places they point at."""
    number = job.trigger.number
    default = str(job.api.get("")["default_branch"])
    repo = make_clone(job.checkout, job.trigger.repository, number, None, default)
    text = issue_text(job.trigger, issue, job.api, when(job.trigger, job.api))
    settings = job.settings(repo)
    with MemoryStore.open(settings, repo.key) as store:
        notes = take(store, job.api, job.options)
        mine(repo, store, within=VECTOR_SECONDS)
        found = recall(repo, store, text.text, as_of=repo.head(), k=settings.recall_k)
    places = [f"{place.path}: {place.symbol}" if place.symbol else place.path for place in found.symbols or found.files]
    lines = ["What this repository's history knows about it, the likeliest first.", "", "Places:"]
    lines += [f"- {code(place)}" for place in places[:PLACES]] or ["- none"]
    lines += ["", "Earlier changes:"]
    memories = [item.memory for item in found.memories]
    lines += [f"- {line}" for line in memory_lines(memories, job.facts(number))] or ["- none"]
    lines += ["", *(f"- {note}" for note in notes), "`/memcoder solve` tries to fix it."]
    said = "\n".join(lines)
    say_once(job.api, number, job.mark, said)
    return Outcome("explained", summary=said)
