"""Requests to measure with: synthetic people, the same for the same seed."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from cds.errors import IntakeError
from cds.knowledge.fact import FactDefinition, FactType
from cds.schemas.decision_request import DecisionRequest, read_decision_request
from cds.schemas.request_terms import RequestTerms

TODAY = date(2026, 11, 22)
Json = dict[str, Any]

#: What most visits state, in ranges in which most people lie: else all would be emergencies.
_USUAL = {
    "age": (20, 88),
    "hr_rest": (52, 96),
    "sbp_rest": (104, 168),
    "dbp_rest": (62, 98),
    "weight": (50, 110),
    "height": (150, 192),
}
#: Asked of everybody before anything else can be said.
_ALWAYS: Json = {"regular_exercise": False, "desired_intensity": "moderate"}
_SYMPTOMS = "sx_"
_LIST_LENGTHS = {"conditions": 2, "medications": 2, "procedures": 1}
_RARELY_TRUE = 0.01
_AT_MOST_DAYS_AGO = 5


def build_requests(seed: int, count: int, terms: RequestTerms, facts: int = 40) -> list[Json]:
    """As many bodies of `POST /v1/decisions` that the service accepts, each of `facts` facts."""
    return [body for body, _ in _accepted(seed, count, terms, facts)]


def build_decision_requests(
    seed: int, count: int, terms: RequestTerms, facts: int = 40
) -> list[DecisionRequest]:
    """The same requests as they are after reading."""
    return [request for _, request in _accepted(seed, count, terms, facts)]


def _accepted(
    seed: int, count: int, terms: RequestTerms, facts: int
) -> Iterator[tuple[Json, DecisionRequest]]:
    random = Random(seed)
    found = 0
    while found < count:
        body = _build_request(random, terms, facts)
        try:
            request = read_decision_request(body, terms, TODAY)
        except IntakeError:
            continue
        found += 1
        yield body, request


def _build_request(random: Random, terms: RequestTerms, facts: int) -> Json:
    body: Json = {
        "evaluation_date": TODAY.isoformat(),
        "subject": {"id": f"synthetic-{random.randrange(10_000)}"},
        "facts": _build_facts(random, terms, facts),
        "conditions_reviewed": random.random() < 0.8,
        "medications_reviewed": random.random() < 0.8,
        "request": {"exercises": random.sample(sorted(terms.exercises), 2)},
        "preferences": {"goals": ["climb stairs"], "equipment": ["band", "chair"]},
    }
    for name, longest in _LIST_LENGTHS.items():
        known = sorted(getattr(terms, name))
        body[name] = random.sample(known, min(max(0, random.randint(-1, longest)), len(known)))
    return body


def _build_facts(random: Random, terms: RequestTerms, count: int) -> Json:
    found: Json = {"sex": random.choice(["female", "male"]), **_ALWAYS}
    found |= {name: random.randint(low, high) for name, (low, high) in _USUAL.items()}
    others = [
        fact
        for name, fact in sorted(terms.vocabulary.items())
        if fact.submittable and "." not in name and name not in found
    ]
    symptoms = [fact for fact in others if fact.name.startswith(_SYMPTOMS)]
    flags = [fact for fact in others if fact.type is FactType.FLAG and fact not in symptoms]
    rest = [fact for fact in others if fact.type is not FactType.FLAG]
    chosen = [*symptoms, *random.sample(rest, min(3, len(rest)))]
    chosen += random.sample(flags, min(count - len(found) - len(chosen), len(flags)))
    return found | {fact.name: _build_value(random, fact) for fact in chosen}


def _build_value(random: Random, fact: FactDefinition) -> object:
    if fact.type is FactType.FLAG:
        return random.random() < _RARELY_TRUE
    if fact.type is FactType.CODE:
        return random.choice(fact.values)
    low, high = fact.low or 0.0, fact.high or 1.0
    middle = random.uniform(low + (high - low) * 0.3, low + (high - low) * 0.6)
    return {
        "value": round(middle) if fact.integer else round(middle, 1),
        "unit": fact.unit,
        "at": (TODAY - timedelta(days=random.randint(0, _AT_MOST_DAYS_AGO))).isoformat(),
    }


def build_bundle(seed: int, at_least_bytes: int) -> Json:
    """A FHIR bundle about one person: two conditions, a medication, and years of measurements."""
    random = Random(seed)
    resources = [_PATIENT, *_PROBLEMS]
    size, days = 0, 1
    while size < at_least_bytes:
        for code, display, unit, low, high in _MEASURED:
            value = random.randint(low, high)
            resource = _observation(f"o{len(resources)}", days, (code, display))
            resource["valueQuantity"] = _quantity(value, unit)
            resources.append(resource)
        resources.append(_blood_pressure(f"o{len(resources)}", days, random))
        days += random.randint(5, 20)
        size = len(json.dumps(resources)) + len(resources) * len('{"resource": }, ')
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
    }


_UCUM = "http://unitsofmeasure.org"
_LOINC = "http://loinc.org"
_SUBJECT = {"reference": "Patient/synthetic"}
_PATIENT: Json = {
    "resourceType": "Patient",
    "id": "synthetic",
    "gender": "male",
    "birthDate": "1961-02-17",
}
_PROBLEMS: tuple[Json, ...] = (
    {
        "resourceType": "Condition",
        "id": "c1",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "38341003"}]},
        "subject": _SUBJECT,
        "onsetDateTime": "2015-06-01",
    },
    {
        "resourceType": "Condition",
        "id": "c2",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "64859006"}]},
        "subject": _SUBJECT,
        "onsetDateTime": "2021-03-09",
    },
    {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "subject": _SUBJECT,
        "authoredOn": "2026-03-09",
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "46041"}]
        },
    },
)
_MEASURED = (
    ("8867-4", "Heart rate", "/min", 58, 84),
    ("29463-7", "Body weight", "kg", 78, 84),
    ("8302-2", "Body height", "cm", 178, 178),
)


def _observation(id: str, days_ago: int, coding: tuple[str, str]) -> Json:
    code, display = coding
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "category": [{"coding": [{"code": "vital-signs"}]}],
        "code": {"coding": [{"system": _LOINC, "code": code, "display": display}]},
        "subject": _SUBJECT,
        "effectiveDateTime": (TODAY - timedelta(days=days_ago)).isoformat(),
    }


def _blood_pressure(id: str, days_ago: int, random: Random) -> Json:
    parts = (("8480-6", "Systolic", 118, 138), ("8462-4", "Diastolic", 68, 84))
    return {
        **_observation(id, days_ago, ("85354-9", "Blood pressure panel")),
        "component": [
            {
                "code": {"coding": [{"system": _LOINC, "code": code, "display": display}]},
                "valueQuantity": _quantity(random.randint(low, high), "mm[Hg]"),
            }
            for code, display, low, high in parts
        ],
    }


def _quantity(value: float, unit: str) -> Json:
    return {"value": value, "unit": unit, "system": _UCUM, "code": unit}
