"""Checks `knowledge/units.yaml`, the table behind `cds.units`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import fields, validate

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, choice, load_documents
from cds.units import exact

PATTERN = "knowledge/units.yaml"
_DECIMAL = r"-?(0|[1-9]\d*)(\.\d+)?"
_EXACT = validate.Regexp(
    rf"^{_DECIMAL}(/(?!0+(\.0+)?$){_DECIMAL})?$",
    error='Write an exact number as quoted text, like "0.45" or "5/9".',
)
_Place = tuple[str | int, ...]


class _UnitSchema(KnowledgeSchema):
    unit = Text(required=True)
    factor = Text(required=True, validate=_EXACT)
    offset = Text(validate=_EXACT)
    aliases = fields.List(Text())


class _DimensionSchema(KnowledgeSchema):
    name = Text(required=True)
    units = fields.List(fields.Nested(_UnitSchema), required=True, validate=validate.Length(min=1))


class _BridgeSchema(KnowledgeSchema):
    quantity = Text(required=True)
    start = Text(required=True, data_key="from")
    end = Text(required=True, data_key="to")
    factor = Text(required=True, validate=_EXACT)
    offset = Text(validate=_EXACT)
    source = Text(required=True)
    mark = choice("V", "K", "O", required=True)


class _UnitsSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    source = Text(required=True)
    dimensions = fields.List(fields.Nested(_DimensionSchema), required=True)
    bridges = fields.List(fields.Nested(_BridgeSchema), required=True)


def check_units(root: Path, problems: Problems) -> None:
    """Note every fault of the table of units, and its absence."""
    for name, document, loaded in load_documents(root, PATTERN, _UnitsSchema(), problems):
        for place, message in (*_unit_faults(loaded), *_bridge_faults(loaded)):
            problems.add(message, Location(name, line_of(document, place)))


def _unit_faults(table: Mapping[str, Any]) -> Iterator[tuple[_Place, str]]:
    codes: set[str] = set()
    for row, dimension in enumerate(table["dimensions"]):
        names: set[str] = set()
        for index, unit in enumerate(dimension["units"]):
            place: _Place = ("dimensions", row, "units", index)
            if unit["unit"] in codes:
                yield place, f"The unit '{unit['unit']}' stands twice. Keep one."
            for name in (unit["unit"], *unit.get("aliases", ())):
                if name in names:
                    yield place, f"'{name}' means two units of '{dimension['name']}'. Keep one."
                names.add(name)
            codes.add(unit["unit"])
            yield from _factor_faults(place, unit, first=index == 0)


def _factor_faults(
    place: _Place, unit: Mapping[str, Any], *, first: bool
) -> Iterator[tuple[_Place, str]]:
    factor = exact(unit["factor"])
    if factor <= 0:
        yield place, "A factor is above zero. Correct it."
    if first and (factor != 1 or exact(unit.get("offset", "0"))):
        yield place, "The first unit of a dimension has the factor 1 and no offset. Put it first."


def _bridge_faults(table: Mapping[str, Any]) -> Iterator[tuple[_Place, str]]:
    dimensions = {
        unit["unit"]: dimension["name"]
        for dimension in table["dimensions"]
        for unit in dimension["units"]
    }
    for index, bridge in enumerate(table["bridges"]):
        place: _Place = ("bridges", index)
        ends = {dimensions.get(bridge["start"]), dimensions.get(bridge["end"])}
        if None in ends:
            yield place, "A bridge leads between two units of this table. Add the unit."
        elif len(ends) == 1:
            yield place, "Both units are of one dimension and convert anyway. Drop the bridge."
        if exact(bridge["factor"]) <= 0:
            yield place, "A factor is above zero. Correct it."
