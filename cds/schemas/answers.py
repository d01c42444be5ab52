"""Answers as they are described: for the API description, never used to change an answer."""

from marshmallow import Schema, fields, validate

from cds.model.decision import Disposition
from cds.model.effect import Direction, Urgency
from cds.model.session import SessionVerdict
from cds.schemas.plan_answers import PlanAnswer
from cds.schemas.strict_fields import Members, StrictText


def _verdict() -> StrictText:
    one_of = validate.OneOf([member.value for member in SessionVerdict])
    return StrictText(required=True, validate=one_of)


class ErrorAnswer(Schema):
    """One place of a refused request."""

    pointer = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemAnswer(Schema):
    """A failure (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    errors = fields.List(fields.Nested(ErrorAnswer))


class ReceiptAnswer(Schema):
    """Where the decision stands in the record."""

    sequence = fields.Integer(required=True)
    hash = fields.String(required=True)


class SessionValueAnswer(Schema):
    """One value of today's session."""

    fact = fields.String(required=True)
    label = fields.String(required=True)
    value = fields.Raw(required=True)
    unit = fields.String(required=True, allow_none=True)
    at = fields.String(required=True, allow_none=True)


class SessionReasonAnswer(Schema):
    """Why to stop or to go easier."""

    verdict = _verdict()
    message = fields.String(required=True)
    scope = fields.String(required=True)
    reopens = fields.String(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    by = fields.List(fields.String(), required=True)


class SessionAnswer(Schema):
    """Stop or go, when values of today's session were given."""

    verdict = _verdict()
    message = fields.String(required=True)
    values = fields.List(fields.Nested(SessionValueAnswer), required=True)
    reasons = fields.List(fields.Nested(SessionReasonAnswer), required=True)


class ChangeAnswer(Schema):
    """The smallest change that matters, as a number."""

    value = fields.Float(required=True)
    unit = fields.String(required=True)


class MeasureAnswer(Schema):
    """How to measure progress, and which profiles ask for it."""

    profiles = fields.List(fields.String(), required=True)
    name = fields.String(required=True)
    important_change = fields.String(required=True, allow_none=True)
    change = fields.Nested(ChangeAnswer, required=True, allow_none=True)
    fact = fields.String(required=True, allow_none=True)
    mark = StrictText(required=True, validate=validate.OneOf(["V", "K", "O"]))
    citation = fields.String(required=True, allow_none=True)


class GoalAnswer(Schema):
    """One goal: from where to where, by when; nothing is filled in that was not measured."""

    text = fields.String(required=True)
    kind = StrictText(required=True, validate=validate.OneOf(["own", "safety", "condition"]))
    domain = fields.String(required=True, allow_none=True)
    measure = fields.String(required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)
    baseline = fields.Float(required=True, allow_none=True)
    at = fields.String(required=True, allow_none=True)
    target = fields.Float(required=True, allow_none=True)
    unit = fields.String(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    ask = fields.String(required=True, allow_none=True)
    why = fields.String(required=True, allow_none=True)
    because = fields.List(fields.String(), required=True)
    mark = fields.String(required=True, allow_none=True)
    citation = fields.String(required=True, allow_none=True)


class ReferralAnswer(Schema):
    """Whom to involve, how soon, why, what was crossed, and what may go on meanwhile."""

    to = fields.String(required=True)
    urgency = StrictText(required=True, validate=validate.OneOf([one.value for one in Urgency]))
    reason = fields.String(required=True)
    meanwhile = fields.String(required=True, allow_none=True)
    because = fields.List(fields.String(), required=True)
    within = fields.String(required=True, allow_none=True)
    crossed = fields.List(Members(), required=True)


class TeamAnswer(Schema):
    """Everybody who is involved, and the one who owns the plan."""

    owner = fields.String(required=True)
    members = fields.List(fields.String(), required=True)
    message = fields.String(required=True)


class LessonAnswer(Schema):
    """What to tell the person; `on_demand` waits until it is asked for."""

    message = fields.String(required=True)
    because = fields.List(fields.String(), required=True)
    on_demand = fields.Boolean(required=True)


class DecisionAnswer(Schema):
    """A decision that was recorded."""

    id = fields.String(required=True)
    created = fields.String(required=True)
    evaluation_date = fields.String(required=True)
    disposition = StrictText(
        required=True, validate=validate.OneOf([member.value for member in Disposition])
    )
    summary = fields.String(required=True)
    notice = fields.String(required=True)
    screening = Members(allow_none=True)
    contraindications = fields.List(Members())
    requested = fields.List(Members())
    intensity = Members(allow_none=True)
    medications = fields.List(Members())
    hiit = Members(allow_none=True)
    plan = fields.Nested(PlanAnswer, allow_none=True)
    delivery = Members(allow_none=True)
    session = fields.Nested(SessionAnswer, allow_none=True)
    goals = fields.List(fields.Nested(GoalAnswer))
    outcome_measures = fields.List(fields.Nested(MeasureAnswer))
    team = fields.Nested(TeamAnswer, allow_none=True)
    education = fields.List(fields.Nested(LessonAnswer))
    missing = fields.List(Members())
    assumptions = fields.List(Members())
    conflicts = fields.List(Members())
    referrals = fields.List(fields.Nested(ReferralAnswer))
    unmapped = fields.List(Members())
    stale = fields.List(Members())
    rejected_facts = fields.List(Members())
    explanations = fields.List(Members())
    knowledge = Members()
    receipt = fields.Nested(ReceiptAnswer, required=True)


class MatchedRowAnswer(Schema):
    """One row of the progression table that holds."""

    row = fields.String(required=True, allow_none=True)
    rule = fields.String(required=True)
    action = fields.String(required=True)
    direction = fields.String(required=True)


class DoseStepAnswer(Schema):
    """By how much one part of the dose changes."""

    attribute = fields.String(required=True)
    change = fields.List(fields.Float(), required=True)
    unit = fields.String(required=True)


class PlannedDoseAnswer(Schema):
    """One number of the plan before and after."""

    modality = fields.String(required=True)
    attribute = fields.String(required=True)
    unit = fields.String(required=True)
    before = fields.List(fields.Float(), required=True)
    after = fields.List(fields.Float(), required=True)
    at_upper_bound = fields.Boolean(required=True)


class NextDoseAnswer(Schema):
    """The next dose, and the row that sets it."""

    direction = fields.String(required=True)
    action = fields.String(required=True)
    set_by = fields.Nested(MatchedRowAnswer, required=True)
    exercise = fields.Boolean(required=True)
    message = fields.String(required=True)
    changes = fields.List(fields.Nested(DoseStepAnswer), required=True)
    plan = fields.List(fields.Nested(PlannedDoseAnswer), required=True)


class RescreenAnswer(Schema):
    """Whether to screen again before the next dose, why, and what would call for it."""

    due = fields.Boolean(required=True)
    reasons = fields.List(Members(), required=True)
    triggers = fields.List(fields.String(), required=True)


class FollowUpAnswer(Schema):
    """The answer to a check-in that was recorded."""

    id = fields.String(required=True)
    created = fields.String(required=True)
    evaluation_date = fields.String(required=True)
    decision = fields.String(required=True, allow_none=True)
    row = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    direction = StrictText(
        required=True, validate=validate.OneOf([member.value for member in Direction])
    )
    rule = fields.String(required=True)
    summary = fields.String(required=True)
    notice = fields.String(required=True)
    dose = fields.Nested(NextDoseAnswer, required=True)
    contraindications = fields.List(Members())
    also_matched = fields.List(fields.Nested(MatchedRowAnswer), required=True)
    rescreen = fields.Nested(RescreenAnswer, required=True)
    referrals = fields.List(Members())
    education = fields.List(Members())
    missing = fields.List(Members())
    unmapped = fields.List(Members())
    stale = fields.List(Members())
    rejected_facts = fields.List(Members())
    explanations = fields.List(Members())
    knowledge = Members()
    receipt = fields.Nested(ReceiptAnswer, required=True)
