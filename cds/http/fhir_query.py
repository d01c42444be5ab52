"""The parameters of the addresses that answer in FHIR."""

import re

from cds.errors import IntakeError, Refusal
from cds.fhir.writing.decided import TYPES, Asked, fault_of_reference
from cds.http.query import Query, allow_parameters, read_choice
from cds.json_walk import pointer_step

#: The forms that `_format` may ask for, and the most of each number of a page.
FORMATS = ("json", "application/json", "application/fhir+json")
_PAGE = {"_count": 50, "_offset": 0}
MOST = {"_count": 200, "_offset": 100_000}
_NUMBER = re.compile(r"\d{1,6}", re.ASCII)


def read_asked(given: Query) -> Asked:
    """Whom a client says a decision is about, and who asks.

    Raises: IntakeError.
    """
    allow_parameters(given, TYPES)
    told = {name: given[name][0] for name in TYPES if name in given}
    refusals = [
        Refusal(pointer_step("?", name), fault)
        for name, text in told.items()
        if (fault := fault_of_reference(name, text))
    ]
    if refusals:
        raise IntakeError(refusals)
    return Asked(**told)


def allow_format(given: Query, *more: str) -> None:
    """Refuses any parameter but `_format`, which may ask for JSON only, and `more`.

    Raises: IntakeError.
    """
    allow_parameters(given, ("_format", *more))
    read_choice(given, "_format", FORMATS, FORMATS[0])


def read_page(given: Query) -> tuple[int, int]:
    """Where a page begins and how much is on it.

    Raises: IntakeError.
    """
    allow_format(given, *_PAGE)
    return _number(given, "_offset"), _number(given, "_count")


def _number(given: Query, name: str) -> int:
    text = given.get(name, (str(_PAGE[name]),))[0]
    if not _NUMBER.fullmatch(text) or int(text) > MOST[name]:
        detail = f"This must be a whole number up to {MOST[name]}."
        raise IntakeError([Refusal(pointer_step("?", name), detail)])
    return int(text)
