import pytest

from memcoder.agent.outcome import Outcome
from memcoder.agent.selection import Candidate, choose
from memcoder.records import Comparison, Finding, Fit, Patch, Verdict

LIGHT = Fit(findings=(Finding(kind="layout", outcome="broken", line="", weight=0.5),))
FITS = Fit()
NOTHING = Outcome(Patch(diff=""), Verdict(status="failed"))


def outcome(
    status: str = "verified", fixed: int = 1, broken: int = 0, fit: Fit | None = FITS, lines: int = 1
) -> Outcome:
    change = Comparison(fixed=tuple(f"f{n}" for n in range(fixed)), broken=tuple(f"b{n}" for n in range(broken)))
    added = "+line\n" * (lines - 1)
    diff = f"--- a/x\n+++ b/x\n@@ -1 +0,{lines - 1} @@\n--- a line that looks like a header\n{added}"
    return Outcome(Patch(diff=diff), Verdict.model_validate({"status": status, "comparison": change, "fit": fit}))


@pytest.mark.parametrize(
    ("worse", "better", "why"),
    [
        (NOTHING, outcome("failed", fixed=0), "others found no patch"),
        (outcome("unverified", fixed=0, lines=1), outcome(fit=LIGHT, lines=9), "verified, others unverified"),
        (outcome("failed", broken=1), outcome("unverified", fixed=0), "unverified, others failed"),
        (outcome(), outcome(fixed=2, fit=LIGHT), "+2 tests fixed less broken, others +1"),
        (outcome("failed", broken=3), outcome("failed", broken=2), "-1 tests fixed less broken, others -2"),
        (outcome(fit=LIGHT), outcome(lines=9), "fit 1.00, others 0.67 at best"),
        (outcome(fit=None), outcome(fit=LIGHT), "fit 0.67, others 0.00 at best"),
        (outcome(lines=9), outcome(lines=4), "4 lines changed, others 9 at least"),
    ],
)
def test_the_better_one_is_chosen_wherever_it_stands(worse: Outcome, better: Outcome, why: str) -> None:
    for order in ((worse, better), (better, worse)):
        chosen, said = choose([Candidate(number, one) for number, one in enumerate(order, start=1)])
        assert (chosen.outcome, said) == (better, why)


def test_of_equals_the_first_is_chosen_and_that_is_said() -> None:
    candidates = [Candidate(1, outcome("failed")), Candidate(2, outcome()), Candidate(3, outcome())]
    chosen, said = choose(candidates)
    assert (chosen.number, said) == (2, "verified, others failed; as good as 3, and earlier")


def test_one_alone_needs_no_reason() -> None:
    assert choose([Candidate(1, NOTHING)]) == (Candidate(1, NOTHING), "")
