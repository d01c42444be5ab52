"""Calls over https to an address that was checked: no redirects, no proxy, bounded in every way.

Whoever calls decides which addresses are trusted; here nothing of a private network is called
unless the site says so, and the address that was checked is the one that is called.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult

from cds.errors import CdsError

SECONDS = 5.0  # for everything that one request asks of one server
PORT = 443
_SILENCE = 30.0  # O: seconds without a byte, where the time for all is longer
_CHUNK = 65_536
_OK = 200
_OTHER = "The server did not answer with what was asked for."
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
Resolve = Callable[[str, int], list[str]]


class FetchError(CdsError):
    """The server may not be called, or did not answer as it should; it says nothing of the data.

    `status` is what it answered with, where that was the fault.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses that a name stands for.

    Raises: OSError.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, whatever the status; names of headers are in any case."""

    status: int
    headers: Message = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Caller:
    """Makes calls: all of them together have `seconds`, each answer a size."""

    networks: tuple[IPv4Network | IPv6Network, ...]
    ca_file: Path | None
    most_bytes: int
    resolve: Resolve = addresses_of
    seconds: float = field(default_factory=lambda: SECONDS)
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.seconds

    def call(
        self,
        url: SplitResult,
        headers: Mapping[str, str] = _NO_HEADERS,
        body: bytes | None = None,
    ) -> bytes:
        """What is answered to GET, or to POST when there is a body.

        Raises: FetchError.
        """
        answer = self.ask("GET" if body is None else "POST", url, headers, body)
        if answer.status != _OK:
            raise FetchError(_OTHER, answer.status)
        return answer.body

    def ask(
        self,
        method: str,
        url: SplitResult,
        headers: Mapping[str, str] = _NO_HEADERS,
        body: bytes | None = None,
    ) -> Answer:
        """What is answered, whatever the status.

        Raises: FetchError.
        """
        with _failing(), self._answered(method, url, headers, body) as answer:
            return Answer(answer.status, answer.headers, b"".join(self._pieces(answer)))

    def stream(self, url: SplitResult, headers: Mapping[str, str] = _NO_HEADERS) -> Iterator[bytes]:
        """What is answered to GET, piece by piece; the end is the end that the server told.

        Raises: FetchError, also after some pieces.
        """
        with _failing(), self._answered("GET", url, headers, None) as answer:
            if answer.status != _OK:
                raise FetchError(_OTHER, answer.status)
            if answer.length is None and not answer.chunked:
                raise FetchError("The server does not tell where its answer ends.")
            yield from self._pieces(answer)

    def _pieces(self, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise FetchError(_OTHER)
        count = 0
        while piece := answer.read(_CHUNK):
            count += len(piece)
            if count > self.most_bytes:
                raise FetchError("The answer is too large.")
            yield piece
        if answer.length:
            raise FetchError("The answer breaks off.")

    @contextmanager
    def _answered(
        self, method: str, url: SplitResult, headers: Mapping[str, str], body: bytes | None
    ) -> Iterator[http.client.HTTPResponse]:
        path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        with self._connected(url) as connection:
            connection.request(method, path, body, {"Accept-Encoding": "identity", **headers})
            with connection.getresponse() as answer:
                yield answer

    @contextmanager
    def _connected(self, url: SplitResult) -> Iterator[http.client.HTTPSConnection]:
        """A connection to an address that was checked, cut off when the time is over."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise FetchError("The time is over.")
        host, port = url.hostname or "", url.port or PORT
        at = (self._checked(host, port), port)
        plain = socket.create_connection(at, timeout=min(left, _SILENCE))
        # Taken before TLS takes the socket over: one byte now and then never meets a time-out.
        guard = plain.dup()
        cut = threading.Timer(left, _cut, (guard,))
        connection = _Pinned(host, port, plain, self._context())
        cut.start()
        try:
            yield connection
        finally:
            cut.cancel()
            for opened in (connection, plain, guard):
                opened.close()

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _checked(self, host: str, port: int) -> str:
        """The address to call; every address of the name has to be one that may be called."""
        found = self.resolve(host, port)
        if not found or not all(self._may_call(ip_address(a.partition("%")[0])) for a in found):
            raise FetchError("The name leads to an address that may not be called.")
        return found[0]

    def _may_call(self, address: IPv4Address | IPv6Address) -> bool:
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self.networks):
            return True
        return address.is_global and not address.is_multicast


class _Pinned(http.client.HTTPSConnection):
    """Speaks TLS over a socket that is connected already, to the name it was asked for."""

    def __init__(self, host: str, port: int, plain: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(host, port, context=context)
        self._plain, self._tls = plain, context

    def connect(self) -> None:
        """Wraps the socket; its address was checked."""
        self.sock = self._tls.wrap_socket(self._plain, server_hostname=self.host)


@contextmanager
def _failing() -> Iterator[None]:
    """Whatever goes wrong on the way is one thing to whoever asked."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError):
        raise FetchError("The server did not answer.") from None


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
