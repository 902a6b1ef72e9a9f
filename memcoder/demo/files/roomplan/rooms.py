"""The rooms of a house."""

from dataclasses import dataclass

from roomplan.errors import PlanError, UnknownRoomError


@dataclass(frozen=True)
class Room:
    """A room; a shared one takes several bookings at the same time."""

    name: str
    seats: int
    rate: int = 0
    """Cents an hour."""
    shared: bool = False


class House:
    """All rooms by name."""

    def __init__(self):
        self._rooms = {}

    def __iter__(self):
        return iter(sorted(self._rooms.values(), key=lambda room: room.name))

    def __len__(self):
        return len(self._rooms)

    def add(self, room):
        """Take a room into the house; its name must be new."""
        if not room.name.strip():
            raise PlanError("a room needs a name")
        if room.seats < 1:
            raise PlanError(f"{room.name} needs at least one seat")
        if room.name in self._rooms:
            raise PlanError(f"there is a room {room.name!r} already")
        self._rooms[room.name] = room
        return room

    def get(self, name):
        """The room of this name. Raises UnknownRoomError where there is none."""
        try:
            return self._rooms[name]
        except KeyError:
            raise UnknownRoomError(name) from None

    def for_group(self, people):
        """The rooms that seat a group, the smallest first."""
        fitting = [room for room in self._rooms.values() if room.seats >= people]
        return sorted(fitting, key=lambda room: (room.seats, room.name))
