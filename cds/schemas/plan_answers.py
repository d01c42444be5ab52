"""The plan of an answer as it is described: for the API description only."""

from typing import Any

from marshmallow import Schema, fields

from cds.schemas.strict_fields import Members


def _texts() -> fields.List[Any]:
    return fields.List(fields.String(), required=True)


def _pair(*, optional: bool = False) -> fields.List[Any]:
    return fields.List(fields.Float(), required=True, allow_none=optional)


class ReasonAnswer(Schema):
    """Why one part of a component is as it is, and who says so."""

    part = fields.String(required=True)
    message = fields.String(required=True)
    by = _texts()


class ExerciseAnswer(Schema):
    """One movement: why, how much, easier, harder, and what could stand in for it."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    modality = fields.String(required=True)
    pattern = fields.String(required=True)
    reason = fields.String(required=True)
    dose = fields.String(required=True)
    regression = fields.String(required=True, allow_none=True)
    progression = fields.String(required=True, allow_none=True)
    alternatives = _texts()
    cautions = _texts()


class AvoidedOfComponentAnswer(Schema):
    """A movement of a component that tags remove; several names are separated by commas."""

    id = fields.String(required=True)
    by = fields.String(required=True)
    instead = fields.String(required=True)


class ComponentAnswer(Schema):
    """One kind of exercise: days a week, effort, minutes of the work and of the whole session."""

    modality = fields.String(required=True)
    priority = fields.Integer(required=True)
    frequency = _pair()
    intensity = Members(required=True)
    time_min = _pair(optional=True)
    type = fields.String(required=True)
    volume = Members(required=True)
    progression = fields.String(required=True)
    warm_up_min = _pair(optional=True)
    cool_down_min = _pair(optional=True)
    session_min = _pair(optional=True)
    exercises = fields.List(fields.Nested(ExerciseAnswer), required=True)
    avoided = fields.List(fields.Nested(AvoidedOfComponentAnswer), required=True)
    blocked_regions = fields.List(Members(), required=True)
    reasons = fields.List(fields.Nested(ReasonAnswer), required=True)


class OmissionAnswer(Schema):
    """A kind of exercise or a pattern that was considered and is not in the plan."""

    what = fields.String(required=True)
    kind = fields.String(required=True)
    message = fields.String(required=True)
    by = _texts()


class TotalsAnswer(Schema):
    """What a session and a week add up to."""

    exercises = fields.Integer(required=True)
    exercises_at_most = fields.Integer(required=True)
    sets_per_session = _pair()
    sets_per_week = _pair()
    minutes_per_session = _pair()
    minutes_per_week = _pair()
    sessions_per_week = _pair()
    training_days = _pair()


class AvoidedMovementAnswer(Schema):
    """A movement that tags remove, who set them, and what to do instead."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    tags = _texts()
    by = _texts()
    instead = _texts()
    message = fields.String(required=True, allow_none=True)


class AvoidedKindAnswer(Schema):
    """An avoid tag: what it means, why, who set it, how many movements it removes."""

    tag = fields.String(required=True)
    label = fields.String(required=True)
    why = fields.String(required=True)
    by = _texts()
    removes = fields.Integer(required=True)


class FlagAnswer(Schema):
    """A compromise, and the route that remains."""

    kind = fields.String(required=True)
    attribute = fields.String(required=True)
    message = fields.String(required=True)
    by = _texts()
    route = fields.String(required=True, allow_none=True)


class ResolutionAnswer(Schema):
    """Two wishes that pull apart, and how that was settled."""

    id = fields.String(required=True)
    conflict = fields.String(required=True)
    resolution = fields.String(required=True)
    between = _texts()
    mark = fields.String(required=True)


class LimitAnswer(Schema):
    """Who set one number, ceiling or tag; several setters are separated by commas."""

    attribute = fields.String(required=True)
    value = fields.Raw(required=True)
    by = fields.String(required=True)


class PlanAnswer(Schema):
    """The whole plan. What profiles say in sentences is described in words only."""

    phase = fields.String(required=True)
    profiles = _texts()
    components = fields.List(fields.Nested(ComponentAnswer), required=True)
    omitted = fields.List(fields.Nested(OmissionAnswer), required=True)
    totals = fields.Nested(TotalsAnswer, required=True)
    avoided = fields.List(fields.Nested(AvoidedMovementAnswer), required=True)
    avoid_tags = fields.List(fields.Nested(AvoidedKindAnswer), required=True)
    no_safe_option = fields.List(Members(), required=True)
    flags = fields.List(fields.Nested(FlagAnswer), required=True)
    resolutions = fields.List(fields.Nested(ResolutionAnswer), required=True)
    limited_by = fields.List(fields.Nested(LimitAnswer), required=True)
    hiit = fields.String(required=True)
    supervision_level = fields.Integer(required=True)
