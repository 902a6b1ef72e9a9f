"""Plans as JSON files."""

import json
from pathlib import Path

from roomplan.clock import format_time
from roomplan.errors import PlanError
from roomplan.plan import Plan

VERSION = 1


def to_document(plan):
    """A plan as plain data."""
    return {
        "version": VERSION,
        "opening": format_time(plan.opening),
        "closing": format_time(plan.closing),
        "rooms": [
            {"name": room.name, "seats": room.seats, "rate": room.rate, "shared": room.shared} for room in plan.house
        ],
        "bookings": [
            {
                "room": booking.room,
                "start": format_time(booking.span.start),
                "end": format_time(booking.span.end),
                "title": booking.title,
                "people": booking.people,
            }
            for booking in plan.book_of_day.all()
        ],
    }


def from_document(document):
    """The plan of such data. Raises PlanError where it is of another version."""
    if document.get("version") != VERSION:
        raise PlanError(f"this file has version {document.get('version')}, not {VERSION}")
    plan = Plan(document["opening"], document["closing"])
    for room in document["rooms"]:
        plan.add_room(**room)
    for booking in document["bookings"]:
        plan.book(**booking)
    return plan


def save(plan, path):
    """Write a plan, whole or not at all."""
    path = Path(path)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(to_document(plan), indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def load(path):
    """Read a plan."""
    return from_document(json.loads(Path(path).read_text(encoding="utf-8")))
