"""Measurements as most of a record holds them: final, dated, of numbers in units that fit.

msgspec tells at once whether an Observation is one of these, with no fault in it. Of any other
`read_observation` says what is not used of it, and why.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Literal

from msgspec import Struct, ValidationError, convert

from cds.errors import UnitError
from cds.fhir.candidates import Candidate
from cds.fhir.context import Context
from cds.fhir.dates import Moment, parse_moment
from cds.fhir.elements import Coding
from cds.fhir.values import Value
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
    system: Literal["http://unitsofmeasure.org"] | None = None
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


class _Reading(Struct, frozen=True, eq=False):
    """What a code says in a unit: a fact, the code that says so, and the way to another unit."""

    fact: FactDefinition
    code: str
    unit: str
    way: Way | None


class _Read(Struct, frozen=True, gc=False):
    """A value as it was read, `at` which entry, and in which `part` if it stands in a component."""

    at: int
    moment: Moment
    value: float
    amount: float
    part: int | None


class Measurements:
    """Reads the measurements of one Bundle; what repeats in it is looked up once."""

    def __init__(self, context: Context) -> None:
        self._bundle = context.bundle
        self._moment = cache(partial(_moment, context))
        self._is_about_patient = cache(context.bundle.is_about_patient)
        self._facts = cache(partial(_facts, context))
        self._readings = cache(partial(_readings, context))
        self._found: dict[_Reading, list[_Read]] = defaultdict(list)

    def read(self, at: int) -> bool:
        """Whether that entry is a measurement, which was read; else it has to be read closely."""
        try:
            found = convert(self._bundle.value(at), _Measurement)
            moment = self._moment(found.effectiveDateTime)
            if moment is None or not self._is_about_patient(found.subject.reference):
                return False
            read = self._values(found, moment, at)
        except (ValidationError, UnitError):
            return False
        for reading, value in read:
            self._found[reading].append(value)
        return bool(read)

    def latest(self) -> Iterator[tuple[int, Candidate]]:
        """The values that may count, with their entries: the last ones of each code and unit.

        And the first ones, which say in what order the facts stand.
        """
        for reading, found in self._found.items():
            last = max(value.moment.start for value in found)
            for value in found:
                if value.moment.end >= last or value is found[0]:
                    yield value.at, self._candidate(reading, value)

    def _candidate(self, reading: _Reading, read: _Read) -> Candidate:
        resource = self._bundle.resource(read.at)
        node, value = resource.node, Value(read.value, reading.unit, amount=read.amount)
        if read.part is not None:
            node = node.item("component", read.part)
        return Candidate(reading.fact, reading.code, value, read.moment, resource.source, node)

    def _values(self, found: _Measurement, moment: Moment, at: int) -> list[tuple[_Reading, _Read]]:
        """Each value; none where there is something to say about one, or about its code."""
        read: list[tuple[_Reading, _Read]] = []
        for index, part in self._parts(found) if found.component else ((None, found),):
            quantity = part.valueQuantity
            if quantity is None:
                return []
            value = quantity.value
            readings = self._readings(part.code, quantity.code, quantity.unit)
            if not readings:
                return []
            for reading in readings:
                amount = value if reading.way is None else reading.way.convert(value)
                if not reading.fact.is_plausible(amount):
                    return []
                read.append((reading, _Read(at, moment, value, amount, index)))
        return read

    def _parts(self, found: _Measurement) -> Iterable[tuple[int | None, _Part]]:
        """Where values are; a panel has none of its own, unless its code carries a fact."""
        parts = enumerate(found.component or ())
        if self._facts(found.code) or not any(one.code.strip() for one in found.code.coding):
            return ((None, found), *parts)
        return parts


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
    context: Context, concept: _Concept, unit: str, words: str | None
) -> tuple[_Reading, ...]:
    """What the code says in this unit; nothing where there is something to say about either."""
    facts = _facts(context, concept).values()
    if not all(_is_unit_of(fact, unit, words) for _, fact in facts):
        return ()
    return tuple(
        _Reading(fact, code, unit, None if unit == fact.unit else fact.way_from(unit))
        for code, fact in facts
    )


def _is_unit_of(fact: FactDefinition, unit: str, words: str | None) -> bool:
    """Whether it is one of the units of the fact, and its name in words says no other one."""
    if fact.type is not FactType.NUMBER or unit not in fact.accepted_units:
        return False
    said = (words or "").strip() or unit
    try:
        return fact.way_from(said) == fact.way_from(unit)
    except UnitError:  # words of no unit say nothing else
        return True
