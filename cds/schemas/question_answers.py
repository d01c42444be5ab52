"""The answers to questions as they are described: for the API description only."""

from marshmallow import Schema, fields

from cds.schemas.strict_fields import Members


class TargetAnswer(Schema):
    """What was asked about."""

    type = fields.String(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)


class StepAnswer(Schema):
    """One fact that would be otherwise; `before` is null when it is not known."""

    fact = fields.String(required=True)
    label = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    to = fields.Raw(required=True)
    unit = fields.String(required=True, allow_none=True)
    by = fields.String(required=True)
    threshold = fields.String(required=True, allow_none=True)
    remedy = fields.String(required=True)


class InTheWayAnswer(Schema):
    """One thing that stands in the way, with the values that its tests met."""

    rule = fields.String(required=True, allow_none=True)
    by = fields.List(fields.String(), required=True)
    title = fields.String(required=True)
    message = fields.String(required=True)
    state = fields.String(required=True)
    conditions = fields.List(Members(), required=True)
    more_conditions = fields.Integer(required=True)
    changeable = fields.Boolean(required=True)
    remedy = fields.String(required=True, allow_none=True)


class AllowedAnswer(Schema):
    """Something that stays allowed."""

    type = fields.String(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    by = fields.List(fields.String(), required=True)
    mark = fields.String(required=True, allow_none=True)


class WhyNotAnswer(Schema):
    """Why something is not allowed, and what is."""

    decision = fields.String(required=True)
    of = fields.Nested(TargetAnswer, required=True)
    verdict = fields.String(required=True)
    summary = fields.String(required=True)
    in_the_way = fields.List(fields.Nested(InTheWayAnswer), required=True)
    would_need = fields.List(fields.Nested(StepAnswer), required=True)
    still_allowed = fields.List(fields.Nested(AllowedAnswer), required=True)
    nothing_allowed = fields.String(required=True, allow_none=True)
    tree = Members(required=True, allow_none=True)


class WhatIfAnswer(Schema):
    """With facts: the difference that they make. With a goal: the smallest set of changes."""

    decision = fields.String(required=True)
    summary = fields.String(required=True)
    caution = fields.String(required=True)
    difference = Members(required=True, allow_none=True)
    facts = fields.List(fields.String())
    disposition = fields.String()
    goal = fields.Nested(TargetAnswer)
    reached = fields.Boolean()
    reason = fields.String(allow_none=True)
    changes = fields.List(fields.Nested(StepAnswer))
    verdict = fields.String()
    in_the_way = fields.List(fields.Nested(InTheWayAnswer))
    assumptions = fields.List(Members())
    tried = fields.Integer()


class ToldAnswer(Schema):
    """The decision for one audience: `text` is at most `at_most` characters long."""

    decision = fields.String(required=True)
    audience = fields.String(required=True)
    text = fields.String(required=True)
    sections = fields.List(Members(), required=True)
    details = fields.List(Members(), required=True)
    left_out = fields.Integer(required=True)
    at_most = fields.Integer(required=True)
