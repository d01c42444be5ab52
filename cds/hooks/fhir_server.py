"""Reads a FHIR server that the site listed: https, its own address, no redirects, in bounds.

Nothing is called that is not on the list, and nothing of a private network unless the site says
so. The token goes to that server alone.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from cds.errors import CdsError, IntakeError
from cds.hook_settings import HookSettings
from cds.hooks.parts_of_record import FAILED, Part, State, read_part
from cds.model.hooks import PrefetchKey
from cds.strict_json import JsonLimits, read_json

SECONDS = 5.0  # for everything that one request asks of the server
_PAGES = 10
_CHUNK = 65_536
_PORT = 443
Resolve = Callable[[str, int], list[str]]


class FetchError(CdsError):
    """The server may not be called, or did not answer as it should; it says nothing of the data."""


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses that a name stands for.

    Raises: OSError.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(slots=True)
class FhirServer:
    """One listed server, for one request; `limits` bound each answer."""

    base: str
    token: str | None = field(repr=False)
    settings: HookSettings
    limits: JsonLimits
    resolve: Resolve = addresses_of
    _until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def read(self, key: PrefetchKey, path: str) -> Part:
        """The part that the path of the server holds, with all pages."""
        try:
            found = self._get(f"{self.base}/{path}")
        except FetchError:
            return FAILED
        return self.complete(read_part(found, key, f"/fhirServer/{key.name}"), key)

    def complete(self, part: Part, key: PrefetchKey) -> Part:
        """The part with its further pages, as far as they can be had."""
        for _ in range(_PAGES):
            if not part.next:
                break
            try:
                page = self._get(part.next)
            except FetchError:
                break
            place = f"/fhirServer/{key.name}"
            part = part.join(read_part(page, key, place, part.matches))
        return part

    def _get(self, url: str) -> object:
        target, base = urlsplit(url), urlsplit(self.base)
        if not _is_within(target, base):
            raise FetchError("The address leaves the server.")
        try:
            with self._connected(base) as connection:
                return read_json(self._answer(connection, target), self.limits)
        except (OSError, http.client.HTTPException, IntakeError, ValueError):
            raise FetchError("The server did not answer with a FHIR resource.") from None

    def _answer(self, connection: http.client.HTTPSConnection, target: SplitResult) -> bytes:
        headers = {"Accept": "application/fhir+json", "Accept-Encoding": "identity"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        path = f"{target.path}?{target.query}" if target.query else target.path
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        if answer.status != 200 or answer.headers.get("Content-Encoding", "identity") != "identity":
            raise FetchError("The server did not answer with a resource.")
        body = bytearray()
        while chunk := answer.read(_CHUNK):
            body += chunk
            if len(body) > self.limits.bytes:
                raise FetchError("The answer is too large.")
        return bytes(body)

    @contextmanager
    def _connected(self, base: SplitResult) -> Iterator[http.client.HTTPSConnection]:
        """A connection to an address that was checked, cut off when the time is over."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise FetchError("The time is over.")
        host, port = base.hostname or "", base.port or _PORT
        plain = socket.create_connection((self._checked(host, port), port), timeout=left)
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
        context = ssl.create_default_context(cafile=self.settings.fhir_ca_file)
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
        if any(address in network for network in self.settings.fhir_networks):
            return True
        return address.is_global and not address.is_multicast


class _Pinned(http.client.HTTPSConnection):
    """Speaks TLS over a socket that is connected already, to the name it was asked for."""

    def __init__(self, host: str, port: int, plain: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(host, port)
        self._plain, self._tls = plain, context

    def connect(self) -> None:
        """Wraps the socket; its address was checked."""
        self.sock = self._tls.wrap_socket(self._plain, server_hostname=self.host)


def server_of(
    base: str | None, token: str | None, settings: HookSettings, limits: JsonLimits
) -> FhirServer | None:
    """The server that a request names, when the site listed it; else None, and no call is made."""
    found = (base or "").rstrip("/")
    if found not in settings.fhir_servers:
        return None
    return FhirServer(found, token, settings, limits)


def read_missing(part: Part, key: PrefetchKey, path: str, server: FhirServer | None) -> Part:
    """What was not sent, or not completely, as the server has it; unchanged without one."""
    if server is None or part.state is State.WHOLE:
        return part
    if part.next:
        part = server.complete(part, key)
    return part if part.state is State.WHOLE else server.read(key, path)


def _is_within(target: SplitResult, base: SplitResult) -> bool:
    """Whether the address is of the same origin, below the base, and nothing but that."""
    try:
        origin = (target.scheme, target.hostname, target.port or _PORT)
        same = origin == (base.scheme, base.hostname, base.port or _PORT)
    except ValueError:
        return False
    plain = "@" not in target.netloc and f"{target.path}{target.query}".isascii()
    below = f"{target.path}/".startswith(f"{base.path}/") and "/.." not in unquote(target.path)
    return same and plain and below


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
