import pytest

from roomplan.errors import PlanError, UnknownRoomError
from roomplan.rooms import House, Room


def house():
    made = House()
    for name, seats in (("hall", 120), ("attic", 8), ("blue", 12)):
        made.add(Room(name, seats))
    return made


def test_rooms_come_by_name():
    assert [room.name for room in house()] == ["attic", "blue", "hall"]


def test_the_smallest_room_that_fits_comes_first():
    assert [room.name for room in house().for_group(10)] == ["blue", "hall"]


def test_names_are_taken_once():
    with pytest.raises(PlanError):
        house().add(Room("blue", 3))


def test_an_unknown_room_is_named():
    with pytest.raises(UnknownRoomError, match="cellar"):
        house().get("cellar")


def test_a_room_needs_a_name_and_a_seat():
    for room in (Room(" ", 3), Room("x", 0)):
        with pytest.raises(PlanError):
            House().add(room)
