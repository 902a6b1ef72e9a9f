"""What came later in the demonstration repository: each change as (path, text as it is now, text as it was before)."""

CHANGES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "api": (
        (
            "roomplan/__init__.py",
            """
from roomplan.bookings import Booking
from roomplan.errors import BookingError, PlanError, TimeError, UnknownRoomError
from roomplan.plan import Plan
from roomplan.rooms import Room

__all__ = [
    "Booking",
    "BookingError",
    "Plan",
    "PlanError",
    "Room",
    "TimeError",
    "UnknownRoomError",
]
""",
            "",
        ),
    ),
    "report": (
        ("roomplan/plan.py", "from roomplan import prices, report, usage", "from roomplan import prices, usage"),
        (
            "roomplan/plan.py",
            '''    def day_report(self):
        """The day as text, a paragraph a room."""
        return report.day(self)

''',
            "",
        ),
    ),
    "midnight": (
        ("roomplan/clock.py", "total > DAY:", "total >= DAY:"),
        ("roomplan/clock.py", "; `24:00` is the end of the day.", "."),
        (
            "tests/test_clock.py",
            """def test_midnight_at_the_end_of_the_day():
    assert parse_time("24:00") == 1440
    assert format_time(1440) == "24:00"


""",
            "",
        ),
    ),
    "shared": (
        (
            "roomplan/bookings.py",
            """        if not room.shared:
            for other in self.of(room.name):
                if other.span.meets(span):
                    raise BookingError(f"{room.name} is taken by {other.title} at {other.span}")
""",
            """        for other in self.of(room.name):
            if other.span.meets(span):
                raise BookingError(f"{room.name} is taken by {other.title} at {other.span}")
""",
        ),
        (
            "tests/test_bookings.py",
            """def test_a_shared_room_takes_several():
    book = Book()
    book.make(HALL, Span(540, 600), "fair")
    book.make(HALL, Span(570, 630), "press")
    assert len(book) == 2


""",
            "",
        ),
    ),
    "overlap": (
        (
            "roomplan/usage.py",
            '''def stretches(spans):
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
''',
            '''def minutes_in_use(spans):
    """Minutes of all spans together."""
    return sum(span.length for span in spans)
''',
        ),
        ("roomplan/usage.py", "gaps(stretches(spans), opening, closing)", "gaps(sorted(spans), opening, closing)"),
        (
            "tests/test_usage.py",
            "import free_spans, minutes_in_use, share_of_day, stretches",
            "import free_spans, minutes_in_use, share_of_day",
        ),
        (
            "tests/test_usage.py",
            """def test_spans_apart_stay_apart():
    assert stretches([Span(660, 720), Span(540, 600)]) == [Span(540, 600), Span(660, 720)]


def test_spans_that_touch_make_one_stretch():
    assert stretches([Span(540, 600), Span(600, 660)]) == [Span(540, 660)]


def test_shared_minutes_count_once():
    assert minutes_in_use([Span(540, 600), Span(570, 630)]) == 90


""",
            "",
        ),
        (
            "tests/test_plan.py",
            """def test_overlapping_bookings_of_a_shared_room():
    day = plan()
    day.book("hall", "09:00", "11:00", "fair")
    day.book("hall", "10:00", "12:00", "press")
    assert day.busy_minutes("hall") == 180


""",
            "",
        ),
    ),
    "evening": (
        ("roomplan/prices.py", "EVENING = 18 * 60\nEVENING_PERCENT = 120\n", ""),
        (
            "roomplan/prices.py",
            "    if booking.span.start >= EVENING:\n        cents = cents * EVENING_PERCENT // 100\n",
            "",
        ),
        (
            "roomplan/prices.py",
            "Cents for one booking; what starts in the evening costs a fifth more.",
            "Cents for one booking.",
        ),
        (
            "tests/test_prices.py",
            """def test_evenings_cost_a_fifth_more():
    assert price_of(booking(1080, 1140), BLUE) == 4800
    assert price_of(booking(1079, 1139), BLUE) == 4000


""",
            "",
        ),
    ),
    "discount": (
        (
            "roomplan/prices.py",
            '''def discount(total, bookings):
    """Cents taken off a bill: a tenth from five bookings on."""
    return total // 10 if bookings >= 5 else 0


''',
            "",
        ),
        ("roomplan/prices.py", "    return total - discount(total, len(bookings))\n", "    return total\n"),
        (
            "tests/test_prices.py",
            """def test_five_bookings_are_a_tenth_cheaper():
    house = House()
    house.add(BLUE)
    hours = [booking(540 + 60 * at, 600 + 60 * at, at) for at in range(5)]
    assert bill(hours[:4], house) == 16000
    assert bill(hours, house) == 18000


""",
            "",
        ),
    ),
    "hours": (
        (
            "roomplan/usage.py",
            """    inside = [
        Span(max(span.start, opening), min(span.end, closing))
        for span in spans
        if span.start < closing and span.end > opening
    ]
    return minutes_in_use(inside) / (closing - opening)
""",
            "    return minutes_in_use(spans) / (closing - opening)\n",
        ),
        (
            "tests/test_usage.py",
            "def test_the_share_counts_opening_hours_only():\n    assert share_of_day([Span(400, 540)], 480, 600) == 0.5\n",
            "def test_the_share_needs_a_day():\n",
        ),
    ),
    "whole": (
        (
            "roomplan/storage.py",
            """    path = Path(path)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(to_document(plan), indent=2) + "\\n", encoding="utf-8")
    temporary.replace(path)
""",
            """    Path(path).write_text(json.dumps(to_document(plan), indent=2) + "\\n", encoding="utf-8")
""",
        ),
        ("roomplan/storage.py", "Write a plan, whole or not at all.", "Write a plan."),
        ("tests/test_storage.py", '    assert not (tmp_path / "day.tmp").exists()\n', ""),
    ),
    "bar": (
        ("roomplan/report.py", "round(WIDTH * min(percent, 100) / 100)", "round(WIDTH * percent / 100)"),
        ("tests/test_report.py", '    assert bar(140) == "#" * WIDTH\n', ""),
    ),
}
