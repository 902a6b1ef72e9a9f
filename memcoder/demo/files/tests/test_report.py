from roomplan import Plan
from roomplan.report import WIDTH, bar


def test_a_bar_is_as_full_as_the_day():
    assert bar(0) == "." * WIDTH
    assert bar(50).count("#") == WIDTH // 2
    assert bar(140) == "#" * WIDTH


def test_the_day_as_text():
    plan = Plan("08:00", "12:00")
    plan.add_room("blue", 12)
    plan.add_room("attic", 8)
    plan.book("blue", "09:00", "10:00", "tea")
    text = plan.day_report()
    assert text.startswith("Open 08:00 to 12:00\n\nattic (8 seats)\n  nothing booked\n\nblue")
    assert "taken for 1 h" in text
    assert "25 %" in text
    assert "free: 08:00-09:00, 10:00-12:00" in text
