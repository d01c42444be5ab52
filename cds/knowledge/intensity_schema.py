"""The shape of the files of `knowledge/intensity/`."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Number, Text, choice

CATEGORIES = ("very_light", "light", "moderate", "vigorous", "near_maximal")


def _numbers() -> fields.Dict:
    return fields.Dict(keys=Text(), values=Number())


def _texts() -> fields.List:
    return fields.List(Text())


def _required(schema: type[KnowledgeSchema], many: bool = False) -> fields.Nested:
    return fields.Nested(schema, required=True, many=many)


class SourceSchema(KnowledgeSchema):
    """A citation key, the place in it, the mark, and the page that was read."""

    citation = Text(required=True)
    locator = Text(required=True)
    mark = choice("V", "K", "O", required=True)
    page = Text()


class FileSchema(KnowledgeSchema):
    """What every file starts with."""

    topic = Text(required=True)
    version = fields.Integer(required=True, strict=True)
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)


class IntervalSchema(KnowledgeSchema):
    """The ends of a set of numbers."""

    at_least = Number()
    greater_than = Number()
    at_most = Number()
    less_than = Number()


class CautionSchema(IntervalSchema):
    """When to warn, and with which words."""

    input = Text(required=True)
    message = Text(required=True)


class ErrorSchema(KnowledgeSchema):
    """The error of a formula."""

    value = Number(required=True)
    low = Number()
    unit = Text(required=True)
    measure = Text(required=True)
    mark = choice("V", "K", "O", required=True)


class FormulaSchema(KnowledgeSchema):
    """One formula."""

    id = Text(required=True)
    reference = Text()
    name = Text(required=True)
    method = Text(required=True)
    expression = Text(required=True)
    constant = Number()
    coefficients = _numbers()
    parameters = _numbers()
    inputs = fields.Dict(keys=Text(), values=Text(), required=True)
    unit = Text(required=True)
    see = fields.Nested(ErrorSchema)
    population = Text(required=True)
    sexes = fields.List(choice("female", "male"))
    source = _required(SourceSchema)
    warn_when = fields.List(fields.Nested(CautionSchema))


class FormulasSchema(FileSchema):
    """formulas.yaml."""

    formulas = _required(FormulaSchema, many=True)


class BandSchema(KnowledgeSchema):
    """One category and where it starts."""

    category = choice(*CATEGORIES, required=True)
    id = Text(required=True)
    start = Number(data_key="from")


class SpanSchema(KnowledgeSchema):
    """A half-open span."""

    start = Number(data_key="from", required=True)
    end = Number(data_key="to")


class TableSchema(KnowledgeSchema):
    """One category table."""

    name = Text(required=True)
    title = Text(required=True)
    unit = Text(required=True)
    ages = fields.Nested(SpanSchema)
    source = _required(SourceSchema)
    note = Text()
    bands = _required(BandSchema, many=True)

    @validates_schema
    def check_bands(self, data: Any, **_: Any) -> None:
        """Refuse a gap, an overlap or a missing category."""
        bands = data["bands"]
        if tuple(band["category"] for band in bands) != CATEGORIES:
            order = ", ".join(CATEGORIES)
            raise ValidationError(f"List every category once, in order: {order}.", "bands")
        starts = [band.get("start") for band in bands]
        if starts[0] is not None:
            raise ValidationError(
                "The lowest band has no 'from'; a lower value would fall in a gap. Take it out.",
                "bands",
            )
        rest = [start for start in starts[1:] if start is not None]
        if len(rest) != len(starts) - 1 or rest != sorted(set(rest)):
            raise ValidationError(
                "Every further band needs a 'from' above the one before; "
                "else values fall in a gap or in two bands.",
                "bands",
            )


class DisagreementSchema(SpanSchema):
    """A band of another scale."""

    table = Text(required=True)
    category = choice(*CATEGORIES, required=True)
    scale = Text(required=True)
    source = _required(SourceSchema)


class CategoriesSchema(FileSchema):
    """categories.yaml."""

    tables = _required(TableSchema, many=True)
    disagreements = _required(DisagreementSchema, many=True)


class ThresholdSchema(KnowledgeSchema):
    """One number to compare with."""

    value = Number(required=True)
    unit = Text(required=True)
    id = Text()
    from_age = Number()
    source = _required(SourceSchema)


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
    source = _required(SourceSchema)

    @validates_schema
    def check_base(self, data: Any, **_: Any) -> None:
        """Refuse a limit that follows from nothing or from two things."""
        if ("fact" in data) == ("constant" in data):
            raise ValidationError("Give either 'fact' with 'offset', or 'constant'.", "id")


class CeilingSchema(KnowledgeSchema):
    """The numbers of the ceiling combiner."""

    at_rest_margin = _required(ThresholdSchema)
    narrowest_zone = _required(ThresholdSchema)
    fallback_rpe = _required(RpeSchema)
    limits = _required(LimitSchema, many=True)


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
    source = _required(SourceSchema)
    bands = _required(ChairBandSchema, many=True)


class HistorySchema(KnowledgeSchema):
    """The flags of the falls history."""

    id = Text(required=True)
    inputs = fields.List(Text(), required=True)
    source = _required(SourceSchema)


class FallsSchema(KnowledgeSchema):
    """The cut-offs of the falls tests."""

    tug = _required(ThresholdSchema)
    tandem_stance = _required(ThresholdSchema)
    falls_12mo = _required(ThresholdSchema)
    history_flags = _required(HistorySchema)
    tug_caution = Text(required=True)
    chair_stands = _required(ChairSchema)


class ThresholdsSchema(FileSchema):
    """thresholds.yaml."""

    ceiling = _required(CeilingSchema)
    chronotropic = fields.Dict(keys=Text(), values=fields.Nested(ThresholdSchema), required=True)
    recovery = fields.Dict(keys=Text(), values=fields.Nested(ThresholdSchema), required=True)
    falls = _required(FallsSchema)


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
    all = _required(RiskTestSchema, many=True)


class RiskSchema(FileSchema):
    """aacvpr.yaml."""

    source = _required(SourceSchema)
    without_test = Text(required=True)
    missing = Text(required=True)
    disagreement = Text(required=True)
    low = _required(RiskItemSchema, many=True)
    moderate = _required(RiskItemSchema, many=True)
    high = _required(RiskItemSchema, many=True)
