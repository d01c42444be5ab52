"""The body of feedback to a decision."""

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from cds.errors import IntakeError, Refusal
from cds.model.feedback import WHOLE, Feedback, Outcome, Target, TargetType
from cds.schemas.strict_fields import StrictSchema, StrictText, faults_of

_LONGEST_NAME = 100
_LONGEST_COMMENT = 2_000
_LONGEST_MOMENT = 40
_NOT_A_MOMENT = "This is not a moment with a time zone. Write it like 2026-11-22T09:30:00Z."


def _one_of(*codes: str) -> validate.OneOf:
    return validate.OneOf([str(code) for code in codes], error="Use one of: {choices}.")


class StrictMoment(fields.Field[datetime]):
    """A moment with its time zone (RFC 3339)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or len(value) > _LONGEST_MOMENT or "T" not in value:
            raise ValidationError(_NOT_A_MOMENT)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValidationError(_NOT_A_MOMENT) from None
        if moment.tzinfo is None:
            raise ValidationError(_NOT_A_MOMENT)
        return moment


class TargetBody(StrictSchema):
    """What is answered to: the decision, or a rule (a finding has the id of its rule) or exercise.

    `id` is that of the rule or exercise; the whole decision needs none.
    """

    type = StrictText(validate=_one_of(*TargetType), required=True)
    id = StrictText(longest=_LONGEST_NAME)


class FeedbackBody(StrictSchema):
    """Accepted, or overridden for a coded reason; by default about the whole decision."""

    outcome = StrictText(validate=_one_of(*Outcome), required=True)
    target = fields.Nested(TargetBody)
    reason = StrictText(longest=_LONGEST_NAME)
    comment = StrictText(longest=_LONGEST_COMMENT)
    user = StrictText(longest=_LONGEST_NAME)
    location = StrictText(longest=_LONGEST_NAME)
    at = StrictMoment()


_BODY = FeedbackBody()


def read_feedback(decision: str, body: Any) -> Feedback:
    """The feedback to this decision.

    Raises: IntakeError with every fault of the body.
    """
    if not isinstance(body, dict):
        raise IntakeError([Refusal("", "The body must be a JSON object.")])
    try:
        loaded = _BODY.load(body)
    except ValidationError as error:
        raise IntakeError([Refusal(*fault) for fault in faults_of(error, _BODY)]) from None
    target = _target(loaded.pop("target", None))
    return Feedback(decision, Outcome(loaded.pop("outcome")), target, **loaded)


def _target(told: dict[str, Any] | None) -> Target:
    if told is None:
        return WHOLE
    target = Target(TargetType(told["type"]), told.get("id"))
    if (target.type is TargetType.DECISION) != (target.id is None):
        detail = "A rule or exercise needs its id; the whole decision has none here."
        raise IntakeError([Refusal("/target/id", detail)])
    return target
