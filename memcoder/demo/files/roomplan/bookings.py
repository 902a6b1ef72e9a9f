"""Bookings, and the book that holds them."""

from dataclasses import dataclass
from itertools import count

from roomplan.errors import BookingError
from roomplan.spans import Span


@dataclass(frozen=True)
class Booking:
    """One use of one room."""

    number: int
    room: str
    span: Span
    title: str
    people: int = 1


class Book:
    """All bookings of a day, in the order in which they were made."""

    def __init__(self):
        self._bookings = {}
        self._numbers = count(1)

    def __len__(self):
        return len(self._bookings)

    def make(self, room, span, title, people=1):
        """Book a room. Raises BookingError where it is too small or taken."""
        if people > room.seats:
            raise BookingError(f"{room.name} seats {room.seats}, not {people}")
        if not room.shared:
            for other in self.of(room.name):
                if other.span.meets(span):
                    raise BookingError(f"{room.name} is taken by {other.title} at {other.span}")
        booking = Booking(next(self._numbers), room.name, span, title, people)
        self._bookings[booking.number] = booking
        return booking

    def cancel(self, number):
        """Take a booking out. Raises BookingError where there is none of this number."""
        try:
            return self._bookings.pop(number)
        except KeyError:
            raise BookingError(f"there is no booking {number}") from None

    def of(self, name):
        """The bookings of a room by the time at which they start."""
        mine = [booking for booking in self._bookings.values() if booking.room == name]
        return sorted(mine, key=lambda booking: (booking.span, booking.number))

    def all(self):
        """All bookings by time, then room."""
        return sorted(self._bookings.values(), key=lambda booking: (booking.span, booking.room))
