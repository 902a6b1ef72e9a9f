"""`memcoder eval reproductions`: what a model writes of an issue before it is resolved, with and without memories.

A reproduction is right where it fails on the base commit for what the code does (one that passes there, or fails for
an import, a syntax or a collection error, is discarded) and passes with the reference patch. A checklist is counted
where one of its items names a file that the reference changes. The places of recall are the same in both arms.
"""

from pathlib import Path
from typing import Any

from memcoder import (
    ChecklistItem,
    Guard,
    Journal,
    LanguageModel,
    LimitError,
    Limits,
    MissingError,
    Recall,
    RunStore,
    Sandbox,
    Settings,
    Task,
    TestPlan,
    make_plan,
    mine,
    open_model,
    recall,
    shown_memories,
    stands_in,
    try_test,
    write_checklist,
)
from memcoder_eval.arms import check_arms
from memcoder_eval.cases import Case, check_ground, copied, load_case
from memcoder_eval.dataset import Instance
from memcoder_eval.intervals import share
from memcoder_eval.localize.gold import gold
from memcoder_eval.results import Results
from memcoder_eval.stores import Report, mined

ARMS = ("memories", "bare")
COUNTED = ("written", "passes_on_reference", "stands_in_issue", "checklist_names_file")


def run_benchmark(
    instances: list[Instance],
    clones: Path,
    stores: Path,
    arms: list[str],
    settings: Settings,
    out: Path,
    report: Report,
) -> dict[str, Any]:
    """All instances in all arms, those with a row in `out` left alone; the document of the command.

    Raises UsageError for an unknown arm.
    """
    check_arms(arms, ARMS)
    results = Results(out, {"model": settings.model, "seed": settings.seed, "max_time": settings.max_time})
    done = {(row["instance"], row["arm"]) for row in results.rows()}
    todo = [one for one in instances if any((one.id, arm) not in done for arm in arms)]
    report(f"{len(todo)} to do; at worst {len(todo) * len(arms) * settings.max_time / 60:.0f} minutes beside building")
    if todo:
        with open_model(settings, say=report) as model:
            for instance in todo:
                lacking = [arm for arm in arms if (instance.id, arm) not in done]
                try:
                    rows = measure(instance, clones, stores, lacking, model, settings, out, report)
                except MissingError as error:
                    rows = [{"arm": arm, "missing": error.message} for arm in lacking]
                for row in rows:
                    report(f"{instance.id} {row['arm']}: {row.get('missing') or row['written']}")
                    results.add({"instance": instance.id, **row})
    chosen = {instance.id for instance in instances}
    rows = [row for row in results.rows() if row["instance"] in chosen and row["arm"] in arms]
    return document(rows, arms, len(instances), settings)


def measure(
    instance: Instance,
    clones: Path,
    stores: Path,
    arms: list[str],
    model: LanguageModel,
    settings: Settings,
    out: Path,
    report: Report,
) -> list[dict[str, Any]]:
    """A row an arm. Raises MissingError where the instance cannot be run here."""
    case = load_case(instance, clones)
    found = _recall(case, clones, stores, settings, report)
    changed = gold(case.repo, case.base, instance.patch).files
    with copied(case, out / "snapshots") as copy:
        environment = copy.prepare(settings, report)
        check_ground(copy, environment, settings.command_timeout)
        rows = []
        for arm in arms:
            told = found if arm == "memories" else found.model_copy(update={"memories": ()})
            with environment.start() as sandbox:
                rows.append({"arm": arm, **_written(copy, told, changed, sandbox, model, settings, out / arm, report)})
    return rows


def _recall(case: Case, clones: Path, stores: Path, settings: Settings, report: Report) -> Recall:
    """What memory has of the issue as of its base commit; what names the pull request is kept out."""
    question = case.instance.question
    with mined(clones, question.repo.replace("/", "__"), stores, settings, report, vectors=False) as (repo, store):
        mine(repo, store, revision=case.base, within=0.0)
        guard = Guard(issues=question.numbers, text=question.text)
        return recall(repo, store, question.text, as_of=case.base, k=settings.recall_k, guard=guard)


def _written(
    case: Case,
    told: Recall,
    changed: tuple[str, ...],
    sandbox: Sandbox,
    model: LanguageModel,
    settings: Settings,
    runs: Path,
    report: Report,
) -> dict[str, Any]:
    """What the model writes in one arm, and how it fares."""
    issue = case.instance.question.text
    task = Task(repository=str(case.repo.path), base_commit=case.base, issue=issue)
    limits = Limits.of(settings)
    log = RunStore(runs).create(task, model=model.name, strategy="staged", seed=settings.seed, fingerprint="")
    with log:
        journal = Journal(log, limits, report)
        items: tuple[ChecklistItem, ...] = ()
        plan = None
        try:
            memories = shown_memories(told)
            items = write_checklist(task, case.repo, told, memories, model, journal, settings)
            plan = make_plan(task, case.repo, told, model, sandbox, journal, settings)
        except LimitError as error:
            report(error.message)
    return {
        "memories": len(told.memories),
        **_reproduction(case, plan, sandbox, issue, settings),
        "checklist": [item.text for item in items],
        "checklist_names_file": any(item.path in changed for item in items),
        "calls": limits.spent.calls,
        "tokens": limits.spent.tokens,
        "seconds": round(limits.seconds, 1),
    }


def _reproduction(
    case: Case, plan: TestPlan | None, sandbox: Sandbox, issue: str, settings: Settings
) -> dict[str, Any]:
    """Whether one was written that fails on the base commit as it should, and whether the reference makes it pass."""
    if plan is None or plan.origin != "reproduction":
        return {"written": False, "passes_on_reference": False, "stands_in_issue": False, "source": ""}
    ((path, source),) = plan.files.items()
    sandbox.reset()
    sandbox.apply(case.instance.patch)
    run = try_test(sandbox, path, source, settings.command_timeout)
    return {
        "written": True,
        "passes_on_reference": run.passed,
        "stands_in_issue": stands_in(source, issue),
        "source": source,
    }


def document(rows: list[dict[str, Any]], arms: list[str], total: int, settings: Settings) -> dict[str, Any]:
    """Of all instances: counts an arm, each with its share and interval."""
    summaries = []
    for arm in arms:
        own = [row for row in rows if row["arm"] == arm and "missing" not in row]
        counts = {key: share(sum(bool(row[key]) for row in own), len(own)) for key in COUNTED}
        summaries.append({"name": arm, "total": total, "run": len(own), **counts})
    return {
        "command": "reproductions",
        "seed": settings.seed,
        "model": settings.model,
        "max_time": settings.max_time,
        "arms": summaries,
        "instances": rows,
    }
