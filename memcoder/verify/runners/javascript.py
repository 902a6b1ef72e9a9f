"""jest and vitest, which write the same JSON report; and what `npm test` and its like call."""

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

from memcoder.records import Outcome
from memcoder.verify.runners.base import REPORT_LIMIT, Project, Reading, Runner

REPORT = ".memcoder-tests.json"
MANIFEST = "package.json"
MANIFEST_LIMIT = 1_000_000
"""Bytes of a package.json."""
SCRIPT_LIMIT = 2_000
"""Characters of a test script."""
TESTS = re.compile(r"\.[cm]?[jt]sx?$")
STARTED = (
    r"(?:^|[;&|(\n])\s*(?:\w+=\S*\s+)*"
    r"(?:npx\s+(?:-\S+\s+)*|bunx\s+|yarn\s+|pnpm\s+(?:exec\s+)?|(?:\S*/)?node_modules/\.bin/)?"
)
"""Where a simple command begins, with variables and what launches a package's program."""
JEST = re.compile(rf"({STARTED}jest)(?=\s|$|[;&|)])(?!.*--outputFile)")
VITEST = re.compile(rf"({STARTED}vitest(?:\s+run)?)(?=\s|$|[;&|)])(?!.*--outputFile)")
SCRIPT = re.compile(r"\s*(npm\s+(?:run\s+)?test|npm\s+t|yarn\s+(?:run\s+)?test|pnpm\s+(?:run\s+)?test)(\s+--(?=\s|$))?")
"""A package's own test script, and whether options follow."""
SEPARATOR = re.compile(r"&&|\|\|?|;")
NOISE = re.compile(r"^(PASS|Ran all test suites|Test results written|JSON report written|Snapshots:)\b|^\s*[✓↓□]")
OUTCOMES: dict[str, Outcome] = {"passed": "passed", "failed": "failed"}
"""By the report's word; `pending`, `skipped`, `todo` and whatever else there is were not run."""


def jest_options(report: str) -> str:
    """Asks jest for a report beside what it prints."""
    return f"--json --outputFile={shlex.quote(report)}"


def vitest_options(report: str) -> str:
    """Asks vitest for a report beside what it prints."""
    return f"--reporter=default --reporter=json --outputFile.json={shlex.quote(report)}"


BY_PATTERN = ((JEST, jest_options), (VITEST, vitest_options))


def by_script(command: str, manifest: str, report: str) -> str:
    """`npm test` asked for a report, where the package's test script is a call of one of the two."""
    match = SCRIPT.match(command)
    if not match or "--outputFile" in command:
        return command
    called = SEPARATOR.split(_test_script(manifest))[-1]  # it is what gets the options
    options = next((ask(report) for pattern, ask in BY_PATTERN if pattern.search(called)), "")
    end = match.end()
    return f"{command[:end]}{'' if match[2] else ' --'} {options}{command[end:]}" if options else command


def parse_json_report(text: bytes) -> Reading:
    """Outcomes by `path::describe > test`; what cannot be read of a report from untrusted code is passed over."""
    if len(text) > REPORT_LIMIT:
        return Reading()
    try:
        return _files(json.loads(text)["testResults"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Reading()


def _files(files: list[dict[str, Any]]) -> Reading:
    tests: dict[str, Outcome] = {}
    messages: dict[str, str] = {}
    seconds: dict[str, float] = {}
    for file in files:
        path = str(file["name"])
        seconds[path] = max(0.0, (float(file["endTime"]) - float(file["startTime"])) / 1000)
        for case in file["assertionResults"]:
            name = f"{path}::{' > '.join(str(part) for part in (*case['ancestorTitles'], case['title']))}"
            tests[name] = OUTCOMES.get(str(case["status"]), "skipped")
            if tests[name] == "failed":
                messages[name] = "\n".join(str(line) for line in case.get("failureMessages") or ())
        if not file["assertionResults"] and file["status"] == "failed":
            tests[path], messages[path] = "error", str(file.get("message") or "the file could not be run")
    return Reading(tests, messages, seconds)


def test_script(project: Project) -> str:
    """What a package's test script calls; empty where there is none."""
    return _test_script(project.read(MANIFEST)) if MANIFEST in project.files else ""


def _test_script(manifest: str) -> str:
    return str(_table(manifest, "scripts").get("test") or "")[:SCRIPT_LIMIT]


def _table(manifest: str, key: str) -> dict[str, Any]:
    """One table of a package.json; empty where there is none."""
    try:
        found = json.loads(manifest)[key] if len(manifest) <= MANIFEST_LIMIT else {}
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _uses(project: Project, name: str) -> bool:
    """What the package's test script calls; where that is neither of the two, what the package depends on."""
    manifest = project.read(MANIFEST) if MANIFEST in project.files else ""
    called = re.search(r"\b(jest|vitest)\b", _test_script(manifest))
    if called:
        return called[1] == name
    return name in _table(manifest, "devDependencies") | _table(manifest, "dependencies")


def _runner(name: str, call: str, by_path: str, pattern: re.Pattern[str], options: Callable[[str], str]) -> Runner:
    return Runner(
        name=name,
        tests=TESTS,
        detects=lambda project: _uses(project, name),
        command=lambda project: call,
        select=lambda project, paths: f"{call}{by_path} {shlex.join(paths)}",
        called=pattern,
        ask=lambda command, report: pattern.sub(lambda match: f"{match[1]} {options(report)}", command),
        noise=NOISE,
    )


JEST_RUNNER = _runner("jest", "npx --no-install jest --ci", " --runTestsByPath", JEST, jest_options)
VITEST_RUNNER = _runner("vitest", "npx --no-install vitest run", "", VITEST, vitest_options)
