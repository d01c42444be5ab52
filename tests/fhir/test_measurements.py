"""A measurement that is read at once is read as it would be read closely, and only where both agree
that there is nothing to say about it."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.fhir.bundle import open_bundle
from cds.fhir.candidates import Candidate
from cds.fhir.context import Context
from cds.fhir.elements import Refusals
from cds.fhir.intake import is_about_patient
from cds.fhir.measurements import Measurements
from cds.fhir.observations import read_observation
from cds.model.intake import Intake
from cds.service import Service
from tests.fhir.conftest import Read
from tests.fhir.records import patient

Json = dict[str, Any]
TODAY = date(2026, 11, 22)
UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
HEART_RATE = ("8867-4", "/min")
WEIGHT = ("29463-7", "kg")
PANEL = ("85354-9", None)
SYSTOLIC = ("8480-6", "mm[Hg]")
DIASTOLIC = ("8462-4", "mm[Hg]")


def part(of: tuple[str, str | None], value: float) -> Json:
    """What is coded and, where there is a unit, measured."""
    code, unit = of
    coded: Json = {"code": {"coding": [{"system": LOINC, "code": code, "display": "as named"}]}}
    if unit is None:
        return coded
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {**coded, "valueQuantity": quantity}


def observation(of: Json, *parts: Json) -> Json:
    """A measurement of today's patient."""
    found = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-01",
        **of,
    }
    return {**found, "component": list(parts)} if parts else found


PLAIN = (
    observation(part(HEART_RATE, 61)),
    observation(part(WEIGHT, 80.5)),
    observation(part(PANEL, 0), part(SYSTOLIC, 120), part(DIASTOLIC, 80)),
)
ODD: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("status", ("amended", "preliminary", " final ", 1, None)),
    ("subject", ({"reference": "Patient/other"}, {"display": "somebody"}, None, "Patient/p1")),
    ("effectiveDateTime", ("2030-01-01", "2026", "yesterday", " 2026-03-01", 2026, None)),
    ("focus", ([{"reference": "Patient/p2"}], [], None)),
    ("hasMember", ([{"reference": "Observation/o2"}], [], None)),
    ("modifierExtension", ([{"url": "x"}], [], {})),
    ("implicitRules", ("x",)),
    ("dataAbsentReason", ({"text": "unknown"}, None)),
    ("interpretation", ([{"coding": [{"code": "H"}]}],)),
    ("valueQuantity", (None, {}, "70", {"value": 70})),
    ("valueInteger", (70, None)),
    ("valueString", ("70",)),
    ("code", ({"text": "pulse"}, {"coding": []}, {"coding": [{"code": "8867-4"}]}, {}, None)),
    ("component", ([], None, [{}], ["x"])),
    ("value", (True, "70", 1e300, 10**400, -1, 70.5, None)),
    ("unit", ("kg", " /min", "beats/minute", "g", "", 1, None)),
    ("system", ("http://example.org/units", None, " ", 1)),
    ("comparator", ("<", ">=", None)),
    ("coding", ([{"system": LOINC, "code": "0000-0"}], [{"system": "x", "code": " "}], None)),
)  # fmt: skip


@pytest.fixture(scope="session")
def closely(service: Service) -> Callable[[Json], tuple[Context, Any]]:
    """Opens a Bundle with this Observation in it."""

    def opened(resource: Json) -> tuple[Context, Any]:
        entries = [{"resource": {"resourceType": "Patient", "id": "p1"}}, {"resource": resource}]
        document = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        bundle = open_bundle(document, Refusals())
        knowledge = service.knowledge
        context = Context(bundle, TODAY, knowledge.vocabulary, knowledge.terminology)
        return context, bundle.resource(1)

    return opened


def at_once(context: Context) -> list[Candidate] | None:
    """The values of the Observation as a measurement; None when it has to be read closely."""
    measurements = Measurements(context)
    if not measurements.read(1):
        return None
    return [candidate for _, candidate in measurements.latest()]


@pytest.mark.parametrize("resource", PLAIN, ids=["heart rate", "weight", "blood pressure"])
def test_measurements_are_read_at_once(
    closely: Callable[[Json], tuple[Context, Any]], resource: Json
) -> None:
    context, found = closely(resource)
    read = at_once(context)
    assert read is not None
    assert {candidate.definition.name for candidate in read}
    assert told(read) == told(read_observation(found, context)[0])


def weighed(**quantity: Any) -> Json:
    """A weight, but for these members of its quantity."""
    held = {"value": 80, "unit": "kg", "system": UCUM, "code": "kg", **quantity}
    return observation({**part(WEIGHT, 80), "valueQuantity": held})


CLOSELY = {
    "two units": weighed(unit="g"),
    "a unit of another kind": weighed(code="cm"),
    "a code of another system": weighed(system="http://example.org", unit=None),
    "a bound": weighed(comparator="<"),
    "not plausible": weighed(value=8_000),
    "no number": weighed(value="80"),
    "not final": {**PLAIN[0], "status": "preliminary"},
    "to come": {**PLAIN[0], "effectiveDateTime": "2027-01-01"},
    "another patient": {**PLAIN[0], "subject": {"reference": "Patient/other"}},
    "about something else": {**PLAIN[0], "focus": [{"reference": "Patient/p2"}]},
    "a panel of others": {**PLAIN[0], "hasMember": [{"reference": "Observation/o2"}]},
    "a code of no fact": observation(part(("0000-0", "kg"), 80)),
    "a part of no fact": observation(part(PANEL, 0), part(("0000-0", "kg"), 80)),
    "a panel without a name": observation(
        {"code": {"coding": [{"system": LOINC, "code": " "}]}, "valueString": "high"},
        part(SYSTOLIC, 120),
    ),
}


@pytest.mark.parametrize("resource", CLOSELY.values(), ids=CLOSELY)
def test_whatever_there_is_to_say_about_is_read_closely(
    closely: Callable[[Json], tuple[Context, Any]], resource: Json
) -> None:
    context, _ = closely(resource)
    assert at_once(context) is None


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PLAIN), st.lists(st.sampled_from(ODD), min_size=1, max_size=3), st.data())
def test_what_is_read_at_once_is_what_is_read_closely(
    closely: Callable[[Json], tuple[Context, Any]],
    plain: Json,
    odd: list[tuple[str, tuple[Any, ...]]],
    data: st.DataObject,
) -> None:
    resource = deepcopy(plain)
    for name, values in odd:
        every = holders(resource)
        places = [held for held in every if name in held] or every
        data.draw(st.sampled_from(places))[name] = deepcopy(data.draw(st.sampled_from(values)))
    context, found = closely(resource)
    read = at_once(context)
    if read is None:
        return
    refusals = context.bundle.patient.node.refusals
    candidates, rest = read_observation(found, context)
    assert (told(candidates), Intake(), []) == (told(read), rest, refusals.found)
    assert is_about_patient(found, context)


SERIES: tuple[Callable[[float], Json], ...] = (
    lambda value: observation(part(HEART_RATE, value)),
    lambda value: observation(part(("8867-4", "{beats}/min"), value)),
    lambda value: observation(part(WEIGHT, value)),
    lambda value: observation(part(("29463-7", "[lb_av]"), value)),
    lambda value: observation(part(PANEL, 0), part(SYSTOLIC, value), part(DIASTOLIC, 70)),
    lambda value: observation(part(SYSTOLIC, value)),
)
DAYS = ("2026-03-01", "2026-03-01T10:00:00Z", "2026-03", "2026-02-28", "2026-02", "2027")


@pytest.mark.parametrize("seed", range(100))
def test_a_series_read_at_once_says_what_it_says_read_closely(read: Read, seed: int) -> None:
    """Only the latest values are kept of what is read at once; an empty focus has all read closely,
    and one in some of them has both ways meet."""
    of, known = Random(seed), patient(id="p1")
    values, days = of.sample((70, 71, 150, 9_000), 2), of.sample(DAYS, 3)
    series = [
        {
            **of.choice(SERIES)(of.choice(values)),
            "effectiveDateTime": of.choice(days),
            "id": f"{id}",
        }
        for id in range(of.randint(2, 12))
    ]
    closely = [{**one, "focus": []} for one in series]
    each = read(*closely, person=known)
    mixed = [of.choice(pair) for pair in zip(series, closely, strict=True)]
    assert (each, each) == (read(*series, person=known), read(*mixed, person=known))


def holders(of: Any) -> list[Json]:
    """Every object in a value, itself first."""
    if isinstance(of, list):
        return [held for one in of for held in holders(one)]
    if not isinstance(of, dict):
        return []
    return [of, *(held for one in of.values() for held in holders(one))]


def told(candidates: list[Candidate]) -> list[tuple[Any, ...]]:
    """All that a candidate says."""
    return [
        (c.definition.name, c.code, c.found, repr(c.found), c.moment, c.source, c.node.pointer)
        for c in candidates
    ]
