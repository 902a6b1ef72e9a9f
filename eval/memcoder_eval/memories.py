"""`memcoder eval memories`: does recall find the commit that a later one turned out to be about?

Query: the later commit's message without its citations (`citations.question`), as of its first parent. Wanted: the
cited commit. `raw` asks the memories as they were mined; `distilled` asks a copy of the store into which what
`memcoder eval distill` made of the cited commits was put, for the pairs whose cited commit has it.
"""

import json
import random
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from memcoder import MemoryStore, Repository, Settings, UsageError, mine, recall
from memcoder_eval.citations import as_pair, candidates
from memcoder_eval.intervals import share
from memcoder_eval.results import Results
from memcoder_eval.stores import Report, mined, repository_at

ARMS = ("raw", "distilled")
REVERTS = 1 / 3
"""Share of the pairs that are reverts, where there are enough."""
DEPTH = 10
"""Ranks beyond which a commit counts as not found."""
PAIRS = "pairs.json"

Lists = Callable[[Repository, MemoryStore, str, str], dict[str, list[str]]]
"""Repository, store, query, commit → the ids of each ranker, best first."""


def lists_of(repo: Repository, store: MemoryStore, query: str, as_of: str) -> dict[str, list[str]]:
    """Each ranker's own order: the one place that knows how recall tells it."""
    from memcoder import memory_lists

    return {name: list(ids) for name, ids in memory_lists(repo, store, query, as_of=as_of).items()}


def draw(found: dict[str, list[dict[str, Any]]], wanted: int, seed: int, accept: Callable[..., Any]) -> list[Any]:
    """Up to `wanted` pairs, a third of them reverts, from all repositories in turn, drawn by the seed.

    `accept` (name, candidate) gives the pair, or None for one that does not count.
    """
    reverts = _in_turn(found, "revert", round(wanted * REVERTS), seed, accept)
    return _in_turn(found, "follow-up", wanted - len(reverts), seed, accept) + reverts


def _in_turn(
    found: dict[str, list[dict[str, Any]]], relation: str, wanted: int, seed: int, accept: Callable[..., Any]
) -> list[Any]:
    queues = {name: [one for one in pool if one["relation"] == relation] for name, pool in found.items()}
    for name in sorted(queues):
        random.Random(f"{seed} {name}").shuffle(queues[name])  # noqa: S311 - a sample, no secret
    chosen: list[Any] = []
    while len(chosen) < wanted and any(queues.values()):
        for name in sorted(queues):
            pair = None
            while pair is None and queues[name]:
                pair = accept(name, queues[name].pop())
            if pair is not None and len(chosen) < wanted:
                chosen.append(pair)
    return chosen


def run_benchmark(
    folder: Path, names: Sequence[str], wanted: int, arms: Sequence[str], distilled: Path | None, stores: Path,
    settings: Settings, out: Path, report: Report, lists: Lists = lists_of,
) -> dict[str, Any]:  # fmt: skip
    """All pairs in all arms, those with a result in `out` left alone; the command's document."""
    if not names or set(arms) - set(ARMS) or not arms:
        raise UsageError("names or arms are missing or unknown", f"arms are {', '.join(ARMS)}; give --names A,B,C")
    if "distilled" in arms and distilled is None:
        raise UsageError("the arm `distilled` needs what was distilled", "give --distilled, the --out of eval distill")
    results = Results(out, {"seed": settings.seed, "pairs": wanted, "embedder": settings.embedder})
    pairs = _pairs(folder, names, wanted, stores, settings, out, report)
    fields = _fields(distilled) if distilled else {}
    asked = {"raw": pairs, "distilled": [pair for pair in pairs if (pair["repository"], pair["cited"]) in fields]}
    done = {(row["arm"], row["later"]) for row in results.rows()}
    left = sum((arm, pair["later"]) not in done for arm in arms for pair in asked[arm])
    report(f"{len(pairs)} pairs; {left} queries to do, {len(done)} done; no model is called")
    for arm in arms:
        for name in names:
            todo = [pair for pair in asked[arm] if pair["repository"] == name and (arm, pair["later"]) not in done]
            if todo:
                where = stores if arm == "raw" else _filled(folder, name, stores, fields, settings, out, report)
                with mined(folder, name, where, settings, report) as (repo, store):
                    for pair in todo:
                        row = ask(arm, pair, repo, store, lists)
                        results.add(row)
                        report(f"{arm} {name} {pair['later'][:10]} → {pair['cited'][:10]}: {row['ranks']}")
    keys = {pair["later"] for pair in pairs}
    rows = [row for row in results.rows() if row["later"] in keys and row["arm"] in arms]
    return document(rows, pairs, arms, settings)


def ask(arm: str, pair: dict[str, Any], repo: Repository, store: MemoryStore, lists: Lists) -> dict[str, Any]:
    """The row of one query: where each ranker and their fusion have the cited commit, from 1; 0 where they do not."""
    hidden = frozenset({pair["later"]})
    started = time.monotonic()
    found = recall(repo, store, pair["query"], as_of=pair["as_of"], k=DEPTH, exclude=hidden)
    seconds = time.monotonic() - started
    ranked = {"fused": [item.memory.id for item in found.memories]} | lists(repo, store, pair["query"], pair["as_of"])
    return {
        "arm": arm,
        **{key: pair[key] for key in ("repository", "later", "cited", "relation")},
        "ranks": {name: _rank(ids, pair["cited"]) for name, ids in ranked.items()},
        "complete": found.complete,
        "seconds": round(seconds, 3),
    }


def document(
    rows: list[dict[str, Any]], pairs: list[dict[str, Any]], arms: Sequence[str], settings: Settings
) -> dict[str, Any]:
    """Recall@1 and @5 by arm, relation and ranker; and of the distilled pairs, raw against distilled."""
    found = []
    for arm in arms:
        of_arm = [row for row in rows if row["arm"] == arm]
        found.append({"name": arm, "total": len(of_arm), **{kind: _by_ranker(part) for kind, part in _kinds(of_arm)}})
    return {
        "command": "memories",
        "seed": settings.seed,
        "embedder": settings.embedder,
        "pairs": len(pairs),
        "arms": found,
        "compared": _compared(rows) if set(arms) == set(ARMS) else None,
        "rows": rows,
    }


def _kinds(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Reverts apart from the others, because a revert's text is mostly about why."""
    return [(kind, [row for row in rows if row["relation"] == kind]) for kind in ("follow-up", "revert")]


def _by_ranker(rows: list[dict[str, Any]]) -> dict[str, Any]:
    rankers = list(dict.fromkeys(name for row in rows for name in row["ranks"]))
    return {
        name: {f"recall@{k}": share(sum(_hit(row, name, k) for row in rows), len(rows)) for k in (1, 5)}
        for name in rankers
    }


def _compared(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The same pairs, raw and distilled: shares, and how many distilling won and lost."""
    by_arm = {arm: {row["later"]: row for row in rows if row["arm"] == arm} for arm in ARMS}
    both = [(by_arm["raw"][key], row) for key, row in by_arm["distilled"].items() if key in by_arm["raw"]]
    rankers = list(dict.fromkeys(name for _, row in both for name in row["ranks"]))
    return {"pairs": len(both)} | {
        name: {
            f"recall@{k}": {
                "raw": share(sum(_hit(raw, name, k) for raw, _ in both), len(both)),
                "distilled": share(sum(_hit(new, name, k) for _, new in both), len(both)),
                "won": sum(_hit(new, name, k) and not _hit(raw, name, k) for raw, new in both),
                "lost": sum(_hit(raw, name, k) and not _hit(new, name, k) for raw, new in both),
            }
            for k in (1, 5)
        }
        for name in rankers
    }


def _hit(row: dict[str, Any], ranker: str, k: int) -> bool:
    rank: int = row["ranks"].get(ranker, 0)
    return 0 < rank <= k


def _rank(ids: list[str], wanted: str) -> int:
    shown = ids[:DEPTH]
    return shown.index(wanted) + 1 if wanted in shown else 0


def _pairs(
    folder: Path, names: Sequence[str], wanted: int, stores: Path, settings: Settings, out: Path, report: Report
) -> list[dict[str, Any]]:
    """The pairs, drawn once and kept beside the results."""
    path = out / PAIRS
    if not path.is_file():
        found: dict[str, list[dict[str, Any]]] = {}
        for name in names:
            with mined(folder, name, stores, settings, report, vectors=False) as (_, store):
                found[name] = [dict(one) for one in candidates(store)]
            report(f"{name}: {len(found[name])} commits cite one other")
        repos = {name: repository_at(folder, name) for name in names}

        def accept(name: str, candidate: dict[str, str]) -> dict[str, Any] | None:
            pair = as_pair(repos[name], candidate)
            return {"repository": name, **pair} if pair else None

        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(draw(found, wanted, settings.seed, accept), indent=1) + "\n")
        draft.replace(path)
    kept: list[dict[str, Any]] = json.loads(path.read_text())
    return [pair for pair in kept if pair["repository"] in names]


def _fields(distilled: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """What `eval distill` made, by repository and commit."""
    path = distilled / "results.jsonl"
    if not path.is_file():
        raise UsageError(f"{distilled} holds no results", "give the --out of `memcoder eval distill`")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {(row["repository"], row["commit"]): row["fields"] for row in rows if row["fields"]}


def _filled(
    folder: Path, name: str, stores: Path, fields: dict[tuple[str, str], dict[str, Any]], settings: Settings,
    out: Path, report: Report,
) -> Path:  # fmt: skip
    """A copy of a repository's store with the distilled fields in it, made once; the folder of such copies."""
    copies = out / "distilled"
    if not (copies / name).is_dir():
        draft = copies / f"{name}.partial"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(stores / name, draft)
        repo = repository_at(folder, name)
        with MemoryStore.open(settings.model_copy(update={"store": draft}), repo.key) as store:
            found = ((store.get(commit), own) for (where, commit), own in fields.items() if where == name)
            store.put([memory.model_copy(update=_tuples(own)) for memory, own in found if memory])
            mine(repo, store, say=report)  # the vectors of what was filled in
        draft.rename(copies / name)
    return copies


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
