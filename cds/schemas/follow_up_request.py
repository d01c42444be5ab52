"""The body of a check-in: that of a decision, and the decision whose plan it is about."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import validate
from msgspec import Struct

from cds.errors import IntakeError, Refusal
from cds.schemas.decision_body import DecisionBody
from cds.schemas.decision_request import DecisionRequest, read_decision_request
from cds.schemas.request_terms import RequestTerms
from cds.schemas.strict_fields import StrictText

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NO_ID = "This is not the id of a decision. Give the 'id' that its answer has."


class FollowUpBody(DecisionBody):
    """What a check-in tells; `decision` is the id of the decision whose plan was followed."""

    decision = StrictText(validate=validate.Regexp(_ID.pattern + r"\Z", error=_NO_ID))


class FollowUpRequest(Struct, frozen=True):
    """What was told, for which day, and the id of the decision that it names."""

    told: DecisionRequest
    decision: str | None


def read_follow_up_request(body: Any, terms: RequestTerms, today: date) -> FollowUpRequest:
    """The check-in that the body tells.

    Raises: IntakeError with every fault of the body, not only the first.
    """
    if not isinstance(body, dict):
        raise IntakeError([Refusal("", "The body must be a JSON object.")])
    rest = {name: value for name, value in body.items() if name != "decision"}
    refusals = _refuse_id(body)
    try:
        told = read_decision_request(rest, terms, today)
    except IntakeError as error:
        raise IntakeError([*refusals, *error.refusals]) from None
    if refusals:
        raise IntakeError(refusals)
    return FollowUpRequest(told, body.get("decision"))


def _refuse_id(body: Mapping[str, Any]) -> list[Refusal]:
    if "decision" not in body:
        return []
    named = body["decision"]
    known = isinstance(named, str) and _ID.fullmatch(named) is not None
    return [] if known else [Refusal("/decision", _NO_ID)]
