"""How fields and facts are described in JSON Schema."""

from typing import Any

from marshmallow import fields

from cds.knowledge.fact import FactDefinition, FactType
from cds.schemas.feedback_body import StrictMoment
from cds.schemas.strict_fields import Either, Members, StrictDay, StrictFlag, StrictText

Json = dict[str, Any]
DAY: Json = {"type": "string", "format": "date"}
_UNKNOWN: Json = {"type": "string", "enum": ["unknown"]}
_SOURCE: Json = {"type": "string", "minLength": 1, "maxLength": 200}


def describe_field(_: Any, field: fields.Field[Any], **__: Any) -> Json:
    if isinstance(field, StrictText):
        return {"type": "string", "minLength": 1, "maxLength": field.longest}
    if isinstance(field, StrictFlag):
        return {"type": "boolean"}
    if isinstance(field, StrictDay):
        return dict(DAY)
    if isinstance(field, StrictMoment):
        return {"type": "string", "format": "date-time"}
    if isinstance(field, Either):
        name = field.schema.__name__.removesuffix("Body")
        return {"oneOf": [dict(_SOURCE), {"$ref": f"#/components/schemas/{name}"}]}
    if isinstance(field, Members):
        return {"type": ["object", "null"] if field.allow_none else "object"}
    return {}


def describe_fact(fact: FactDefinition) -> Json:
    plain = _describe_value(fact)
    units = {"unit": {"type": "string", "enum": list(fact.accepted_units)}} if fact.unit else {}
    # In another unit the range is another, so an object's value is only a number here.
    value = plain if not fact.unit else {"anyOf": [{"type": "number"}, _UNKNOWN]}
    measured = {
        "type": "object",
        "required": ["value"],
        "additionalProperties": False,
        "properties": {"value": value, **units, "at": DAY, "source": _SOURCE},
    }
    dated = {"type": "array", "minItems": 1, "items": measured}
    return {"description": fact.question, "anyOf": [*plain["anyOf"], measured, dated]}


def _describe_value(fact: FactDefinition) -> Json:
    if fact.type is FactType.FLAG:
        return {"anyOf": [{"type": "boolean"}, _UNKNOWN]}
    if fact.type is FactType.CODE:
        return {"anyOf": [{"type": "string", "enum": list(fact.values)}, _UNKNOWN]}
    number: Json = {"type": "integer" if fact.integer else "number"}
    number |= {"minimum": fact.low, "maximum": fact.high}
    return {"anyOf": [number, _UNKNOWN]}
