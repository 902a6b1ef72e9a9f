import pytest

from roomplan import Plan, UnknownRoomError


def plan():
    made = Plan("08:00", "18:00")
    made.add_room("blue", 12, rate=4000)
    made.add_room("hall", 120, shared=True)
    return made


def test_busy_minutes_of_a_room():
    day = plan()
    day.book("blue", "09:00", "10:30", "tea")
    day.book("blue", "14:00", "15:00", "talk")
    assert day.busy_minutes("blue") == 150
    assert day.busy_minutes("hall") == 0


def test_overlapping_bookings_of_a_shared_room():
    day = plan()
    day.book("hall", "09:00", "11:00", "fair")
    day.book("hall", "10:00", "12:00", "press")
    assert day.busy_minutes("hall") == 180


def test_free_times_within_opening_hours():
    day = plan()
    day.book("blue", "09:00", "17:00", "course")
    assert day.free_times("blue") == ["08:00-09:00", "17:00-18:00"]


def test_occupancy_in_percent():
    day = plan()
    day.book("blue", "08:00", "13:00", "course")
    assert day.occupancy("blue") == 50


def test_free_rooms_for_a_group():
    day = plan()
    day.book("blue", "09:00", "10:00", "tea")
    assert day.rooms_for(10, "09:30", "10:30") == ["hall"]
    assert day.rooms_for(10, "10:00", "10:30") == ["blue", "hall"]


def test_a_bill_by_title():
    day = plan()
    day.book("blue", "09:00", "10:00", "tea")
    assert day.bill("tea") == 4000
    assert day.bill("nothing") == 0


def test_unknown_rooms_are_refused():
    with pytest.raises(UnknownRoomError):
        plan().busy_minutes("cellar")
