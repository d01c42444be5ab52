"""The answers about feedback as they are described: for the API description only."""

from marshmallow import Schema, fields


class FeedbackTargetAnswer(Schema):
    """What was answered to, as it was called then."""

    type = fields.String(required=True)
    id = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    version = fields.String(required=True)


class CodedReasonAnswer(Schema):
    """A reason with its code system."""

    system = fields.String(required=True)
    code = fields.String(required=True)
    display = fields.String(required=True)


class OutcomeAnswer(Schema):
    """The outcome that counts for one target; `event` is the id of the event that said so."""

    target = fields.Nested(FeedbackTargetAnswer, required=True)
    outcome = fields.String(required=True)
    reason = fields.Nested(CodedReasonAnswer, required=True, allow_none=True)
    at = fields.String(required=True)
    event = fields.String(required=True)


class FeedbackReceipt(Schema):
    """Proof of a committed record."""

    sequence = fields.Integer(required=True)
    hash = fields.String(required=True)


class FeedbackEventAnswer(Schema):
    """One feedback; `comment` is null where none was kept, and `comment_note` says which."""

    id = fields.String(required=True)
    created = fields.String(required=True)
    decision = fields.String(required=True)
    target = fields.Nested(FeedbackTargetAnswer, required=True)
    outcome = fields.String(required=True)
    reason = fields.Nested(CodedReasonAnswer, required=True, allow_none=True)
    at = fields.String(required=True)
    comment = fields.String(required=True, allow_none=True)
    comment_note = fields.String(required=True, allow_none=True)
    user = fields.String(required=True, allow_none=True)
    location = fields.String(required=True, allow_none=True)
    source = fields.String(required=True)
    suggestions = fields.List(fields.String(), required=True)
    receipt = fields.Nested(FeedbackReceipt, required=True)


class DecisionFeedbackAnswer(Schema):
    """Every event of a decision, in the order of the record, and what counts for each target."""

    decision = fields.String(required=True)
    events = fields.List(fields.Nested(FeedbackEventAnswer), required=True)
    final = fields.List(fields.Nested(OutcomeAnswer), required=True)
