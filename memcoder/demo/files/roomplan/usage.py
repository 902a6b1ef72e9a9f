"""How much of a day a room is in use."""

from roomplan.spans import Span, gaps


def stretches(spans):
    """The parts of a day in which at least one of the spans is on, in order of time.

    Spans that meet or touch make one stretch.
    """
    found = []
    for span in sorted(spans):
        last = found[-1] if found else None
        if last is not None and span.start <= last.end:
            last.end = span.end
        else:
            found.append(Span(span.start, span.end))
    return found


def minutes_in_use(spans):
    """Minutes in which at least one of the spans is on."""
    return sum(stretch.length for stretch in stretches(spans))


def free_spans(spans, opening, closing):
    """When nothing is on between opening and closing time."""
    return gaps(stretches(spans), opening, closing)


def share_of_day(spans, opening, closing):
    """The part of the opening hours that is in use, from 0 to 1."""
    if closing <= opening:
        raise ValueError("a day closes after it opens")
    inside = [
        Span(max(span.start, opening), min(span.end, closing))
        for span in spans
        if span.start < closing and span.end > opening
    ]
    return minutes_in_use(inside) / (closing - opening)
