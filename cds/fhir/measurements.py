"""Measurements as most of a record holds them: final, dated, of numbers in units that fit.

msgspec tells at once whether an Observation is one of these, with no fault in it. Of any other
`read_observation` says what is not used of it, and why.
"""

from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Literal

from msgspec import Struct, ValidationError, convert

from cds.errors import UnitError
from cds.fhir.bundle import Resource
from cds.fhir.candidates import Candidate
from cds.fhir.context import Context
from cds.fhir.dates import Moment, parse_moment
from cds.fhir.elements import Coding, Node
from cds.fhir.values import UCUM, Value
from cds.knowledge.fact import FactDefinition, FactType
from cds.units import Way


class _Coding(Struct, frozen=True, gc=False):
    system: str
    code: str
    display: str | None = None


class _Concept(Struct, frozen=True, gc=False):
    coding: tuple[_Coding, ...]
    text: str | None = None


class _Quantity(Struct, frozen=True, gc=False):
    value: float
    code: str
    unit: str | None = None
    system: str | None = None
    comparator: None = None


class _Reference(Struct, frozen=True, gc=False):
    reference: str


class _Part(Struct, frozen=True, gc=False):
    """What has to be null would say that there is more to it than one number."""

    code: _Concept
    valueQuantity: _Quantity | None = None
    valueInteger: None = None
    valueDecimal: None = None
    dataAbsentReason: None = None
    modifierExtension: None = None


class _Measurement(_Part, frozen=True, kw_only=True, gc=False):
    status: Literal["final", "amended", "corrected"]
    subject: _Reference
    effectiveDateTime: str
    component: tuple[_Part, ...] | None = None
    focus: None = None
    hasMember: None = None
    implicitRules: None = None


class _Reading(Struct, frozen=True):
    """What a code says in a unit: a fact, the code that says so, and the way to its own unit."""

    fact: FactDefinition
    code: str
    way: Way


class Measurements:
    """Reads the measurements of one Bundle; what repeats in it is looked up once."""

    def __init__(self, context: Context) -> None:
        self._moment = cache(partial(_moment, context))
        self._is_about_patient = cache(context.bundle.is_about_patient)
        self._facts = cache(partial(_facts, context))
        self._readings = cache(partial(_readings, context))

    def read(self, resource: Resource) -> list[Candidate] | None:
        """The values of a measurement; None when the Observation has to be read closely."""
        try:
            found = convert(resource.node.value, _Measurement)
            moment = self._moment(found.effectiveDateTime)
            if moment is None or not self._is_about_patient(found.subject.reference):
                return None
            return self._candidates(found, resource, moment)
        except (ValidationError, UnitError):
            return None

    def _candidates(
        self, found: _Measurement, resource: Resource, moment: Moment
    ) -> list[Candidate] | None:
        """Each value; None where there is something to say about one, or about its code."""
        read: list[Candidate] = []
        source = resource.source
        for part, node in self._parts(found, resource.node):
            quantity = part.valueQuantity
            if quantity is None:
                return None
            value, unit = quantity.value, quantity.code
            readings = self._readings(part.code, unit, quantity.unit, quantity.system)
            for reading in readings:
                amount = reading.way.convert(value)
                if not reading.fact.is_plausible(amount):
                    return None
                told = Value(value, unit, None, None, amount)
                read.append(Candidate(reading.fact, reading.code, told, moment, source, node))
            if not readings:
                return None
        return read

    def _parts(self, found: _Measurement, node: Node) -> Iterable[tuple[_Part, Node]]:
        """Where values are; a panel has none of its own, unless its code carries a fact."""
        if not found.component:
            return ((found, node),)
        inside = zip(found.component, node.nodes("component"), strict=True)
        if self._facts(found.code) or not any(one.code.strip() for one in found.code.coding):
            return ((found, node), *inside)
        return inside


def _moment(context: Context, text: str) -> Moment | None:
    """The time, unless it is none or to come."""
    moment = parse_moment(text)
    return None if context.is_future(moment) else moment


def _facts(context: Context, concept: _Concept) -> Mapping[str, tuple[str, FactDefinition]]:
    """What the codes carry, by the name of the fact, with the code that says so."""
    codings = [Coding(held.system.strip(), held.code.strip(), None) for held in concept.coding]
    known = [(f"{c.system}|{c.code}", context.fact_of(c)) for c in codings]
    return {fact.name: (code, fact) for code, fact in known if fact}


def _readings(
    context: Context, concept: _Concept, unit: str, words: str | None, system: str | None
) -> tuple[_Reading, ...]:
    """What the code says in this unit; nothing where there is something to say about either."""
    if system not in (None, UCUM):
        return ()
    facts = _facts(context, concept).values()
    found = [_Reading(fact, code, way) for code, fact in facts if (way := _way(fact, unit, words))]
    return tuple(found) if len(found) == len(facts) else ()


def _way(fact: FactDefinition, unit: str, words: str | None) -> Way | None:
    """The way from the unit, when it is one of the fact and its name in words says the same."""
    if fact.type is not FactType.NUMBER or unit not in fact.accepted_units:
        return None
    way = fact.way_from(unit)
    said = (words or "").strip() or unit
    try:
        return way if fact.way_from(said) == way else None
    except UnitError:  # words of no unit say nothing else
        return way
