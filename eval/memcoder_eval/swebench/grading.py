"""The official grade of patches: run here, read and decided by the swebench harness."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from memcoder import MissingError, Settings, connect
from memcoder_eval.dataset import Instance
from memcoder_eval.recipes import Ground
from memcoder_eval.stores import Report
from memcoder_eval.swebench.container import Ran, run_tests
from memcoder_eval.swebench.images import Image, ground_of, provided
from memcoder_eval.swebench.predictions import prediction
from memcoder_eval.swebench.script import record

TIMEOUT = 1800.0
"""Seconds that the tests of one instance may take; the harness's own default."""


@dataclass(frozen=True)
class Grade:
    """What the harness says of one patch."""

    resolved: bool
    applied: bool
    infra_failure: bool
    """Whether the log looks like a broken environment."""
    reason: str
    """Why it is not resolved; empty where it is."""
    tests_status: Mapping[str, Any]
    """Fail-to-pass and pass-to-pass, each with its `success` and `failure`."""
    seconds: float = 0.0


def grade(
    instances: Sequence[Instance],
    predictions: Mapping[str, str],
    out: Path,
    clones: Path | None,
    settings: Settings,
    report: Report,
    *,
    timeout: float = TIMEOUT,
) -> dict[str, Grade]:
    """The grade of each instance's patch; what was graded before is read from `out`.

    An empty patch resolves nothing and is not run. An instance that cannot be run here has a grade that says why.
    Raises FaultError where the engine or a build fails.
    """
    grades = {}
    for instance in instances:
        patch = predictions.get(instance.id, "")
        try:
            if not patch.strip():
                grades[instance.id] = Grade(False, False, False, "there is no patch", {})
            elif found := kept(out, instance, ground_of(instance), patch):
                grades[instance.id] = found
            else:
                with provided(instance, clones, settings, report) as image:
                    grades[instance.id] = grade_in(image, instance, patch, out, timeout=timeout)
        except MissingError as error:
            grades[instance.id] = Grade(False, False, True, f"unsupported: {error.message}", {})
    return grades


def grade_in(image: Image, instance: Instance, patch: str, out: Path, *, timeout: float = TIMEOUT) -> Grade:
    """The grade of a patch in an image that is there; an empty one is run too, which tells whether the tests decide.

    Keeps the harness's report, the patch, the script and the log under `out`. Raises FaultError, MissingError.
    """
    if found := kept(out, instance, image.ground, patch):
        return found
    row = record(instance, image.name, image.ground, own=image.origin == "built")
    client = connect()
    try:
        spec = _spec(row)
        ran = run_tests(client, image.name, patch, spec.eval_script, timeout)
    finally:
        client.close()
    folder = _folder(out, instance, image.ground, patch)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "test_output.txt"
    log.write_text(ran.output, encoding="utf-8")
    (folder / "patch.diff").write_text(patch, encoding="utf-8", errors="surrogateescape")
    (folder / "eval.sh").write_text(spec.eval_script, encoding="utf-8", errors="surrogateescape")
    official = _official(spec, instance.id, patch, log) if ran.applied and not ran.timed_out else None
    made = _grade(official, ran, timeout)
    (folder / "report.json").write_text(json.dumps({instance.id: official or {}}, indent=2) + "\n")
    (folder / "grade.json").write_text(json.dumps(asdict(made)) + "\n")
    return made


def kept(out: Path, instance: Instance, ground: Ground, patch: str) -> Grade | None:
    """The grade that this very patch got before, by this very recipe; None where it got none."""
    file = _folder(out, instance, ground, patch) / "grade.json"
    if not file.is_file():
        return None
    try:
        return Grade(**json.loads(file.read_text()))
    except (ValueError, TypeError):
        return None  # cut off while it was written


def _folder(out: Path, instance: Instance, ground: Ground, patch: str) -> Path:
    decides = [patch, asdict(ground), instance.row.get("eval_script"), instance.test_patch]
    digest = hashlib.sha256(json.dumps(decides).encode()).hexdigest()
    return out / "reports" / instance.id / digest[:12]


def _spec(row: dict[str, Any]) -> Any:
    try:
        from swebench.harness.utils import make_test_spec
    except ImportError as error:
        raise MissingError("the package swebench is missing", "pip install 'memcoder-agent[eval]'") from error
    return make_test_spec(row)


def _official(spec: Any, instance: str, patch: str, log: Path) -> dict[str, Any]:
    """The harness's report of one log."""
    from swebench.harness.grading import get_eval_report

    report = get_eval_report(
        test_spec=spec,
        prediction=prediction(instance, patch, "memcoder"),
        test_log_path=str(log),
        include_tests_status=True,
    )
    found: dict[str, Any] = report[instance]
    return found


def _grade(official: dict[str, Any] | None, ran: Ran, timeout: float) -> Grade:
    if official is None:
        reason = f"the tests took more than {timeout:.0f} s" if ran.applied else "the patch does not apply"
        return Grade(False, ran.applied, False, reason, {}, round(ran.seconds, 1))
    status = official.get("tests_status", {})
    return Grade(
        official["resolved"],
        official["patch_successfully_applied"],
        official["infra_failure"],
        "" if official["resolved"] else _reason(official, status),
        status,
        round(ran.seconds, 1),
    )


def _reason(official: dict[str, Any], status: Mapping[str, Any]) -> str:
    """Why it is not resolved, in a line."""
    if not status:
        return f"no test results can be read ({official.get('infra_failure_reason', 'no reason known')})"
    counts = []
    for kind, name in (("FAIL_TO_PASS", "fail-to-pass"), ("PASS_TO_PASS", "pass-to-pass")):
        failed, passed = status[kind]["failure"], status[kind]["success"]
        if failed:
            counts.append(f"{len(failed)} of {len(failed) + len(passed)} {name} fail: {', '.join(failed[:2])[:120]}")
    return "; ".join(counts)
