"""Reads the facts of `knowledge/facts/*.yaml`, with everything wrong reported."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.fact import Coding, FactDefinition, FactType
from cds.knowledge.schema import (
    SIGN_OFF,
    Flag,
    KnowledgeSchema,
    Number,
    Text,
    choice,
    load_documents,
)
from cds.knowledge.vocabulary import Vocabulary
from cds.units import accepted_units, convert, fits, is_unit

PATTERN = "knowledge/facts/*.yaml"
_NAME = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"
_NUMERIC = ("unit", "low", "high", "range_mark")
_NUMERIC_ONLY = (*_NUMERIC, "integer", "step", "quantity")


class _AgeSchema(KnowledgeSchema):
    value = Number(required=True, validate=validate.Range(min=0, min_inclusive=False))
    unit = choice("d", "wk", "mo", "a", required=True)


class _CodingSchema(KnowledgeSchema):
    system = Text(required=True, validate=validate.URL())
    code = Text(required=True)
    display = Text(required=True)
    unit = Text()


class _FactSchema(KnowledgeSchema):
    name = Text(required=True, validate=validate.Regexp(_NAME, error="Use snake_case."))
    type = choice("number", "flag", "code", required=True)
    unit = Text()
    label = Text(required=True)
    question = Text(
        required=True,
        validate=validate.Regexp(r".*\?$", error="It is shown to a person. End it with '?'."),
    )
    low = Number()
    high = Number()
    range_mark = choice("V", "K", "O")
    integer = Flag()
    step = Number(validate=validate.Range(min=0, min_inclusive=False))
    values = fields.List(Text(), validate=validate.Length(min=1))
    max_age = fields.Nested(_AgeSchema, allow_none=True)
    quantity = Text()
    codes = fields.List(fields.Nested(_CodingSchema))
    critical = Flag()
    derived = Flag()
    submittable = Flag()
    during_exercise = Flag()
    would_allow = Text()
    note = Text()

    @validates_schema(skip_on_field_errors=True)
    def check_type(self, data: dict[str, Any], **_: Any) -> None:
        """The keys fit the type of the fact."""
        numeric, coded = data["type"] == "number", data["type"] == "code"
        wrong = {key: "Only a number has this. Drop it." for key in _NUMERIC_ONLY if key in data}
        lacking = {key: "A number needs this. Add it." for key in _NUMERIC if key not in data}
        faults = lacking if numeric else wrong
        if coded != ("values" in data):
            faults["values"] = "Every code lists its values, and nothing else does."
        values = [value.lower() for value in data.get("values", ())]
        if len(set(values)) < len(values):
            faults["values"] = (
                "Two values differ only by case. The engine could not tell them apart."
            )
        if "max_age" not in data and (data.get("submittable") or not data.get("derived")):
            faults["max_age"] = "Say after how long it is stale, or null for never."
        if faults:
            raise ValidationError({key: [text] for key, text in faults.items()})

    @validates_schema(skip_on_field_errors=True)
    def check_unit(self, data: dict[str, Any], **_: Any) -> None:
        """The unit is one of the table, and the range is a range."""
        if "unit" in data and not is_unit(data["unit"]):
            raise ValidationError("This is not in knowledge/units.yaml. Add it there.", "unit")
        if "low" in data and "high" in data and data["low"] >= data["high"]:
            raise ValidationError("'low' is not below 'high', nothing would be plausible.", "low")

    @validates_schema(skip_on_field_errors=True)
    def check_codes(self, data: dict[str, Any], **_: Any) -> None:
        """What a record states under a code converts to the fact's unit."""
        if not is_unit(data.get("unit", "")):
            return
        unit, quantity = data["unit"], data.get("quantity")
        for index, coding in enumerate(data.get("codes", ())):
            if "unit" in coding and not fits(coding["unit"], unit, quantity):
                accepted = ", ".join(accepted_units(unit, quantity))
                text = f"This does not convert to {unit}. Use: {accepted}."
                raise ValidationError({"codes": {index: {"unit": [text]}}})


class _FactsSchema(KnowledgeSchema):
    group = Text(required=True)
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    max_age_because = Text()
    max_age_mark = choice("V", "K", "O")
    facts = fields.List(fields.Nested(_FactSchema), required=True)


def load_vocabulary(root: Path, problems: Problems) -> Vocabulary:
    """Every fact of `root/knowledge/facts`; two of one name are a problem at the second."""
    found: dict[str, tuple[FactDefinition, Location]] = {}
    for name, document, loaded in load_documents(root, PATTERN, _FactsSchema(), problems):
        for index, entry in enumerate(loaded["facts"]):
            fact = _definition(loaded["group"], entry)
            place = Location(name, line_of(document, ("facts", index, "name")))
            if fact.name in found:
                first = found[fact.name][1]
                problems.add(
                    f"The fact '{fact.name}' is already defined in {first}. "
                    "Two meanings of one name cannot be told apart. Keep one.",
                    place,
                )
            found.setdefault(fact.name, (fact, place))
    return Vocabulary(fact for fact, _ in found.values())


def _definition(group: str, entry: Mapping[str, Any]) -> FactDefinition:
    plain = {key: value for key, value in entry.items() if key not in ("max_age", "codes")}
    age = entry.get("max_age")
    return FactDefinition(
        **{
            **plain,
            "type": FactType(entry["type"]),
            "values": tuple(entry.get("values", ())),
            "submittable": entry.get("submittable", not entry.get("derived", False)),
        },
        group=group,
        max_age_days=None if age is None else convert(age["value"], age["unit"], "d"),
        codes=tuple(Coding(**coding) for coding in entry.get("codes", ())),
    )
