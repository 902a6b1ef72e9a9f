from roomplan.bookings import Booking
from roomplan.prices import bill, billed_minutes, format_cents, price_of
from roomplan.rooms import House, Room
from roomplan.spans import Span

BLUE = Room("blue", 12, rate=4000)


def booking(start, end, number=1):
    return Booking(number, "blue", Span(start, end), "tea")


def test_a_step_that_was_begun_is_paid():
    assert [billed_minutes(length) for length in (1, 15, 16)] == [15, 15, 30]


def test_an_hour_costs_the_rate():
    assert price_of(booking(540, 600), BLUE) == 4000


def test_evenings_cost_a_fifth_more():
    assert price_of(booking(1080, 1140), BLUE) == 4800
    assert price_of(booking(1079, 1139), BLUE) == 4000


def test_five_bookings_are_a_tenth_cheaper():
    house = House()
    house.add(BLUE)
    hours = [booking(540 + 60 * at, 600 + 60 * at, at) for at in range(5)]
    assert bill(hours[:4], house) == 16000
    assert bill(hours, house) == 18000


def test_cents_as_text():
    assert format_cents(12350) == "123.50"
    assert format_cents(5) == "0.05"
