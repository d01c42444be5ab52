"""REL-21: the same facts give the same decision as JSON and as a FHIR Bundle."""

import json
import os
import random
from datetime import date, timedelta
from typing import Any

import pytest

from cds.errors import IntakeError
from cds.http.core import CoreService
from cds.knowledge.fact import FactDefinition, FactType
from cds.model.decision import as_json
from cds.schemas.decision_request import read_decision_request
from cds.service import Service
from tests.fhir.records import SUBJECT, bundle, coded, condition, medication, observation, patient

TODAY = date(2026, 11, 22)
CHOSEN = ("ICD-10-CM", "SNOMED CT")
Entry = dict[str, Any]


def measurable(service: Service) -> list[FactDefinition]:
    """Numbers that have a code and take one value for all its codes."""
    lowest = service.knowledge.terminology.reading.lowest_of_codes
    facts = service.knowledge.vocabulary.values()
    coded_ones = (f for f in facts if f.codes and f.submittable and f.name not in lowest)
    return [f for f in coded_ones if f.type is FactType.NUMBER]


def drawn(chance: random.Random, service: Service) -> tuple[Entry, Entry]:
    """A person as a request in JSON and as a Bundle."""
    born = TODAY - timedelta(days=chance.randint(18 * 366, 90 * 365))
    age = TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))
    sex = chance.choice(["female", "male"])
    person = patient(birthDate=born.isoformat(), gender=sex)
    today = TODAY.isoformat()
    body: Entry = {
        "evaluation_date": today,
        "subject": {"id": "p"},
        "facts": {
            "age": {"value": age, "at": today, "source": "Patient/p"},
            "sex": {"value": sex, "source": "Patient/p"},
        },
        "conditions": [],
        "medications": [],
    }
    resources = [person]
    resources += measured(chance, service, body)
    resources += listed(chance, service, body)
    return body, bundle(*resources)


def measured(chance: random.Random, service: Service, body: Entry) -> list[Entry]:
    found = []
    for fact in chance.sample(measurable(service), chance.randint(0, 8)):
        low, high = fact.low or 0.0, fact.high or 1.0
        value = float(round(chance.uniform(low, high)))
        value = value if low <= value <= high else low
        at = (TODAY - timedelta(days=chance.randint(0, 500))).isoformat()
        code = chance.choice(fact.codes)
        source = f"Observation/{fact.name.replace('_', '-')}"
        body["facts"][fact.name] = {"value": value, "unit": fact.unit, "at": at, "source": source}
        given = {"value": value, "system": "http://unitsofmeasure.org", "code": fact.unit}
        found.append(
            observation(
                code.code, id=source.partition("/")[2], effectiveDateTime=at, valueQuantity=given
            )
        )
    return found


def listed(chance: random.Random, service: Service, body: Entry) -> list[Entry]:
    terminology = service.knowledge.terminology
    by_name = {system.name: system.uri for system in terminology.systems.values()}
    rows = [row for row in terminology.condition_sets.codes if row.system in CHOSEN]
    found = []
    for index, row in enumerate(chance.sample(rows, chance.randint(0, 3))):
        uri = by_name[row.system]
        if terminology.procedure_ids(uri, row.code):
            continue  # FHIR has a resource of its own for what was done
        entry = {"system": uri, "code": row.code, "source": f"Condition/c{index}"}
        body["conditions"].append(entry)
        found.append(condition(coded(uri, row.code), id=f"c{index}"))
    drugs = [row for row in terminology.medication_sets.codes if row.system == "RxNorm"]
    for index, row in enumerate(chance.sample(drugs, chance.randint(0, 3))):
        uri = by_name["RxNorm"]
        source = f"MedicationRequest/m{index}"
        entry = {"system": uri, "code": row.code, "source": source, "at": "2026-03-01"}
        if any(other["code"] == row.code for other in body["medications"]):
            continue
        body["medications"].append(entry)
        found.append(medication(coded(uri, row.code), id=f"m{index}", subject=SUBJECT))
    return found


def differing(core: CoreService, service: Service, seed: int) -> list[str]:
    """The parts of the two answers that are not the same."""
    body, document = drawn(random.Random(seed), service)
    try:
        asked = read_decision_request(body, core.terms, TODAY)
    except IntakeError:
        return []  # a contradiction: JSON is sent back, a record goes on without the facts
    by_json = as_json(core.decide(asked.intake, TODAY))
    by_fhir = as_json(core.decide(core.read_bundle(document, TODAY), TODAY))
    return [
        f"seed {seed}: {key}"
        for key in by_json
        if json.dumps(by_json[key], sort_keys=True) != json.dumps(by_fhir[key], sort_keys=True)
    ]


def test_json_and_fhir_give_the_same_answer(core: CoreService, service: Service) -> None:
    assert [part for seed in range(60) for part in differing(core, service, seed)] == []


@pytest.mark.slow
def test_json_and_fhir_give_the_same_answer_for_many_people(
    core: CoreService, service: Service
) -> None:
    """REL-21: 5,000 with CDS_TWO_DOORS=5000, which takes longer than all the other tests."""
    seeds = range(60, 60 + int(os.environ.get("CDS_TWO_DOORS", "500")))
    assert [part for seed in seeds for part in differing(core, service, seed)] == []
