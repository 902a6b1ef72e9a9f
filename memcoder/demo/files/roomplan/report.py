"""A day as text."""

from roomplan.clock import format_length, format_time

WIDTH = 24


def bar(percent):
    """A bar of WIDTH signs for a share in percent."""
    filled = round(WIDTH * min(percent, 100) / 100)
    return "#" * filled + "." * (WIDTH - filled)


def room_lines(plan, room):
    """The lines of one room: its bookings, how long it is taken, when it is free."""
    bookings = plan.book_of_day.of(room.name)
    yield f"{room.name} ({room.seats} seats)"
    for booking in bookings:
        yield f"  {booking.span}  {booking.title}"
    if not bookings:
        yield "  nothing booked"
        return
    percent = plan.occupancy(room.name)
    yield f"  taken for {format_length(plan.busy_minutes(room.name))} |{bar(percent)}| {percent} %"
    free = ", ".join(plan.free_times(room.name)) or "never"
    yield f"  free: {free}"


def day(plan):
    """The whole day, rooms in the order of their names."""
    head = f"Open {format_time(plan.opening)} to {format_time(plan.closing)}"
    parts = [head, *("\n".join(room_lines(plan, room)) for room in plan.house)]
    return "\n\n".join(parts) + "\n"
