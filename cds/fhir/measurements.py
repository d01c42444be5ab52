"""Measurements as most of a record holds them: final, dated, of numbers in units that fit.

msgspec tells at once whether an Observation is one of these, with no fault in it. Of any other
`read_observation` says what is not used of it, and why.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct, ValidationError, convert

from cds.fhir.bundle import Resource
from cds.fhir.candidates import Candidate
from cds.fhir.context import Context
from cds.fhir.dates import Moment, parse_moment
from cds.fhir.elements import Coding, Node
from cds.fhir.values import UCUM, Value, amounts_in
from cds.knowledge.fact import FactDefinition, FactType

Facts = Mapping[str, tuple[str, FactDefinition]]


class _Coding(Struct):
    system: str
    code: str
    display: str | None = None


class _Concept(Struct):
    coding: list[_Coding]
    text: str | None = None


class _Quantity(Struct):
    value: float
    code: str
    unit: str | None = None
    system: str | None = None
    comparator: None = None


class _Reference(Struct):
    reference: str


class _Part(Struct):
    """What has to be null would say that there is more to it than one number."""

    code: _Concept
    valueQuantity: _Quantity | None = None
    valueInteger: None = None
    valueDecimal: None = None
    dataAbsentReason: None = None
    modifierExtension: None = None


class _Measurement(_Part, kw_only=True):
    status: Literal["final", "amended", "corrected"]
    subject: _Reference
    effectiveDateTime: str
    component: list[_Part] | None = None
    focus: None = None
    hasMember: None = None
    implicitRules: None = None


class Measurements:
    """Reads the measurements of one Bundle; what repeats in it is looked up once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._facts: dict[tuple[tuple[str, str], ...], Facts] = {}
        self._moments: dict[str, Moment | None] = {}
        self._subjects: dict[str, bool] = {}

    def read(self, resource: Resource) -> list[Candidate] | None:
        """The values of a measurement; None when the Observation has to be read closely."""
        try:
            found = convert(resource.node.value, _Measurement)
        except ValidationError:
            return None
        moment = self._moment(found.effectiveDateTime)
        if moment is None or not self._is_about_patient(found.subject.reference):
            return None
        values = tuple(self._values(found, resource, moment))
        usable = [value for value in values if value is not None and not value.fault()]
        return usable if len(usable) == len(values) else None

    def _values(
        self, found: _Measurement, resource: Resource, moment: Moment
    ) -> Iterator[Candidate | None]:
        """Each value; None where there is something to say about one, or about its code."""
        parts = found.component or ()
        facts = self._facts_of(found.code)
        if facts or not parts:
            yield from _candidates(found, facts, resource.node, resource, moment)
        elif not any(coding.code.strip() for coding in found.code.coding):
            yield None
        for part, node in zip(parts, resource.node.nodes("component"), strict=False):
            yield from _candidates(part, self._facts_of(part.code), node, resource, moment)

    def _facts_of(self, concept: _Concept) -> Facts:
        """What the codes carry, by the name of the fact, with the code that says so."""
        key = tuple([(coding.system, coding.code) for coding in concept.coding])
        if key not in self._facts:
            codings = [Coding(system.strip(), code.strip(), None) for system, code in key]
            known = [(f"{c.system}|{c.code}", self._context.fact_of(c)) for c in codings]
            self._facts[key] = {fact.name: (code, fact) for code, fact in known if fact}
        return self._facts[key]

    def _moment(self, text: str) -> Moment | None:
        """The time, unless it is none or to come."""
        if text not in self._moments:
            moment = parse_moment(text)
            self._moments[text] = None if self._context.is_future(moment) else moment
        return self._moments[text]

    def _is_about_patient(self, reference: str) -> bool:
        if reference not in self._subjects:
            self._subjects[reference] = self._context.bundle.is_about_patient(reference)
        return self._subjects[reference]


def _candidates(
    part: _Part, facts: Facts, node: Node, resource: Resource, moment: Moment
) -> Iterator[Candidate | None]:
    if not facts:
        yield None
    for code, fact in facts.values():
        value = _value(part.valueQuantity, fact)
        yield Candidate(fact, code, value, moment, resource.source, node) if value else None


def _value(quantity: _Quantity | None, fact: FactDefinition) -> Value | None:
    """The value, when it is coded in a unit of the fact and its unit in words says the same."""
    if quantity is None or fact.type is not FactType.NUMBER:
        return None
    if quantity.system not in (None, UCUM) or quantity.code not in fact.accepted_units:
        return None
    said = (quantity.unit or "").strip() or quantity.code
    found = amounts_in(dict.fromkeys((quantity.code, said)), quantity.value, fact)
    if len(found) != 1:
        return None
    return Value(quantity.value, quantity.code, amount=next(iter(found)))
