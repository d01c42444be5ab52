"""The published examples of the HL7 Physical Activity IG, read in place: PA-1, PA-2, PA-3."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds.case import build_case
from cds.fhir.intake import read_bundle
from cds.http.core import CoreService
from cds.model.intake import Intake
from cds.service import Service
from tests.fhir.records import bundle

DAY = date(2023, 3, 20)


@pytest.fixture(scope="module")
def examples(patients: Path) -> Path:
    """The folder of the examples, beside the synthetic patients."""
    place = patients.parent / "interop/physical-activity-ig/examples"
    if not place.is_dir():
        pytest.skip("the examples of the Physical Activity IG are absent; set CDS_SHARED")
    return place


def resources(examples: Path, prefix: str, patient: str) -> list[dict[str, Any]]:
    found = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(examples.glob("*.json"))
        if path.name.partition("-")[2].startswith(prefix)
    ]
    wanted = {"Observation", "Condition", "Goal", "CarePlan", "ServiceRequest"}
    return [r for r in found if r["resourceType"] in wanted or r["id"] == patient]


def read(service: Service, entries: list[dict[str, Any]], day: date = DAY) -> Intake:
    knowledge = service.knowledge
    return read_bundle(
        bundle(*entries),
        evaluation_date=day,
        vocabulary=knowledge.vocabulary,
        terminology=knowledge.terminology,
    )


def test_the_first_scenario_is_read_with_its_vital_sign_and_its_goal(
    service: Service, examples: Path
) -> None:
    """Five days, fifteen minutes, and eighty stored minutes a week that do not fit together."""
    intake = read(service, resources(examples, "Scen1", "Scen1PatientKhatun"))
    facts = {fact.name: fact.value for fact in intake.facts}
    assert (facts["evs_days"], facts["evs_minutes"], facts["evs_minutes_week"]) == (5, 15, 80)
    assert facts["evs_strength_days"] == 3
    goals = intake.preferences["goals"]
    assert isinstance(goals, list)
    assert all("minutes/week" in goal for goal in goals)
    built = build_case(intake, service.knowledge, DAY)
    assert built.case.number("evs_minutes_week") == 75
    assert "evs_minutes_week" in {refused.name for refused in built.rejected}


def test_an_order_for_exercise_in_the_record_is_said(service: Service, examples: Path) -> None:
    intake = read(service, resources(examples, "Scen1", "Scen1PatientKhatun"))
    told = {item.kind for item in intake.unmapped if item.note and "ordered" in item.note}
    assert told == {"careplan", "servicerequest"}


def test_the_generic_examples_are_read_for_their_patient(service: Service, examples: Path) -> None:
    person = {"resourceType": "Patient", "id": "1", "birthDate": "1980-01-01"}
    found = [r for r in resources(examples, "Example", "") if r["resourceType"] == "Observation"]
    intake = read(service, [person, *found], date(2022, 7, 1))
    facts = {fact.name: fact.value for fact in intake.facts}
    assert (facts["evs_days"], facts["evs_minutes"], facts["evs_minutes_week"]) == (3, 20, 60)
    assert (facts["evs_strength_days"], facts["hr_rest"]) == (2, 68)


def test_a_recorded_session_is_no_vital_sign_and_its_codes_are_shown(
    core: CoreService, examples: Path
) -> None:
    person = {"resourceType": "Patient", "id": "Scen5PatientRosalie", "birthDate": "1980-01-01"}
    found = resources(examples, "Scen5", "")
    decision = core.decide(
        core.read_bundle(bundle(person, *found), date(2022, 8, 1)), date(2022, 8, 1)
    )
    assert decision.summary
    assert {item.code for item in decision.unmapped} >= {"55425-3", "41653-7"}
