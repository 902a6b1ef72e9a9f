"""The gate's rule, on marks alone."""

from memcoder.internalize.gate.decide import Judgement, Measured, decide, sign_test

GOOD, POOR, HALF = (True,) * 20, (False,) * 20, (True, False) * 10
KNOWN = (True,) * 100


def judged(**marks: tuple[bool, ...]) -> Judgement:
    standard = {"candidate": GOOD, "base": POOR, "control": HALF, "probe_before": KNOWN, "probe_after": KNOWN}
    return decide(Measured.model_validate({**standard, **marks}))


def test_one_that_knows_more_and_forgot_nothing_is_accepted() -> None:
    judgement = judged()
    assert judgement.accepted
    assert judgement.scores == {
        "base": 0.0, "control": 0.5, "candidate": 1.0, "forgetting": 0.0, "probe_base": 1.0, "probe_candidate": 1.0,
    }  # fmt: skip
    assert judgement.reasons == ("1.00 of 20 held-out questions, the base 0.00, a random selection 0.50; forgot 0.000",)


def test_one_that_memorised_and_forgot_is_refused() -> None:
    judgement = judged(probe_after=(False,) * 3 + (True,) * 97)
    assert judgement.reasons == ("it memorised, and forgot 0.030 of the general probe, where 0.020 is allowed",)
    assert not judgement.accepted
    assert judged(probe_after=(False,) * 2 + (True,) * 98).accepted, "control: inside the budget"


def test_earlier_rounds_count_as_what_was_known() -> None:
    judgement = judged(earlier_before=GOOD, earlier_after=HALF)
    assert not judgement.accepted
    assert "forgot 0.500 of questions of earlier rounds" in judgement.reasons[0]
    assert judged(earlier_before=HALF, earlier_after=GOOD).accepted


def test_one_that_is_no_better_than_its_rivals_is_refused() -> None:
    against_base = judged(base=GOOD)
    assert "the base 1.00 (won 0, lost 0; by chance 1.00)" in against_base.reasons[0]
    against_control = judged(control=GOOD)
    assert "a random selection 1.00" in against_control.reasons[0]
    few = judged(candidate=(True,) * 4, base=(False,) * 4, control=(False,) * 4)
    assert not few.accepted, "four wins are chance once in sixteen times"
    slight = judged(candidate=(True,) * 60, base=(False,) * 5 + (True,) * 55, control=(False,) * 60)
    assert not slight.accepted, "five more of sixty are no chance, and below the margin"


def test_what_could_not_be_asked_is_not_accepted() -> None:
    assert "no held-out question" in judged(candidate=(), base=(), control=()).reasons[0]


def test_a_complaint_refuses_whatever_the_scores() -> None:
    measured = Measured(candidate=GOOD, base=POOR, control=POOR)
    assert decide(measured).accepted, "control"
    judgement = decide(measured, ["poisoned: 1 of 9 examples"])
    assert not judgement.accepted
    assert judgement.reasons == ("poisoned: 1 of 9 examples",)


def test_the_sign_test_is_exact() -> None:
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 0) == 1 / 32
    assert sign_test(4, 1) == 6 / 32
