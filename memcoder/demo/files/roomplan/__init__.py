"""Who uses which meeting room, when, and what it costs."""

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
