"""Reads a FHIR server that the site listed: below its own address, page by page, in bounds.

Nothing is called that is not on the list. The token goes to that server alone.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from cds.ehr.connection import PORT, Caller, FetchError
from cds.ehr.parts_of_record import FAILED, Part, State, read_part
from cds.errors import IntakeError
from cds.model.hooks import PrefetchKey
from cds.strict_json import JsonLimits, read_json

_PAGES = 10


@dataclass(slots=True)
class FhirServer:
    """One listed server, for one request; `limits` bound each answer."""

    base: str
    token: str | None = field(repr=False)
    caller: Caller
    limits: JsonLimits

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
        headers = {"Accept": "application/fhir+json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            target = urlsplit(url)
            if not _is_within(target, urlsplit(self.base)):
                raise FetchError("The address leaves the server.")
            return read_json(self.caller.call(target, headers), self.limits)
        except (IntakeError, ValueError):
            raise FetchError("The server did not answer with a FHIR resource.") from None


def server_of(
    base: str | None,
    token: str | None,
    listed: Collection[str],
    caller: Caller,
    limits: JsonLimits,
) -> FhirServer | None:
    """The server that a request names, when the site listed it; else None, and no call is made."""
    found = (base or "").rstrip("/")
    return FhirServer(found, token, caller, limits) if found in listed else None


def read_missing(part: Part, key: PrefetchKey, path: str, server: FhirServer) -> Part:
    """What was not sent, or not completely, as the server has it."""
    if part.next:
        part = server.complete(part, key)
    return part if part.state is State.WHOLE else server.read(key, path)


def _is_within(target: SplitResult, base: SplitResult) -> bool:
    """Whether the address is of the same origin, below the base, and nothing but that."""
    try:
        origin = (target.scheme, target.hostname, target.port or PORT)
        same = origin == (base.scheme, base.hostname, base.port or PORT)
    except ValueError:
        return False
    plain = "@" not in target.netloc and f"{target.path}{target.query}".isascii()
    below = f"{target.path}/".startswith(f"{base.path}/") and "/.." not in unquote(target.path)
    return same and plain and below
