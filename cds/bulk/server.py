"""What is said to the server of an export: ask for it, look whether it is there, end it."""

import re
from collections.abc import Generator, Mapping
from email.message import Message
from typing import Any
from urllib.parse import SplitResult

from cds.bulk.access import Access
from cds.bulk.manifest import LIMITS, File
from cds.bulk.source import Source
from cds.ehr.connection import Answer, FetchError
from cds.errors import CdsError, IntakeError
from cds.strict_json import read_json

_JSON = {"Accept": "application/json"}
_KICK_OFF = {"Accept": "application/fhir+json", "Prefer": "respond-async"}
_NDJSON = {"Accept": "application/fhir+ndjson"}
_ACCEPTED, _UNAUTHORIZED = 202, 401
_GONE = frozenset({200, 202, 204, 404, 410})
_CODE = re.compile(r"[a-z][a-z-]{1,30}", re.ASCII)
_NOT_BEGUN = (
    "{address} did not begin an export ({why}). Nothing was fetched. Give the same command again "
    "when that is mended."
)


class BulkServer:
    """The server, opened by the token; no other host ever gets the token without need."""

    def __init__(self, source: Source, access: Access) -> None:
        self._source, self._access = source, access

    def kick_off(self, types: tuple[str, ...]) -> str:
        """Asks for an export; returns where to look for it.

        Raises: CdsError when none was begun.
        """
        try:
            answer = self._ask("GET", self._source.kick_off(types), _KICK_OFF)
        except FetchError as error:
            raise self._not_begun(error.message.rstrip(".")) from None
        if answer.status != _ACCEPTED:
            raise self._not_begun(what_of(answer))
        where = self._source.trusted(_one(answer.headers, "Content-Location"))
        if where is None:
            raise self._not_begun("it names no https address of its own or of CDS_BULK_HOSTS")
        return where.geturl()

    def status(self, where: str) -> Answer:
        """How far the export is.

        Raises: FetchError; CdsError when the server gives no token.
        """
        return self._ask("GET", self._place(where), _JSON)

    def pieces(self, file: File, *, needs_token: bool) -> Generator[bytes, None, None]:
        """What a file holds. An address that opens by itself never gets the token.

        Raises: FetchError; CdsError when the server gives no token.
        """
        letting_in = self._access.header() if needs_token else {}
        yield from self._source.file_caller().stream(file.url, {**_NDJSON, **letting_in})

    def end(self, where: str) -> bool:
        """Whether the server holds the export no longer, now that it is here."""
        try:
            return self._ask("DELETE", self._place(where), _JSON).status in _GONE
        except CdsError:
            return False

    def _ask(self, method: str, url: SplitResult, headers: Mapping[str, str]) -> Answer:
        """The answer; a token that ended too early is brought anew, once."""
        for again in (True, False):
            letting_in = self._access.header()
            caller = self._source.caller(LIMITS.bytes)
            answer = caller.ask(method, url, {**headers, **letting_in})
            if answer.status != _UNAUTHORIZED or not again:
                break
            self._access.end()
        return answer

    def _place(self, where: str) -> SplitResult:
        """Looked at again: what is kept in a file may be of other settings."""
        found = self._source.trusted(where)
        if found is None:
            raise CdsError(
                "The export that was asked for is at an address that CDS_BULK_SERVERS and "
                "CDS_BULK_HOSTS do not list any more. List it, or name a new folder with --out."
            )
        return found

    def _not_begun(self, why: str) -> CdsError:
        return CdsError(_NOT_BEGUN.format(address=self._source.address, why=why))


def what_of(answer: Answer) -> str:
    """What an answer is, in words that are not the server's: its status and the kind of issue."""
    try:
        told: Any = read_json(answer.body, LIMITS)
    except IntakeError:
        told = None
    issues = told.get("issue") if isinstance(told, dict) else None
    first = issues[0] if isinstance(issues, list) and issues else None
    code = first.get("code") if isinstance(first, dict) else None
    known = isinstance(code, str) and _CODE.fullmatch(code)
    return f"status {answer.status}, {code}" if known else f"status {answer.status}"


def _one(headers: Message, name: str) -> str | None:
    found = headers.get_all(name, [])
    return found[0] if len(found) == 1 else None
