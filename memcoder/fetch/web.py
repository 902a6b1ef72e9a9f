"""HTTP as the sources need it: the user's certificates and proxies, short connects, resumable bodies."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
CERTIFICATES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")


class SourceError(Exception):
    """This source cannot give the file; the message says why, without addresses that may hold passwords."""


@contextmanager
def open_client() -> Iterator["httpx.Client"]:
    """A client that trusts the certificates that pip would, and fails fast where nothing answers."""
    import httpx

    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    with httpx.Client(verify=_context(), timeout=timeout, follow_redirects=True) as client:
        yield client


@contextmanager
def open_body(client: "httpx.Client", url: str, start: int = 0) -> Iterator["httpx.Response"]:
    """The body of `url` from byte `start` on; SourceError for any failure, the body's included."""
    import httpx

    # identity: a compressed transfer would make lengths and ranges mean something else
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        with client.stream("GET", url, headers=headers) as response:
            if response.status_code != (206 if start else 200):
                raise SourceError(f"{response.url.host} answered {response.status_code}")
            yield response
    except (httpx.TransportError, httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise SourceError(f"{type(error).__name__} at {httpx.URL(url).host}") from error


def length_of(response: "httpx.Response") -> int | None:
    """Bytes of the whole file that this response is (part of), where the server says."""
    whole = response.headers.get("content-range", "").rpartition("/")[2] or response.headers.get("content-length", "")
    return int(whole) if whole.isdigit() else None


def _context() -> ssl.SSLContext:
    import certifi

    chosen = next((os.environ[name] for name in CERTIFICATES if os.environ.get(name)), None)
    if chosen and os.path.isdir(chosen):
        return ssl.create_default_context(capath=chosen)
    return ssl.create_default_context(cafile=chosen or certifi.where())
