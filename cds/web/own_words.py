"""The words that a person typed: shown with the decision from the browser, as no record has them.

They are sealed, sent back to the page of this one decision only, and gone after an hour.
"""

import json
from collections.abc import Mapping

from flask import Response

from cds.audit.keys import DataKey
from cds.errors import AuditError
from cds.http.parts import Parts
from cds.http.pipeline import Answer
from cds.http.words import NOT_KEPT
from cds.secret import derive_key
from cds.web.speaking import say

_NAME = "cds_words"
_SECONDS = 3_600
_MOST_BYTES = 3_800  # browsers drop a cookie of more than 4,096


def keep_words(response: Response, answer: Answer, parts: Parts) -> None:
    """Hands the words to the browser, unless there are none or too many."""
    id = answer.receipt.id
    sealed = _key(parts).seal(json.dumps(answer.words), id)
    if not answer.words or len(sealed) > _MOST_BYTES:
        return
    response.set_cookie(
        _NAME,
        sealed,
        max_age=_SECONDS,
        path=f"/decisions/{id}",
        secure=parts.settings.secure_cookies,
        httponly=True,
        samesite="Strict",
    )


def kept_words(id: str, cookies: Mapping[str, str], parts: Parts) -> tuple[str, ...]:
    """The words that the browser kept for the decision of this id."""
    if _NAME not in cookies:
        return ()
    try:
        return tuple(json.loads(_key(parts).unseal(cookies[_NAME], id)))
    except AuditError:
        return ()  # of another decision, of another installation, or nobody's


def without_marks(text: str) -> str:
    """JSON text to be read by people: words that no record has are said to be so."""
    said = say("(words that were typed; the record does not keep them)")
    return text.replace(json.dumps(NOT_KEPT), json.dumps(said, ensure_ascii=False))


def _key(parts: Parts) -> DataKey:
    return DataKey("words", derive_key(parts.form_key, "words"))
