"""The answers about feedback as they are described: for the API description only."""

from marshmallow import Schema, fields

from cds.schemas.answers import ReceiptAnswer


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
    receipt = fields.Nested(ReceiptAnswer, required=True)


class DecisionFeedbackAnswer(Schema):
    """Every event of a decision, in the order of the record, and what counts for each target."""

    decision = fields.String(required=True)
    events = fields.List(fields.Nested(FeedbackEventAnswer), required=True)
    final = fields.List(fields.Nested(OutcomeAnswer), required=True)


class ExportedFeedback(Schema):
    """One row of the export; `intervention` is the id of a rule, an exercise or the decision."""

    event = fields.String(required=True)
    sequence = fields.Integer(required=True)
    decision = fields.String(required=True)
    intervention_type = fields.String(required=True)
    intervention = fields.String(required=True)
    title = fields.String(required=True)
    version = fields.String(required=True)
    action = fields.String(required=True)
    feedback = fields.String(required=True, allow_none=True)
    feedback_code = fields.String(required=True, allow_none=True)
    comment = fields.String(required=True, allow_none=True)
    suggestions = fields.List(fields.String(), required=True)
    user = fields.String(required=True, allow_none=True)
    date = fields.String(required=True)
    location = fields.String(required=True, allow_none=True)
    source = fields.String(required=True)
    final = fields.Boolean(required=True)


class FeedbackExportAnswer(Schema):
    """Who answered what to which recommendation, when and where."""

    reason_system = fields.String(required=True)
    feedback = fields.List(fields.Nested(ExportedFeedback), required=True)


class WarnedAnswer(Schema):
    """What asks for a look: never_fired, fell_silent or drift."""

    kind = fields.String(required=True)
    text = fields.String(required=True)


class AnsweredAnswer(Schema):
    """What became of the firings; the first five add up to them."""

    accepted = fields.Integer(required=True)
    overridden = fields.Integer(required=True)
    accepted_with_decision = fields.Integer(required=True)
    overridden_with_decision = fields.Integer(required=True)
    ignored = fields.Integer(required=True)
    override_rate = fields.Float(required=True, allow_none=True)
    reasons = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class RuleUseAnswer(Schema):
    """One rule in the answers of one kind; `version` is null for a rule that is not in use."""

    rule = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    version = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)
    answers = fields.Integer(required=True)
    fires = fields.Integer(required=True)
    per_100 = fields.Float(required=True, allow_none=True)
    undecided = fields.Integer(required=True)
    repeats = fields.Integer(required=True)
    last_fired = fields.String(required=True, allow_none=True)
    answers_since = fields.Integer(required=True, allow_none=True)
    versions = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    feedback = fields.Nested(AnsweredAnswer, required=True)
    warnings = fields.List(fields.Nested(WarnedAnswer), required=True)


class WatchingAnswer(Schema):
    """When the firing of a rule asks for a look."""

    window = fields.Integer(required=True)
    least_history = fields.Integer(required=True)
    drift_p = fields.Float(required=True)
    never_fired_after = fields.Integer(required=True)
    expected_missed = fields.Float(required=True)


class AnalyticsAnswer(Schema):
    """Every rule in use or ever heard of, counted up to the record of number `up_to`."""

    up_to = fields.Integer(required=True)
    answers = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    erased = fields.Integer(required=True)
    rules = fields.List(fields.Nested(RuleUseAnswer), required=True)
    watching = fields.Nested(WatchingAnswer, required=True)
