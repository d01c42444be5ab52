"""Problem details (RFC 9457): every failure in one form, with pointers and without values."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from msgspec import Struct, field

from cds.errors import (
    AccessError,
    AuditError,
    CdsError,
    EngineError,
    ErasedError,
    IntakeError,
    KeysUnavailableError,
    KnowledgeChangedError,
    LackingDataError,
    NoSuchDecisionError,
    NotAllowedError,
    Refusal,
    TooManyRequestsError,
)
from cds.strict_json import MalformedError, TooLargeError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "5"
_MOST_REFUSALS = 100

_DETAILS = {
    400: "The request cannot be read. Correct it and send it again.",
    401: "Nobody is known to ask. Send Authorization: Bearer with a key or token of this service.",
    403: "This form was open too long, or did not come from this service. Load the page again.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    408: "The request did not arrive in time. Send it again.",
    410: "What was here is gone.",
    412: "Data that an answer needs were not sent and cannot be had. Nothing was decided.",
    413: "The request has more bytes than are accepted. Send less at once.",
    414: "The address is too long.",
    415: "Send the body as application/json in UTF-8, without content encoding.",
    422: "The request can be read but not accepted. Nothing was decided.",
    429: "This client asks more than it may. Wait as long as Retry-After says.",
    431: "The headers are too large.",
    500: "Something failed here, so there is no answer. The failure was logged.",
    503: "There is no answer now. Try again shortly.",
}
_KNOWLEDGE_CHANGED = (
    "The decision was made with other knowledge or policies than are in use now, so an answer "
    "would not be about it. Decide again, and ask about the new decision."
)
_NO_SUCH_DECISION = "The decision that is named was never recorded here. Nothing was answered."

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="exercise-cds"'}

_ERASED = "The data of this decision were erased. That it was made is still recorded."


class Problem(Struct, frozen=True):
    """One failure as it is answered."""

    status: int
    kind: str
    detail: str
    refusals: tuple[Refusal, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def as_json(self, instance: str) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {
            "type": f"urn:exercise-cds:problem:{self.kind}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{instance}",
        }
        if self.refusals:
            body["errors"] = [
                {"pointer": refusal.pointer, "detail": refusal.detail}
                for refusal in self.refusals[:_MOST_REFUSALS]
            ]
        return body


def problem_of_status(status: int, headers: Iterable[tuple[str, str]] = ()) -> Problem:
    """The problem for an HTTP status that the framework found."""
    known = status if status in _DETAILS else 500 if status >= 500 else 400
    phrase = HTTPStatus(known).phrase.lower().replace(" ", "-")
    return Problem(known, phrase, _DETAILS[known], headers=dict(headers))


def problem_of_error(error: CdsError) -> Problem:
    """The problem for an error that the service raised on purpose."""
    if isinstance(error, AccessError):
        return _problem_of_access(error)
    if isinstance(error, TooLargeError):
        return Problem(413, "too-large", _DETAILS[413], error.refusals)
    if isinstance(error, MalformedError):
        return Problem(400, "malformed", _DETAILS[400], error.refusals)
    if isinstance(error, LackingDataError):
        return Problem(412, "lacking-data", _DETAILS[412], error.refusals)
    if isinstance(error, NoSuchDecisionError):
        return Problem(404, "no-such-decision", _NO_SUCH_DECISION, error.refusals)
    if isinstance(error, KnowledgeChangedError):
        return Problem(409, "knowledge-changed", _KNOWLEDGE_CHANGED)
    if isinstance(error, IntakeError):
        return Problem(422, "not-acceptable-input", _DETAILS[422], error.refusals)
    if isinstance(error, ErasedError):
        return Problem(410, "erased", _ERASED)
    if isinstance(error, AuditError):
        retry = {"Retry-After": RETRY_AFTER_SECONDS}
        return Problem(503, "not-recorded", error.message, headers=retry)
    if isinstance(error, EngineError):
        return Problem(
            500,
            "engine-disagreement",
            "The decision was computed twice and the results could not be confirmed, so there is "
            "no answer. Decide without this service and tell its operator.",
        )
    return problem_of_status(500)


def _problem_of_access(error: AccessError) -> Problem:
    """Why somebody does not get in; of a token never more than that it does not open."""
    if isinstance(error, NotAllowedError):
        return Problem(403, "not-allowed", error.message)
    if isinstance(error, TooManyRequestsError):
        retry = {"Retry-After": str(error.retry_after)}
        return Problem(429, "too-many-requests", _DETAILS[429], headers=retry)
    if isinstance(error, KeysUnavailableError):
        retry = {"Retry-After": RETRY_AFTER_SECONDS}
        return Problem(503, "keys-unavailable", error.message, headers=retry)
    return Problem(401, "not-authenticated", _DETAILS[401], headers=dict(_CHALLENGE))
