import pytest

from roomplan.clock import format_length, format_time, parse_time
from roomplan.errors import TimeError


def test_times_are_minutes_since_midnight():
    assert parse_time("00:00") == 0
    assert parse_time("9:05") == 545
    assert parse_time(" 17:30 ") == 1050


def test_midnight_at_the_end_of_the_day():
    assert parse_time("24:00") == 1440
    assert format_time(1440) == "24:00"


@pytest.mark.parametrize("text", ["", "9", "9.30", "12:60", "24:01", "-1:00", "nine"])
def test_other_texts_are_refused(text):
    with pytest.raises(TimeError):
        parse_time(text)


def test_times_as_text():
    assert format_time(570) == "09:30"
    with pytest.raises(TimeError):
        format_time(-1)


def test_lengths_as_text():
    assert format_length(45) == "45 min"
    assert format_length(120) == "2 h"
    assert format_length(150) == "2 h 30"
