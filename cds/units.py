"""The closed table of accepted UCUM units, with exact conversions.

The table is `cds/knowledge/units.yaml`. All arithmetic is done on exact fractions of the decimal
that was written, so 100.4 degF is 38 Cel and not almost 38.
"""

import json
import math
from collections.abc import Mapping
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from msgspec import Struct

from cds.errors import UnitError

# A float carries 15 decimal digits; a result this close to a 12-digit decimal is that decimal.
# It makes there-and-back exact for every value a person would write.
_DIGITS = 12
_NOISE = 4e-15
# More than there are spellings of units beside the quantities and units that they are read for.
_MOST_WAYS = 4096
_TAKEN: list[str] = []


class Unit(Struct, frozen=True):
    """One accepted unit: (value + offset) x factor gives its dimension's first unit."""

    code: str
    dimension: str
    factor: Fraction
    offset: Fraction
    aliases: tuple[str, ...]


class Bridge(Struct, frozen=True):
    """A way between two dimensions for one quantity: (value + offset) x factor."""

    quantity: str
    start: Unit
    end: Unit
    factor: Fraction
    offset: Fraction


class Way(Struct, frozen=True):
    """From one unit to another, over a bridge where they are of two dimensions."""

    source: Unit
    target: Unit
    bridge: Bridge | None

    def convert(self, value: float) -> float:
        """The same amount in the other unit.

        Raises: UnitError when the value or what it becomes is not finite.
        """
        source, target, bridge = self.source, self.target, self.bridge
        if not math.isfinite(value):
            raise UnitError("Only a finite number can be converted. Give a plain number.")
        if source is target:
            return float(value)
        amount = (Fraction(repr(value)) + source.offset) * source.factor
        if bridge is not None:
            amount = _cross(amount, bridge, source)
        offsets = (source.offset, target.offset, bridge.offset if bridge else Fraction(0))
        try:
            return _nearest(amount / target.factor - target.offset, max(map(abs, offsets)))
        except OverflowError:
            raise UnitError("The number is too large to convert. Check it and its unit.") from None


class UnitTable(Struct, frozen=True):
    """Every unit by code, and the bridges."""

    units: Mapping[str, Unit]
    bridges: tuple[Bridge, ...]

    def within(self, dimension: str) -> tuple[Unit, ...]:
        """The units of one dimension, in the order of the table."""
        return tuple(unit for unit in self.units.values() if unit.dimension == dimension)

    def crossings(self, quantity: str | None) -> tuple[tuple[Bridge, Unit, Unit], ...]:
        """The bridges of a quantity, walked both ways: bridge, where from, where to."""
        return tuple(
            (bridge, *ends)
            for bridge in self.bridges
            if bridge.quantity == quantity
            for ends in ((bridge.start, bridge.end), (bridge.end, bridge.start))
        )


@cache
def unit_table() -> UnitTable:
    """The table as shipped."""
    return build_table(json.loads(_TAKEN[-1] if _TAKEN else read_units()))


def read_units() -> str:
    """The shipped table as its file says it, as JSON."""
    import yaml  # a start that was kept reads no YAML

    text = files("cds").joinpath("knowledge", "units.yaml").read_text(encoding="utf-8")
    return json.dumps(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def take_units(document: str) -> None:
    """Takes what `read_units` gave an earlier start for these files, so that none is read."""
    _TAKEN.append(document)


def build_table(document: Mapping[str, Any]) -> UnitTable:
    """The table of a units document whose form has been checked."""
    units = {
        entry["unit"]: Unit(
            entry["unit"],
            dimension["name"],
            exact(entry["factor"]),
            exact(entry.get("offset", "0")),
            tuple(entry.get("aliases", ())),
        )
        for dimension in document["dimensions"]
        for entry in dimension["units"]
    }
    return UnitTable(units, tuple(_bridge(units, entry) for entry in document["bridges"]))


def exact(text: str) -> Fraction:
    """The number that a decimal ("0.45") or a fraction of decimals ("1/3.6") says, exactly.

    >>> exact("1/3.6")
    Fraction(5, 18)
    """
    over, _, under = text.partition("/")
    return Fraction(over) / Fraction(under or "1")


def convert(value: float, from_unit: str, to_unit: str, quantity: str | None = None) -> float:
    """The same amount in another unit; `quantity` opens the bridges of that analyte.

    Units: any accepted unit or spelling in, `to_unit` out.
    Source: cds/knowledge/units.yaml.
    Raises: UnitError when the units do not fit each other, or the value or what it becomes is not
    finite.

    >>> convert(100.4, "[degF]", "Cel")
    38.0
    >>> convert(90, "mg/dL", "mmol/L", "glucose")
    5.0
    """
    return way(from_unit, to_unit, quantity).convert(value)


@lru_cache(_MOST_WAYS)
def way(from_unit: str, to_unit: str, quantity: str | None = None) -> Way:
    """From where, to where, and by which bridge; only what is found is kept.

    Raises: UnitError when the units do not fit each other.
    """
    target = _target(to_unit)
    source, bridge = _source(from_unit, target, quantity)
    return Way(source, target, bridge)


@lru_cache(_MOST_WAYS)
def accepted_units(unit: str, quantity: str | None = None) -> tuple[str, ...]:
    """The codes of every unit that converts to `unit`, itself first.

    Raises: UnitError when `unit` is not in the table.
    """
    target = _target(unit)
    others = [other for other in unit_table().within(target.dimension) if other != target]
    far = [
        other
        for _, start, end in unit_table().crossings(quantity)
        if end.dimension == target.dimension
        for other in unit_table().within(start.dimension)
    ]
    return tuple(unit.code for unit in (target, *others, *far))


def fits(from_unit: str, to_unit: str, quantity: str | None = None) -> bool:
    """Whether a value in the first unit, in any spelling, converts to the second."""
    try:
        _source(from_unit, _target(to_unit), quantity)
    except UnitError:
        return False
    return True


def is_unit(code: str) -> bool:
    """Whether `code` is a unit of the table; other spellings of one do not count."""
    return code in unit_table().units


def _bridge(units: Mapping[str, Unit], entry: Mapping[str, Any]) -> Bridge:
    return Bridge(
        entry["quantity"],
        units[entry["from"]],
        units[entry["to"]],
        exact(entry["factor"]),
        exact(entry.get("offset", "0")),
    )


def _target(code: str) -> Unit:
    unit = unit_table().units.get(code)
    if unit is not None:
        return unit
    spelled = [unit for unit in unit_table().units.values() if code in unit.aliases]
    if len(spelled) == 1:
        return spelled[0]
    raise UnitError(
        "The unit to convert to is not in the table of accepted units. "
        f"Use one of: {', '.join(unit_table().units)}."
    )


def _source(text: str, target: Unit, quantity: str | None) -> tuple[Unit, Bridge | None]:
    near = _named(text, unit_table().within(target.dimension))
    if near is not None:
        return near, None
    for bridge, start, end in unit_table().crossings(quantity):
        far = _named(text, unit_table().within(start.dimension))
        if end.dimension == target.dimension and far is not None:
            return far, bridge
    accepted = ", ".join(accepted_units(target.code, quantity))
    raise UnitError(f"The unit does not fit: a value in {target.code} is meant. Use: {accepted}.")


def _named(text: str, units: tuple[Unit, ...]) -> Unit | None:
    by_code = next((unit for unit in units if unit.code == text), None)
    return by_code or next((unit for unit in units if text in unit.aliases), None)


def _cross(amount: Fraction, bridge: Bridge, source: Unit) -> Fraction:
    """From the first unit of one dimension to the first unit of the other."""
    if source.dimension == bridge.start.dimension:
        start = amount / bridge.start.factor - bridge.start.offset
        end = (start + bridge.offset) * bridge.factor
        return (end + bridge.end.offset) * bridge.end.factor
    end = amount / bridge.end.factor - bridge.end.offset
    start = end / bridge.factor - bridge.offset
    return (start + bridge.start.offset) * bridge.start.factor


def _nearest(amount: Fraction, offset: Fraction) -> float:
    """The float, cleared of the noise of an earlier conversion at the size of its largest part."""
    plain = float(amount)
    short = float(f"{plain:.{_DIGITS}g}")
    noise = _NOISE * float(max(abs(amount), offset))
    return short if abs(short - plain) <= noise else plain
