import pytest

from roomplan.spans import Span
from roomplan.usage import free_spans, minutes_in_use, share_of_day, stretches


def test_spans_apart_stay_apart():
    assert stretches([Span(660, 720), Span(540, 600)]) == [Span(540, 600), Span(660, 720)]


def test_spans_that_touch_make_one_stretch():
    assert stretches([Span(540, 600), Span(600, 660)]) == [Span(540, 660)]


def test_shared_minutes_count_once():
    assert minutes_in_use([Span(540, 600), Span(570, 630)]) == 90


def test_nothing_is_in_use_without_bookings():
    assert minutes_in_use([]) == 0
    assert free_spans([], 480, 600) == [Span(480, 600)]


def test_the_share_counts_opening_hours_only():
    assert share_of_day([Span(400, 540)], 480, 600) == 0.5
    with pytest.raises(ValueError):
        share_of_day([], 600, 600)
