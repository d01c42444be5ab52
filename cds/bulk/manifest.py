"""The manifest of an export: what files there are, checked as a whole before one is fetched."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult

from msgspec import Struct

from cds.bulk.source import Source
from cds.errors import CdsError, IntakeError
from cds.strict_json import JsonLimits, read_json

#: O: an export of thousands of files, each with a signed address.
LIMITS = JsonLimits(bytes=20_000_000, members=5_000, items=20_000, text=20_000, values=500_000)
OUTCOME = "OperationOutcome"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]{5,20}(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_UNUSABLE = (
    "The manifest of the export cannot be used: {what}. Nothing of it was read. Tell whoever runs "
    "the server; a new folder with --out asks for a new export."
)


class File(Struct, frozen=True):
    """One file: what it is called here, where it is, and how many resources it has to hold."""

    name: str
    url: SplitResult
    count: int | None


class Manifest(Struct, frozen=True):
    """As of when the export is, whether its files need the token, and the files in their order."""

    moment: str
    needs_token: bool
    files: tuple[File, ...]


def read_manifest(body: bytes, types: Collection[str], source: Source) -> Manifest:
    """The manifest, with the files of these types and those that tell errors.

    Raises: CdsError when anything of it is not as it should be.
    """
    try:
        told = read_json(body, LIMITS)
    except IntakeError:
        told = None
    if not isinstance(told, dict):
        raise _unusable("it is no JSON object")
    moment, needs_token = told.get("transactionTime"), told.get("requiresAccessToken")
    if not isinstance(moment, str) or not _MOMENT.fullmatch(moment):
        raise _unusable("transactionTime is no moment")
    if not isinstance(needs_token, bool):
        raise _unusable("requiresAccessToken is neither true nor false")
    if any(link.get("relation") == "next" for link in _objects(told, "link")):
        raise _unusable("it is only a part of several, which nobody asked for")
    output = [e for e in _objects(told, "output") if e.get("type") in types]
    files = _files([*output, *({**e, "type": OUTCOME} for e in _objects(told, "error"))], source)
    return Manifest(moment, needs_token, tuple(files))


def _files(entries: list[Mapping[str, Any]], source: Source) -> Iterator[File]:
    """Numbered by address, so that a manifest that is asked for again names them alike."""
    ordered = sorted(entries, key=lambda e: (str(e["type"]), str(e.get("url"))))
    for number, entry in enumerate(ordered, 1):
        url, count = source.trusted(entry.get("url")), entry.get("count")
        if url is None:
            raise _unusable("a file is not at an https address of the server or of CDS_BULK_HOSTS")
        whole = isinstance(count, int) and not isinstance(count, bool)
        yield File(f"{entry['type']}.{number:05}.ndjson", url, count if whole else None)


def _objects(told: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = told.get(name, [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise _unusable(f"{name} is no list of objects")
    return found


def _unusable(what: str) -> CdsError:
    return CdsError(_UNUSABLE.format(what=what))
