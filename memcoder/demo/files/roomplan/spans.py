"""Stretches of time within one day."""

from dataclasses import dataclass

from roomplan.clock import format_time


@dataclass(order=True)
class Span:
    """From `start` up to, but without, `end`; both in minutes since midnight."""

    start: int
    end: int

    def __post_init__(self):
        if self.end <= self.start:
            raise ValueError("a span ends after it starts")

    @property
    def length(self):
        """Minutes."""
        return self.end - self.start

    def meets(self, other):
        """Whether the two share at least a minute."""
        return self.start < other.end and other.start < self.end

    def __str__(self):
        return f"{format_time(self.start)}-{format_time(self.end)}"


def gaps(spans, opening, closing):
    """The spans between opening and closing time that none of the given ones covers.

    The given spans must be in order and must not meet each other.
    """
    free = []
    at = opening
    for span in spans:
        if span.start > at:
            free.append(Span(at, min(span.start, closing)))
        at = span.end
        if at >= closing:
            break
    if at < closing:
        free.append(Span(at, closing))
    return free
