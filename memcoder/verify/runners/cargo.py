"""cargo test, by its lines: its JSON output is for nightly compilers alone."""

import re
import shlex
from collections import Counter
from collections.abc import Sequence

from memcoder.records import Outcome
from memcoder.verify.runners.base import Project, Reading, Runner

CALLED = re.compile(r"(\bcargo test)(?=\s|$)(?!.*--no-fail-fast)")
TARGET = re.compile(r"^\s*(?:Running (?:unittests )?(\S+\.rs) \(|Doc-tests (\S+))")
LINE = re.compile(r"^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)\b")
OUTCOMES: dict[str, Outcome] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}
DOCUMENTED = re.compile(r" \(line \d+\)$")
"""Where a documentation test stands; left out, because a patch above it moves it."""
SAID = re.compile(r"^---- (.+?) stdout ----$")
FINISHED = re.compile(r"^test result: .*finished in ([\d.]+)s")


def read_cargo(output: str) -> Reading:
    """Outcomes by `file of the target::module::test`."""
    tests: dict[str, Outcome] = {}
    messages: dict[str, str] = {}
    seconds: dict[str, float] = {}
    target, saying = "", ""
    seen: Counter[str] = Counter()
    for line in output.splitlines():
        if found := TARGET.match(line):
            target, saying = found[1] or f"doc-tests {found[2]}", ""
        elif found := LINE.match(line):
            name = _id(target, found[1])
            seen[name] += 1
            tests[name if seen[name] == 1 else f"{name} {seen[name]}"] = OUTCOMES[found[2]]
        elif found := SAID.match(line):
            saying = _id(target, found[1])
            messages.setdefault(saying, "")
        elif line == "failures:":
            saying = ""
        elif found := FINISHED.match(line):
            seconds[target], saying = float(found[1]), ""
        elif saying:
            messages[saying] += f"{line}\n"
    return Reading(tests, messages, seconds) if tests else Reading()


def _id(target: str, name: str) -> str:
    return f"{target}::{DOCUMENTED.sub('', name)}".removeprefix("::")


def _select(project: Project, paths: Sequence[str]) -> str:
    """Integration tests by name; those that stand among the sources are run in any case."""
    stems = dict.fromkeys(path.removesuffix("/main.rs").removesuffix(".rs").rpartition("/")[2] for path in paths)
    own = " --lib" if "src/lib.rs" in project.files else ""
    return f"cargo test --no-fail-fast{own} --bins" + "".join(f" --test {shlex.quote(stem)}" for stem in stems)


RUNNER = Runner(
    name="cargo test",
    tests=re.compile(r"(^|/)tests/([^/]+|[^/]+/main)\.rs$"),
    detects=lambda project: "Cargo.toml" in project.files,
    command=lambda project: "cargo test --no-fail-fast",
    select=_select,
    called=re.compile(r"\bcargo test\b"),
    ask=lambda command, report: CALLED.sub(r"\1 --no-fail-fast", command),
    read_output=read_cargo,
    noise=re.compile(
        r"^\s*(Compiling|Downloading|Downloaded|Updating|Locking|Finished|Running|Doc-tests|Blocking)\s|"
        r"^running \d+ tests?$|^test .* \.\.\. (ok|ignored)|^test result: ok"
    ),
    environment={"RUST_BACKTRACE": "1", "CARGO_TERM_COLOR": "never"},
)
