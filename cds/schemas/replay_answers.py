"""The answer to a replay as it is described: for the API description only."""

from marshmallow import Schema, fields

from cds.schemas.answers import ReceiptAnswer
from cds.schemas.strict_fields import Members


class RecordedReplayAnswer(Schema):
    """Made again under the knowledge that was recorded: `equal` is byte for byte the same."""

    knowledge = fields.String(required=True)
    software = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    difference = Members(required=True, allow_none=True)


class CurrentReplayAnswer(Schema):
    """What the present knowledge would change, the gravest first; none where it gives no answer."""

    knowledge = fields.String(required=True)
    changes = fields.List(fields.String(), required=True)
    reason = fields.String(required=True, allow_none=True)
    difference = Members(required=True, allow_none=True)


class ReplayAnswer(Schema):
    """What came of a decision or check-in; `current` is null when it was erased."""

    decision = fields.String(required=True)
    kind = fields.String(required=True)
    recorded = fields.Nested(RecordedReplayAnswer, required=True)
    current = fields.Nested(CurrentReplayAnswer, required=True, allow_none=True)
    receipt = fields.Nested(ReceiptAnswer, required=True)
