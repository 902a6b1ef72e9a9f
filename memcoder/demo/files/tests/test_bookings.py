import pytest

from roomplan.bookings import Book
from roomplan.errors import BookingError
from roomplan.rooms import Room
from roomplan.spans import Span

BLUE = Room("blue", 12)
HALL = Room("hall", 120, shared=True)


def test_a_room_is_taken_once_at_a_time():
    book = Book()
    book.make(BLUE, Span(540, 600), "tea")
    with pytest.raises(BookingError, match="tea"):
        book.make(BLUE, Span(570, 630), "talk")
    book.make(BLUE, Span(600, 630), "talk")


def test_a_shared_room_takes_several():
    book = Book()
    book.make(HALL, Span(540, 600), "fair")
    book.make(HALL, Span(570, 630), "press")
    assert len(book) == 2


def test_a_room_that_is_too_small_is_refused():
    with pytest.raises(BookingError, match="seats 12"):
        Book().make(BLUE, Span(540, 600), "ball", people=13)


def test_cancelling_frees_the_room():
    book = Book()
    number = book.make(BLUE, Span(540, 600), "tea").number
    book.cancel(number)
    book.make(BLUE, Span(540, 600), "talk")
    with pytest.raises(BookingError):
        book.cancel(number)


def test_bookings_come_by_time():
    book = Book()
    book.make(BLUE, Span(700, 760), "late")
    book.make(BLUE, Span(540, 600), "early")
    assert [booking.title for booking in book.of("blue")] == ["early", "late"]
