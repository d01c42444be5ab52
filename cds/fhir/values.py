"""The value of an Observation, a component or an answer: number, flag or code, or what is wrong."""

from dataclasses import dataclass

from cds.fhir.elements import Node
from cds.knowledge.code_tables import plain_text
from cds.knowledge.fact import FactDefinition, FactType
from cds.model.intake import SubmittedValue

_UCUM = "http://unitsofmeasure.org"


@dataclass(frozen=True, slots=True)
class Value:
    """What was read; `fault` says why there is nothing, and never holds the value."""

    value: SubmittedValue = None
    unit: str | None = None
    fault: str | None = None


def read_value(node: Node, definition: FactDefinition, asked_in: str | None = None) -> Value:
    """The value[x] of the node for this fact; `asked_in` is the unit that the question names."""
    match definition.type:
        case FactType.NUMBER:
            found = _number(node, definition, asked_in)
        case FactType.FLAG:
            stated = node.flag("valueBoolean")
            found = Value(stated, fault="It holds no yes or no." if stated is None else None)
        case FactType.CODE:
            found = _code(node, definition)
    if found.fault and node.has("interpretation") and not is_valued(node):
        return Value(fault="It holds an interpretation and no value.")
    return found


def _number(node: Node, definition: FactDefinition, asked_in: str | None) -> Value:
    bare = node.number("valueInteger")
    bare = node.number("valueDecimal") if bare is None else bare
    unit = definition.unit if definition.unit and definition.unit.startswith("{") else asked_in
    if bare is not None and unit:
        return Value(bare, unit)
    quantity = node.node("valueQuantity")
    value = quantity.number("value") if quantity else None
    if quantity is None or value is None:
        return Value(fault="It holds no number with a unit.")
    if quantity.has("comparator"):
        return Value(fault="It is a bound, not a value.")
    coded = quantity.text("code") if quantity.text("system") in {None, _UCUM} else None
    stated = coded or quantity.text("unit")
    return Value(value, stated) if stated else Value(fault="Its unit is not stated.")


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
