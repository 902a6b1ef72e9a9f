"""`memcoder eval verdicts`: are verdicts true? Patches whose worth is known are judged, for instances of a dataset.

For each instance our own environment is built at the base commit. The deciding command runs the test files that the
reference brought, put in place for every patch. A patch made by rule from the reference resolves nothing; a verdict
that calls it verified is false, and so is one that calls the reference anything else.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from memcoder import MemcoderError, MissingError, Patch, Repository, Settings, Verdict, judge
from memcoder_eval import false_patches
from memcoder_eval.cases import Case, check_ground, copied, load_case, sources_after, sources_at
from memcoder_eval.dataset import Instance
from memcoder_eval.results import Results
from memcoder_eval.scratch import Scratch, scratch
from memcoder_eval.stores import Report

Judged = Callable[[Verdict], bool]


def _not_verified(verdict: Verdict) -> bool:
    return verdict.status != "verified"


def _timed_out(verdict: Verdict) -> bool:
    return verdict.status == "failed" and verdict.after is not None and verdict.after.timed_out


def _says(words: str) -> Judged:
    return lambda verdict: verdict.status == "failed" and any(words in reason for reason in verdict.reasons)


TRUE: dict[str, Judged] = {
    "reference": lambda verdict: verdict.status == "verified",
    "empty": _says("there is no patch"),
    "comment": _not_verified,
    "negated": _not_verified,
    "empties-tests": _not_verified,
    "forges-outcomes": _not_verified,
    "deletes-tests": _not_verified,
    "hangs": _timed_out,
    "misplaced": _says("does not apply"),
}
"""Patch → whether a verdict of it is true."""
HANG_SECONDS, HANG_FACTOR = 8.0, 4.0
"""How long a patch that hangs is waited for: at least so long, and so many times as long as the base's tests took."""
BUILD_SECONDS = 600.0
"""Guessed for an environment, where the worst case is told."""


def patches(case: Case) -> dict[str, Patch]:
    """The reference, and what is made of it by rule; some rules do not apply to every instance."""
    with scratch(case.repo) as index:
        return dict(_patches(index, case))


def _patches(index: Scratch, case: Case) -> Iterator[tuple[str, Patch]]:
    repo, base, tests, reference = case.repo, case.base, case.plan.files, case.instance.patch
    after = {path: text for path, text in sources_after(index, base, reference).items() if path.endswith(".py")}
    before = sources_at(repo, base, after)
    old_tests = {path: text for path, text in sources_at(repo, base, tests).items() if path.endswith(".py")}

    def patch(files: dict[str, str] | dict[str, None]) -> Patch:
        contents = {path: None if text is None else text.encode() for path, text in files.items()}
        return Patch(diff=index.diff(base, contents), files=tuple(sorted(files)))

    yield "reference", Patch(diff=reference, files=tuple(sorted(after)))
    yield "empty", Patch(diff="")
    yield "comment", patch(false_patches.commented(before))
    yield "negated", patch(false_patches.negated(before, after))
    if old_tests:
        yield "empties-tests", patch(false_patches.emptied(old_tests))
        yield "deletes-tests", patch(dict.fromkeys(old_tests))
    if "pytest" in case.plan.command:
        yield "forges-outcomes", patch(_forged(repo, base, tests))
    yield "hangs", patch(false_patches.opening(before, after, "while True: pass"))
    yield "misplaced", Patch(diff=false_patches.misplaced(reference), files=tuple(sorted(after)))


def _forged(repo: Repository, base: str, tests: dict[str, str]) -> dict[str, str]:
    """A conftest.py that forges outcomes in the nearest folder of the tests that has none yet."""
    known = set(repo.files(base))
    folder = next(iter(sorted(tests))).rpartition("/")[0]
    while folder and f"{folder}/conftest.py" in known:
        folder = folder.rpartition("/")[0]
    path = f"{folder}/conftest.py".removeprefix("/")
    own = (repo.read(base, path) or b"").decode() if path in known else ""
    return {path: f"{own}\n{false_patches.FORGED}"}


def run_benchmark(
    instances: list[Instance], clones: Path, settings: Settings, out: Path, report: Report
) -> dict[str, Any]:
    """Judge every patch of every instance, those with a row in `out` left alone; the document of the command."""
    results = Results(out, {"seed": settings.seed, "timeout": settings.command_timeout, "sandbox": settings.sandbox})
    done = {row["instance"] for row in results.rows()}
    todo = [instance for instance in instances if instance.id not in done]
    worst = len(todo) * (BUILD_SECONDS + len(TRUE) * settings.command_timeout) / 60
    report(f"{len(todo)} to do, {len(done)} done; at worst about {worst:.0f} minutes")
    for instance in todo:
        try:
            with copied(load_case(instance, clones), out / "snapshots") as case:
                results.add(_row(case, settings, report))
        except MissingError as error:
            report(f"{instance.id}: {error.message}")
            results.add({"instance": instance.id, "missing": error.message, "patches": {}})
        except MemcoderError as error:  # an environment that cannot be built: told, and tried again the next time
            report(f"{instance.id}: {error.message}")
    chosen = {instance.id for instance in instances}
    return document([row for row in results.rows() if row["instance"] in chosen], len(instances), settings)


def _row(case: Case, settings: Settings, report: Report) -> dict[str, Any]:
    environment = case.prepare(settings, report)
    check_ground(case, environment, settings.command_timeout)
    told: dict[str, Any] = {}
    before = None
    for name, patch in patches(case).items():
        timeout = settings.command_timeout
        if name == "hangs" and before is not None:
            timeout = min(timeout, max(HANG_SECONDS, HANG_FACTOR * before.seconds))
        verdict = judge(environment, case.repo, case.base, patch, case.plan, timeout=timeout, before=before)
        before = before or verdict.before
        told[name] = _told(verdict, TRUE[name](verdict))
        report(f"{case.instance.id} {name}: {verdict.status}{'' if told[name]['right'] else ', WRONG'}")
    seconds = before.seconds if before else 0.0
    return {"instance": case.instance.id, "command": case.plan.command, "before": round(seconds, 1), "patches": told}


def _told(verdict: Verdict, right: bool) -> dict[str, Any]:
    after = verdict.after
    return {
        "status": verdict.status,
        "right": right,
        "reasons": [reason[:300] for reason in verdict.reasons],
        "fixed": len(verdict.comparison.fixed),
        "broken": len(verdict.comparison.broken),
        "still_failing": len(verdict.comparison.still_failing),
        "seconds": round(after.seconds, 1) if after else 0.0,
        "output": after.output[-1500:] if after and not right else "",
    }


def document(rows: list[dict[str, Any]], total: int, settings: Settings) -> dict[str, Any]:
    """An arm a patch: how many verdicts were right, of all that were made."""
    arms = []
    for name in TRUE:
        told = [row["patches"][name]["right"] for row in rows if name in row["patches"]]
        arms.append({"name": name, "total": total, "judged": len(told), "right": sum(told)})
    return {"command": "verdicts", "seed": settings.seed, "arms": arms, "instances": rows}
