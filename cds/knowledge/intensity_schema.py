"""The shape of the files of `knowledge/intensity/`."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Number, Text, choice

CATEGORIES = ("very_light", "light", "moderate", "vigorous", "near_maximal")


def _numbers() -> fields.Dict:
    return fields.Dict(keys=Text(), values=Number())


def required(schema: type[KnowledgeSchema], many: bool = False) -> fields.Nested:
    """A part that must be there, checked by its own schema."""
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
    source = required(SourceSchema)
    warn_when = fields.List(fields.Nested(CautionSchema))


class FormulasSchema(FileSchema):
    """formulas.yaml."""

    formulas = required(FormulaSchema, many=True)


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
    source = required(SourceSchema)
    note = Text()
    bands = required(BandSchema, many=True)

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
    source = required(SourceSchema)


class CategoriesSchema(FileSchema):
    """categories.yaml."""

    tables = required(TableSchema, many=True)
    disagreements = required(DisagreementSchema, many=True)
