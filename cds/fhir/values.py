"""The value of an Observation, a component or an answer: number, flag or code, or what is wrong."""

from collections.abc import Iterable
from contextlib import suppress

from msgspec import Struct

from cds.errors import UnitError
from cds.fhir.elements import Node
from cds.knowledge.code_tables import plain_text
from cds.knowledge.fact import FactDefinition, FactType
from cds.model.intake import SubmittedValue
from cds.units import is_unit

_UCUM = "http://unitsofmeasure.org"
_TWO_UNITS = "Its unit and the code of its unit are not the same."
# HL7 v3 ObservationInterpretation: what is not normal.
_ABNORMAL = frozenset({"A", "AA", "H", "HH", "HU", "HX", "L", "LL", "LU", "LX", "<", ">"})


class Value(Struct, frozen=True):
    """What was read; `fault` says why there is nothing, and never holds the value.

    A `bound` is a comparator of FHIR to value and unit, or the code of an abnormal interpretation.
    `amount` is a number in the canonical unit; None where the unit does not fit the fact.
    """

    value: SubmittedValue = None
    unit: str | None = None
    fault: str | None = None
    bound: str | None = None
    amount: float | None = None


def read_value(node: Node, definition: FactDefinition, asked_in: str | None = None) -> Value:
    """The value[x] of the node for this fact; `asked_in` is its unit if the question names it."""
    match definition.type:
        case FactType.NUMBER:
            found = _number(node, definition, asked_in)
        case FactType.FLAG:
            stated = node.flag("valueBoolean")
            found = Value(stated, fault="It holds no yes or no." if stated is None else None)
        case FactType.CODE:
            found = _code(node, definition)
    if found.fault and node.has("interpretation") and not is_valued(node):
        return Value(fault="It holds an interpretation and no value.", bound=_abnormal(node))
    return found


def _abnormal(node: Node) -> str | None:
    told = (code for one in node.nodes("interpretation") for code in one.as_concept().codes())
    return next((code for code in sorted(told) if code in _ABNORMAL), None)


def _number(node: Node, definition: FactDefinition, asked_in: str | None) -> Value:
    bare = node.number("valueInteger")
    bare = node.number("valueDecimal") if bare is None else bare
    unit = definition.unit if definition.unit and definition.unit.startswith("{") else asked_in
    if bare is not None and unit:
        return Value(bare, unit, amount=definition.to_canonical(bare, unit))
    quantity = node.node("valueQuantity")
    value = quantity.number("value") if quantity else None
    if quantity is None or value is None:
        return Value(fault="It holds no number with a unit.")
    units = _units(quantity, definition)
    amounts = _amounts(value, units, definition)
    if len(amounts) > 1:
        return Value(fault=_TWO_UNITS)
    if not amounts:
        return Value(value, units[0]) if units else Value(fault="Its unit is not stated.")
    ((amount, unit),) = amounts.items()
    if quantity.has("comparator"):
        bound = quantity.text("comparator")
        return Value(value, unit, "It is a bound, not a value.", bound, amount)
    return Value(value, unit, amount=amount)


def _units(quantity: Node, definition: FactDefinition) -> tuple[str, ...]:
    """The unit as it is coded, and in words; a code for another kind of amount stands alone."""
    coded = quantity.text("code") if quantity.text("system") in {None, _UCUM} else None
    if coded is not None and is_unit(coded) and coded not in definition.accepted_units:
        return (coded,)
    return tuple(dict.fromkeys(filter(None, (coded, quantity.text("unit")))))


def _amounts(value: float, units: Iterable[str], definition: FactDefinition) -> dict[float, str]:
    """Each amount that the value is in units that the fact takes."""
    found: dict[float, str] = {}
    for unit in units:
        with suppress(UnitError):
            found.setdefault(definition.to_canonical(value, unit), unit)
    return found


def _code(node: Node, definition: FactDefinition) -> Value:
    concept, coding = node.concept("valueCodeableConcept"), node.node("valueCoding")
    said = {*concept.codes(), *concept.names(), node.text("valueString") or ""}
    if coding is not None:
        said |= {coding.text("code") or "", coding.text("display") or ""}
    known = {plain_text(text).replace(" ", "_") for text in said} & set(definition.values)
    if len(known) != 1:
        return Value(fault="It holds none of the known answers.")
    return Value(known.pop())


def is_valued(node: Node) -> bool:
    """Whether the node states a value of any kind."""
    return any(key.startswith("value") and node.has(key) for key in node.value)
