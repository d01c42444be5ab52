"""The shape of thresholds and the risk table of `knowledge/intensity/`."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cds.knowledge.intensity_schema import FileSchema, IntervalSchema, SourceSchema, required
from cds.knowledge.schema import KnowledgeSchema, Number, Text, choice


class ThresholdSchema(KnowledgeSchema):
    """One number to compare with."""

    value = Number(required=True)
    unit = Text(required=True)
    id = Text()
    from_age = Number()
    source = required(SourceSchema)


class RpeSchema(KnowledgeSchema):
    """A range of perceived exertion."""

    low = Number(required=True)
    high = Number(required=True)
    unit = Text()
    source = fields.Nested(SourceSchema)


class LimitSchema(KnowledgeSchema):
    """One upper heart-rate limit."""

    id = Text(required=True)
    reference = Text()
    title = Text(required=True)
    fact = Text()
    offset = Number()
    conservative_offset = Number()
    lower_offset = Number()
    constant = Number()
    below = fields.Boolean()
    rpe = fields.Nested(RpeSchema)
    unit = Text(required=True)
    source = required(SourceSchema)

    @validates_schema
    def check_base(self, data: Any, **_: Any) -> None:
        """Refuse a limit that follows from nothing or from two things."""
        if ("fact" in data) == ("constant" in data):
            raise ValidationError("Give either 'fact' with 'offset', or 'constant'.", "id")


class CeilingSchema(KnowledgeSchema):
    """The numbers of the ceiling combiner."""

    at_rest_margin = required(ThresholdSchema)
    narrowest_zone = required(ThresholdSchema)
    fallback_rpe = required(RpeSchema)
    limits = required(LimitSchema, many=True)


class ChairBandSchema(KnowledgeSchema):
    """One age band of the chair stands."""

    from_age = Number(required=True)
    to_age = Number(required=True)
    male = Number(required=True)
    female = Number(required=True)


class ChairSchema(KnowledgeSchema):
    """The chair stand table."""

    id = Text(required=True)
    unit = Text(required=True)
    source = required(SourceSchema)
    bands = required(ChairBandSchema, many=True)


class HistorySchema(KnowledgeSchema):
    """The flags of the falls history."""

    id = Text(required=True)
    inputs = fields.List(Text(), required=True)
    source = required(SourceSchema)


class FallsSchema(KnowledgeSchema):
    """The cut-offs of the falls tests."""

    tug = required(ThresholdSchema)
    tandem_stance = required(ThresholdSchema)
    falls_12mo = required(ThresholdSchema)
    history_flags = required(HistorySchema)
    tug_caution = Text(required=True)
    chair_stands = required(ChairSchema)


class ThresholdsSchema(FileSchema):
    """thresholds.yaml."""

    ceiling = required(CeilingSchema)
    chronotropic = fields.Dict(keys=Text(), values=fields.Nested(ThresholdSchema), required=True)
    recovery = fields.Dict(keys=Text(), values=fields.Nested(ThresholdSchema), required=True)
    falls = required(FallsSchema)


class RiskTestSchema(IntervalSchema):
    """One comparison of a risk item."""

    fact = Text(required=True)
    equals = fields.Boolean()


class RiskItemSchema(KnowledgeSchema):
    """One row of the risk table."""

    id = Text(required=True)
    reference = Text()
    text = Text(required=True)
    mark = choice("V", "K", "O", required=True)
    needs_test = fields.Boolean()
    disputed = fields.Boolean()
    all = required(RiskTestSchema, many=True)


class SupervisionSchema(KnowledgeSchema):
    """How one tier is supervised."""

    id = Text(required=True)
    tier = choice("low", "moderate", "high", required=True)
    level = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=3))
    text = Text(required=True)
    ecg = Text(required=True)


class RiskSchema(FileSchema):
    """aacvpr.yaml."""

    source = required(SourceSchema)
    without_test = Text(required=True)
    missing = Text(required=True)
    disagreement = Text(required=True)
    low = required(RiskItemSchema, many=True)
    moderate = required(RiskItemSchema, many=True)
    high = required(RiskItemSchema, many=True)
    supervision_source = required(SourceSchema)
    level_mark = choice("V", "K", "O", required=True)
    supervision = required(SupervisionSchema, many=True)
    applies_to = fields.List(Text(), required=True, validate=validate.Length(min=1))
    conditions = fields.List(Text(), required=True)
    facts = fields.Dict(keys=Text(), values=Text(), required=True)

    @validates_schema
    def check_tiers(self, data: Any, **_: Any) -> None:
        """Refuse a tier without its supervision, or with two."""
        if sorted(entry["tier"] for entry in data["supervision"]) != ["high", "low", "moderate"]:
            raise ValidationError(
                "Each tier stands once. Write low, moderate, high.", "supervision"
            )
