"""The command line: `python -m roomplan.command FILE COMMAND ...`."""

import argparse
import sys

from roomplan.errors import PlanError
from roomplan.plan import Plan
from roomplan.prices import format_cents
from roomplan.storage import load, save


def parser():
    """The commands and their arguments."""
    root = argparse.ArgumentParser(prog="roomplan", description=__doc__)
    root.add_argument("file", help="the plan, a JSON file")
    commands = root.add_subparsers(dest="command", required=True)
    commands.add_parser("new", help="make an empty plan")
    room = commands.add_parser("room", help="add a room")
    room.add_argument("name")
    room.add_argument("seats", type=int)
    room.add_argument("--rate", type=int, default=0, help="cents an hour")
    room.add_argument("--shared", action="store_true", help="takes several bookings at once")
    book = commands.add_parser("book", help="book a room")
    for name in ("room", "start", "end", "title"):
        book.add_argument(name)
    commands.add_parser("report", help="print the day")
    bill = commands.add_parser("bill", help="print what a title costs")
    bill.add_argument("title")
    return root


def run(arguments):
    """Do what one command line says; the text to print."""
    given = parser().parse_args(arguments)
    plan = Plan() if given.command == "new" else load(given.file)
    if given.command == "room":
        plan.add_room(given.name, given.seats, given.rate, given.shared)
    elif given.command == "book":
        plan.book(given.room, given.start, given.end, given.title)
    elif given.command == "report":
        return plan.day_report()
    elif given.command == "bill":
        return format_cents(plan.bill(given.title)) + "\n"
    save(plan, given.file)
    return ""


def main():
    """Entry point."""
    try:
        sys.stdout.write(run(sys.argv[1:]))
    except PlanError as error:
        sys.exit(f"roomplan: {error}")


if __name__ == "__main__":
    main()
