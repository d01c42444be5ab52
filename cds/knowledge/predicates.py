"""Tests of movement attributes, as the catalogue files write them."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from cds.knowledge.schema import KnowledgeSchema, Text, choice
from cds.model.movement import Movement, Predicate, Test

ATTRIBUTES = Movement.__struct_fields__
MANY = ("spinal_motion", "equipment", "setting", "flags")


class TestSchema(KnowledgeSchema):
    """One test of one attribute."""

    __test__ = False  # not a test of this project, whatever its name begins with

    attribute = choice(*ATTRIBUTES, required=True)
    equals = fields.Raw()
    any_of = fields.List(Text(), data_key="in")
    contains = fields.List(Text())


class PredicateSchema(KnowledgeSchema):
    """Tests that must all hold, and tests of which one must."""

    all = fields.List(fields.Nested(TestSchema))
    any = fields.List(fields.Nested(TestSchema))


def make_predicate(entry: Mapping[str, Any]) -> Predicate:
    """The predicate of a loaded entry with `all` and `any`."""
    return Predicate(
        tuple(_test(test) for test in entry.get("all", ())),
        tuple(_test(test) for test in entry.get("any", ())),
    )


def _test(entry: Mapping[str, Any]) -> Test:
    if "contains" in entry:
        return Test(entry["attribute"], "contains", tuple(entry["contains"]))
    if "any_of" in entry:
        return Test(entry["attribute"], "in", tuple(entry["any_of"]))
    value = entry.get("equals")
    # A list attribute that equals one word holds that word alone.
    many = entry["attribute"] in MANY
    return Test(entry["attribute"], "equals", ((value,),) if many else (value,))
