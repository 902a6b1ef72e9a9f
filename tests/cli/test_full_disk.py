"""`memcoder solve` on a disk that is full: a clear message, exit code 5, and a run that goes on once there is room."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.test_interruption import SECONDS, Workplace

KILOBYTES = 3000


@contextmanager
def small_disk(folder: Path) -> Iterator["Disk"]:
    """A disk of 3 MB, mounted on the folder."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={KILOBYTES}k", "memcoder-test", str(folder)], capture_output=True
    )
    if done.returncode:
        pytest.skip("needs leave to mount a small disk")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


class Disk:
    """What fills it up, and makes room again."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self) -> None:
        with self._filler.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def free(self) -> None:
        self._filler.unlink()


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def goes_on(place: Workplace, code: int, said: str, disk: Disk) -> None:
    """The sitting on the full disk said what was wrong; with room, the next one comes to the end."""
    assert code == 5, said
    assert "Traceback" not in said
    assert "disk is full" in said or "No space left on device" in said
    assert "\n  free " in said
    disk.free()
    code, said = place.sitting()
    assert code == 0, said


def test_no_room_to_begin(place: Workplace) -> None:
    with small_disk(place.folder / "memcoder") as disk:
        disk.fill()
        goes_on(place, *place.sitting(), disk)
        place.ended()


def test_no_room_from_the_middle_on(place: Workplace) -> None:
    with small_disk(place.folder / "memcoder") as disk, place.start() as process:
        while process.poll() is None and not place.once_written(6)():
            pass
        disk.fill()
        out, said = process.communicate(timeout=SECONDS)
        paid = len([event for event in place.events() if event["event"] == "call"])
        assert paid > 0
        goes_on(place, process.returncode, said + out, disk)
        assert place.ended().usage.calls == 3, "nothing was paid for twice"


def test_no_room_for_temporary_files(place: Workplace) -> None:
    with small_disk(place.temporary) as disk:
        disk.fill()
        goes_on(place, *place.sitting(), disk)
        place.ended()
