"""Times of a run, for a reader."""


def clock(seconds: float) -> str:
    """Minutes and seconds, or hours too."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
