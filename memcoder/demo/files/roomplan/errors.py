"""What can go wrong with a plan."""


class PlanError(Exception):
    """Base of all errors of this package."""


class TimeError(PlanError):
    """A text that is no time of day."""


class UnknownRoomError(PlanError):
    """A room that was never added."""

    def __init__(self, name):
        super().__init__(f"there is no room {name!r}")
        self.name = name


class BookingError(PlanError):
    """A booking that cannot be made."""
