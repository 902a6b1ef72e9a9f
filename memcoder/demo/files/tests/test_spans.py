import pytest

from roomplan.spans import Span, gaps


def test_a_span_ends_after_it_starts():
    with pytest.raises(ValueError):
        Span(600, 600)


def test_spans_that_only_touch_do_not_meet():
    assert Span(540, 600).meets(Span(570, 630))
    assert not Span(540, 600).meets(Span(600, 630))


def test_a_span_as_text():
    assert str(Span(540, 615)) == "09:00-10:15"


def test_gaps_between_spans():
    assert gaps([Span(540, 600), Span(660, 720)], 480, 780) == [Span(480, 540), Span(600, 660), Span(720, 780)]


def test_gaps_of_a_full_and_of_an_empty_day():
    assert gaps([Span(480, 780)], 480, 780) == []
    assert gaps([], 480, 780) == [Span(480, 780)]
