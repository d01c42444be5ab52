"""Shapes of the texts of the profiles."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from cds.knowledge.profile_schemas import CitedSchema, file_schema, mark_field
from cds.knowledge.schema import Flag, KnowledgeSchema, Number, Text, choice
from cds.model.profile_text import SUITABLE

MODALITIES = (
    *("aerobic", "resistance", "balance", "flexibility", "mobility"),
    *("mind_body", "aquatic", "breathing", "posture", "dual_task", "graded_exposure"),
)


class SourcedSchema(KnowledgeSchema):
    """Something with a mark; who says that a page was read names it."""

    mark = mark_field()
    citation = Text()

    @validates_schema
    def page_is_named(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse the mark of a page that was read without the page."""
        if data.get("mark") == "V" and "citation" not in data:
            raise ValidationError(
                "The mark V says that a page was read, and none is cited. "
                "Add its citation, or mark it K or O."
            )


class MarkedSchema(SourcedSchema):
    """One sentence."""

    text = Text(required=True)


class SuitabilitySchema(MarkedSchema):
    """Whether a kind of exercise suits."""

    suitable = choice(*SUITABLE, required=True)


class ChangeSchema(KnowledgeSchema):
    """A change as a number."""

    value = Number(required=True)
    unit = Text(required=True)


class OutcomeSchema(SourcedSchema):
    """An outcome measure."""

    name = Text(required=True)
    important_change = Text()
    change = fields.Nested(ChangeSchema)
    fact = Text()


class AdviceSchema(SourcedSchema):
    """Flexibility or balance work."""

    days_low = Number(required=True)
    days_high = Number(required=True)
    dose = Text(required=True)


class ImpactsSchema(SourcedSchema):
    """How many impacts a session builds to."""

    value = Number(required=True)


class ParticularSchema(MarkedSchema):
    """Something particular about the programme of a condition."""

    attribute = Text(required=True)
    low = Number()
    high = Number()
    unit = Text()

    @validates_schema
    def figures_fit(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse a figure without its unit, and a range that holds nothing."""
        if ("unit" in data) != bool({"low", "high"} & data.keys()):
            raise ValidationError(
                "A figure and its unit go together; one alone cannot be read. "
                "Give both, or leave both to the text."
            )
        if data.get("low", 0) > data.get("high", float("inf")):
            raise ValidationError(
                "The lower figure is above the upper one, so nothing fits between. "
                "Correct one of them."
            )


class CeilingSchema(SourcedSchema):
    """The pain that is accepted."""

    value = Number(required=True)


class StageSchema(SourcedSchema):
    """One stage of healing."""

    id = Text(required=True)
    name = Text(required=True)
    from_week = Number(required=True)
    to_week = Number()
    allowed = fields.List(Text(), required=True)
    not_yet = fields.List(Text())
    milestone = fields.Nested(MarkedSchema)
    surgeon = Flag(load_default=False)
    phase = choice("start")
    opens_resistance = Flag(load_default=False)
    pain_ceiling = fields.Nested(CeilingSchema)
    avoid_tags = fields.List(Text())


class EvidenceSchema(CitedSchema):
    """A source of a profile."""

    grade = Text()


class ProfileSchema(KnowledgeSchema):
    """What is said about one condition beside its bounds."""

    id = Text(required=True)
    name = Text(required=True)
    weight = Number(required=True)
    priority_modalities = fields.List(choice(*MODALITIES), required=True)
    focus = fields.Nested(MarkedSchema)
    avoid = fields.List(fields.Nested(MarkedSchema))
    hiit = fields.Nested(SuitabilitySchema)
    aquatic = fields.Nested(SuitabilitySchema)
    mind_body = fields.Nested(SuitabilitySchema)
    monitoring = fields.List(fields.Nested(MarkedSchema))
    first_dose = fields.Nested(MarkedSchema)
    progression_step = fields.Nested(MarkedSchema)
    particulars = fields.List(fields.Nested(ParticularSchema))
    education = fields.List(fields.Nested(MarkedSchema))
    impacts_per_session = fields.Nested(ImpactsSchema)
    outcome_measures = fields.List(fields.Nested(OutcomeSchema))
    flexibility = fields.Nested(AdviceSchema)
    balance = fields.Nested(AdviceSchema)
    disagreement = fields.Nested(MarkedSchema)
    certainty = fields.List(fields.Nested(MarkedSchema))
    pain_ceiling = fields.Nested(CeilingSchema)
    stages = fields.List(fields.Nested(StageSchema))
    exercises = fields.List(Text())
    start_exercises = fields.List(Text())
    evidence = fields.List(fields.Nested(EvidenceSchema))


TEXTS_FILE = file_schema(
    "TextsFile",
    source=fields.Nested(CitedSchema, required=True),
    profiles=fields.List(fields.Nested(ProfileSchema), required=True),
)
