"""Shapes of the profile files; those of the texts are in profile_text_schemas."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Number, Text, choice


def mark_field() -> Text:
    """How well something was checked."""
    return choice("V", "K", "O", required=True)


def file_schema(name: str, **parts: fields.Field[Any]) -> Schema:
    """A strict schema for a whole file, with its sign-off."""
    return KnowledgeSchema.from_dict({**SIGN_OFF, **parts}, name=name)()


class CitedSchema(KnowledgeSchema):
    """A citation with locator and mark."""

    citation = Text(required=True)
    locator = Text(required=True)
    mark = mark_field()


class ConstantSchema(KnowledgeSchema):
    """A number, or a range, that every profile shares."""

    id = Text(required=True)
    low = Number()
    high = Number()
    unit = Text(required=True)
    mark = mark_field()
    citation = Text(required=True)
    locator = Text(required=True)


class MappedSchema(KnowledgeSchema):
    """Exactly one of profile, neutral, none."""

    profile = Text()
    neutral = Text()
    none = Text()
    within_weeks = Number()
    weeks_fact = Text()
    later = Text()
    not_of = fields.List(Text())

    @validates_schema
    def one_kind(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse a condition that is mapped twice or not at all."""
        if len({"profile", "neutral", "none"} & data.keys()) != 1:
            raise ValidationError(
                "Say exactly one of: profile, neutral, none. Otherwise the dose would be guessed."
            )


class FactRuleSchema(KnowledgeSchema):
    """A fact that brings a profile."""

    profile = Text(required=True)
    fact = Text(required=True)
    at_least = Number()
    at_most = Number()
    unit = Text()
    one_of = fields.List(Text())


class ReliefSchema(KnowledgeSchema):
    """A wider profile that needs to be known."""

    profile = Text(required=True)
    to = Text(required=True)
    fact = Text(required=True)
    equals = Text(required=True)


class AgeSchema(KnowledgeSchema):
    """The two age profiles."""

    fact = Text(required=True)
    unit = Text(required=True)
    adult = Number(required=True)
    older = Number(required=True)
    adult_profile = Text(required=True)
    older_profile = Text(required=True)


BOUNDS_FILE = file_schema(
    "BoundsFile",
    description=Text(required=True),
    marks=fields.Dict(keys=choice("start", "target"), values=mark_field(), required=True),
    source=fields.Nested(CitedSchema, required=True),
    units=fields.Dict(keys=Text(), values=Text(), required=True),
)
CONSTANTS_FILE = file_schema(
    "ConstantsFile", constants=fields.List(fields.Nested(ConstantSchema), required=True)
)
MAPPING_FILE = file_schema(
    "MappingFile",
    source=fields.Nested(CitedSchema, required=True),
    conditions=fields.Dict(keys=Text(), values=fields.Nested(MappedSchema), required=True),
    procedures=fields.Dict(keys=Text(), values=fields.Nested(MappedSchema), required=True),
    facts=fields.List(fields.Nested(FactRuleSchema), required=True),
    first_doses=fields.List(fields.Nested(FactRuleSchema), required=True),
    supersedes=fields.Dict(keys=Text(), values=fields.List(Text()), required=True),
    relieved=fields.List(fields.Nested(ReliefSchema), required=True),
    age=fields.Nested(AgeSchema, required=True),
)
