"""The body of a request for a decision: its shape, before the vocabulary is asked."""

from marshmallow import ValidationError, fields, validate, validates_schema

from cds.schemas.strict_fields import (
    Either,
    Members,
    StrictDay,
    StrictFlag,
    StrictSchema,
    StrictText,
)

_MOST = validate.Length(max=200, error="At most 200 entries.")
STATUSES = ("present", "absent", "resolved")


def _status() -> StrictText:
    allowed = validate.OneOf(STATUSES, error=f"Use one of: {', '.join(STATUSES)}.")
    return StrictText(validate=allowed)


class SubjectBody(StrictSchema):
    """Whom the decision is about; the id is kept only as a keyed hash."""

    id = StrictText()


class EntryBody(StrictSchema):
    """One entry of a list: an id of this service, or a code of a code system."""

    id = StrictText()
    system = StrictText()
    code = StrictText(longest=64)
    display = StrictText()
    source = StrictText()

    @validates_schema
    def check_name(self, data: dict[str, object], **_: object) -> None:
        """An id, or a system and a code, or a text."""
        if "id" in data and ("code" in data or "system" in data):
            raise ValidationError("Give an id or a code with its system, not both.")
        if "id" not in data and "code" not in data and "display" not in data:
            raise ValidationError("Give an id, or a code with its system.")
        if "code" in data and "system" not in data:
            raise ValidationError("A code means nothing without its system. Add it.", "system")


class ConditionBody(EntryBody):
    """A condition, with the day it began."""

    onset = StrictDay()
    status = _status()


class MedicationBody(EntryBody):
    """A medication, with the day it was started or ordered."""

    at = StrictDay()
    status = _status()


class ProcedureBody(StrictSchema):
    """A procedure that was done: an id of this service as `code`, or a code with its system."""

    code = StrictText(longest=64, required=True)
    system = StrictText()
    display = StrictText()
    source = StrictText()
    at = StrictDay()


class RequestBody(StrictSchema):
    """Something specific that is asked about."""

    modalities = fields.List(StrictText(), validate=_MOST)
    exercises = fields.List(StrictText(), validate=_MOST)
    intensity = StrictText()
    setting = StrictText()


class PreferencesBody(StrictSchema):
    """What the person wants, likes and has."""

    goals = fields.List(StrictText(longest=500), validate=_MOST)
    likes = fields.List(StrictText(), validate=_MOST)
    dislikes = fields.List(StrictText(), validate=_MOST)
    equipment = fields.List(StrictText(), validate=_MOST)


class DecisionBody(StrictSchema):
    """Everything known about one patient, and what is asked."""

    evaluation_date = StrictDay()
    subject = fields.Nested(SubjectBody)
    facts = Members()
    conditions = fields.List(Either(ConditionBody), validate=_MOST)
    conditions_reviewed = StrictFlag()
    medications = fields.List(Either(MedicationBody), validate=_MOST)
    medications_reviewed = StrictFlag()
    procedures = fields.List(Either(ProcedureBody), validate=_MOST)
    request = fields.Nested(RequestBody)
    preferences = fields.Nested(PreferencesBody)
    policy = Members()
