"""Times of day as minutes since midnight."""

import re

from roomplan.errors import TimeError

DAY = 24 * 60
PATTERN = re.compile(r"(\d{1,2}):(\d{2})")


def parse_time(text):
    """Minutes since midnight of a text like `9:05` or `17:30`; `24:00` is the end of the day.

    Raises TimeError for anything else.
    """
    match = PATTERN.fullmatch(text.strip())
    if match is None:
        raise TimeError(f"{text!r} is no time of day, write it like 09:30")
    hours, minutes = int(match[1]), int(match[2])
    total = hours * 60 + minutes
    if minutes > 59 or total > DAY:
        raise TimeError(f"{text!r} is later than a day is long")
    return total


def format_time(minutes):
    """`570` as `09:30`."""
    if not 0 <= minutes <= DAY:
        raise TimeError(f"{minutes} minutes are no time of day")
    return f"{minutes // 60:02}:{minutes % 60:02}"


def format_length(minutes):
    """`150` as `2 h 30`, `45` as `45 min`, `120` as `2 h`."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    if not rest:
        return f"{hours} h"
    return f"{hours} h {rest:02}"
