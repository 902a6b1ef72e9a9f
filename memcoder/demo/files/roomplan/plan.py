"""One day's plan: what other programs use."""

from roomplan import prices, report, usage
from roomplan.bookings import Book
from roomplan.clock import parse_time
from roomplan.rooms import House, Room
from roomplan.spans import Span


class Plan:
    """Rooms and bookings of one day."""

    def __init__(self, opening="08:00", closing="20:00"):
        self.opening = parse_time(opening)
        self.closing = parse_time(closing)
        self.house = House()
        self.book_of_day = Book()

    def add_room(self, name, seats, rate=0, shared=False):
        """Add a room; `rate` is cents an hour."""
        return self.house.add(Room(name, seats, rate, shared))

    def book(self, room, start, end, title, people=1):
        """Book a room by times of day like `09:30`."""
        span = Span(parse_time(start), parse_time(end))
        return self.book_of_day.make(self.house.get(room), span, title, people)

    def cancel(self, number):
        """Cancel a booking by its number."""
        return self.book_of_day.cancel(number)

    def busy_minutes(self, room):
        """Minutes of the day in which a room is taken."""
        return usage.minutes_in_use(self._spans(room))

    def free_times(self, room):
        """When a room is free within the opening hours, as texts."""
        return [str(span) for span in usage.free_spans(self._spans(room), self.opening, self.closing)]

    def occupancy(self, room):
        """The part of the opening hours in which a room is taken, in whole percent."""
        return round(100 * usage.share_of_day(self._spans(room), self.opening, self.closing))

    def rooms_for(self, people, start, end):
        """Names of the rooms that seat a group and are free, the smallest first."""
        span = Span(parse_time(start), parse_time(end))
        return [
            room.name
            for room in self.house.for_group(people)
            if not any(taken.meets(span) for taken in self._spans(room.name))
        ]

    def bill(self, title):
        """Cents that the bookings of one title cost together."""
        mine = [booking for booking in self.book_of_day.all() if booking.title == title]
        return prices.bill(mine, self.house)

    def day_report(self):
        """The day as text, a paragraph a room."""
        return report.day(self)

    def _spans(self, room):
        return [booking.span for booking in self.book_of_day.of(self.house.get(room).name)]
