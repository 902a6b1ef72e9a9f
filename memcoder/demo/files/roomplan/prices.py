"""What bookings cost, in cents."""

STEP = 15
"""Minutes; a step that was begun is paid."""
EVENING = 18 * 60
EVENING_PERCENT = 120


def billed_minutes(length):
    """Minutes rounded up to whole steps."""
    return -(-length // STEP) * STEP


def price_of(booking, room):
    """Cents for one booking; what starts in the evening costs a fifth more."""
    cents = room.rate * billed_minutes(booking.span.length)
    if booking.span.start >= EVENING:
        cents = cents * EVENING_PERCENT // 100
    return -(-cents // 60)


def discount(total, bookings):
    """Cents taken off a bill: a tenth from five bookings on."""
    return total // 10 if bookings >= 5 else 0


def bill(bookings, house):
    """Cents for several bookings together."""
    total = sum(price_of(booking, house.get(booking.room)) for booking in bookings)
    return total - discount(total, len(bookings))


def format_cents(cents):
    """`12350` as `123.50`."""
    return f"{cents // 100}.{cents % 100:02}"
