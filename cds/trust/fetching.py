"""Reads a key set over HTTPS: one listed host, no redirect, no proxy, bounded in time and size."""

import http.client
import ssl
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from cds.errors import CdsError
from cds.trust.key_sets import MOST_BYTES, KeySet

_SECONDS = 5  # SEC-01: the most that anything outbound may take
_CHUNK = 8_192


class NotFetchedError(OSError):
    """What was answered is not a key set."""


def of_url(url: str, hosts: frozenset[str]) -> KeySet:
    """The keys at an address.

    Raises: CdsError when it is not HTTPS on one of the `hosts`.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme != "https" or parts.hostname not in hosts or port == 0:
        raise CdsError(
            "The address of a key set must be https:// on a host that CDS_JWKS_HOSTS lists. "
            "Whoever answers there decides whom this service believes. Correct one of them."
        )
    if parts.username is not None or parts.fragment:
        raise CdsError("The address of a key set holds more than host, path and query. Correct it.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return KeySet(url, _reader(parts.hostname, port, path))


def _reader(host: str, port: int | None, path: str) -> Callable[[], bytes]:
    def read() -> bytes:
        end = time.monotonic() + _SECONDS
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=context)
        try:
            connection.request("GET", path, headers={"Accept": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:  # a redirect too
                raise NotFetchedError("not 200")
            return _within(answer, end)
        except http.client.HTTPException as error:
            raise NotFetchedError("not HTTP") from error
        finally:
            connection.close()

    return read


def _within(answer: http.client.HTTPResponse, end: float) -> bytes:
    """The whole answer, unless it takes too long or is too much."""
    got = b""
    while chunk := answer.read1(_CHUNK):
        got += chunk
        if len(got) > MOST_BYTES or time.monotonic() > end:
            raise NotFetchedError("too slow or too large")
    return got
