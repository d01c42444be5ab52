"""The shape of `selection.yaml` and `calculators.yaml` of `knowledge/intensity/`."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cds.knowledge.intensity_schema import FileSchema, SourceSchema
from cds.knowledge.schema import KnowledgeSchema, Number, Text, choice

INPUT_TYPES = ("number", "integer", "flag", "code", "codes", "range")


class BlockerSchema(KnowledgeSchema):
    """What rules a heart-rate method out."""

    item = Text(required=True)
    unless_false = Text()
    implied_absent_by = Text()


class StepSchema(KnowledgeSchema):
    """One selection rule."""

    rule = Text(required=True)
    reason = Text(required=True)
    rhythms = fields.List(Text())
    items = fields.Nested(BlockerSchema, many=True)


class AgeStepSchema(KnowledgeSchema):
    """The ages for which a prediction is made."""

    rule = Text(required=True)
    reason = Text(required=True)
    start = Number(data_key="from", required=True)
    end = Number(data_key="to", required=True)


class HintSchema(KnowledgeSchema):
    """For whom a formula may be shown as the hint of a ceiling."""

    method = Text(required=True)
    condition = Text(required=True)
    medication = Text(required=True)
    from_age = Number(required=True)
    to_age = Number(required=True)
    preserved_lvef = Number(required=True)


class ChoiceSchema(KnowledgeSchema):
    """A method that a site policy may change."""

    rule = Text(required=True)
    default = Text(required=True)
    choices = fields.List(Text(), required=True)


class RecognisedSchema(KnowledgeSchema):
    """The names that are understood."""

    medications = fields.List(Text(), required=True)
    conditions = fields.List(Text(), required=True)


class SelectionSchema(FileSchema):
    """selection.yaml."""

    source = fields.Nested(SourceSchema, required=True)
    predict_ages = fields.Nested(AgeStepSchema, required=True)
    measured = fields.Nested(StepSchema, required=True)
    no_method = fields.Nested(StepSchema, required=True)
    measured_only = fields.Nested(StepSchema, required=True)
    ceiling_hint = fields.Nested(HintSchema, required=True)
    women = fields.Nested(ChoiceSchema, required=True)
    others = fields.Nested(ChoiceSchema, required=True)
    recognised = fields.Nested(RecognisedSchema, required=True)


class InputSchema(KnowledgeSchema):
    """One input of a calculator."""

    name = Text(required=True)
    type = choice(*INPUT_TYPES, required=True)
    unit = Text()
    required = fields.Boolean()
    plausible = fields.List(Number(), validate=validate.Length(equal=2))
    one_of = fields.List(Text())
    vocabulary = choice("medications", "conditions")
    conversions = fields.Dict(keys=Text(), values=Number())
    fraction_hint = fields.Boolean()
    hint = Text()
    description = Text(required=True)

    @validates_schema
    def check_parts(self, data: Any, **_: Any) -> None:
        """Refuse an input whose values could not be judged."""
        needs: tuple[str, ...] = {"flag": (), "code": ("one_of",), "codes": ("vocabulary",)}.get(
            data["type"], ("unit", "plausible")
        )
        for key in needs:
            if key not in data:
                raise ValidationError(f"An input of type '{data['type']}' needs '{key}'.", "name")


class CalculatorSchema(KnowledgeSchema):
    """One calculator."""

    name = Text(required=True)
    title = Text(required=True)
    unit = Text()
    choice = Text()
    requires = fields.Dict(keys=Text(), values=fields.List(Text()))
    optional = fields.Dict(keys=Text(), values=fields.List(Text()))
    exactly_one = fields.List(Text())
    inputs = fields.Nested(InputSchema, many=True, required=True)


class CalculatorsSchema(FileSchema):
    """calculators.yaml."""

    messages = fields.Dict(keys=Text(), values=Text(), required=True)
    calculators = fields.Nested(CalculatorSchema, many=True, required=True)
