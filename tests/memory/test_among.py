import sqlite3

from memcoder.memory.among import MOST, rows_among


def test_all_values_are_asked_for_however_many() -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE numbers (number INTEGER)")
    database.executemany("INSERT INTO numbers VALUES (?)", [(number,) for number in range(3 * MOST)])
    wanted = range(0, 3 * MOST, 2)
    found = rows_among(database, "SELECT number FROM numbers WHERE number IN", wanted)
    assert [row[0] for row in found] == list(wanted)
    assert list(rows_among(database, "SELECT number FROM numbers WHERE number IN", ())) == []
    hostile = ["1) OR (1 = 1", 4]
    assert list(rows_among(database, "SELECT number FROM numbers WHERE number IN", hostile)) == [(4,)]
