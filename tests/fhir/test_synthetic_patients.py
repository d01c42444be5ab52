"""The 56 synthetic patients: all are read, and what is understood of them is measured."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds.model.intake import Intake
from tests.fhir.conftest import Read

DAY = date(2021, 3, 31)


@pytest.fixture(scope="module")
def manifest(patients: Path) -> dict[str, dict[str, Any]]:
    entries = json.loads((patients / "MANIFEST.json").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in entries}


@pytest.fixture(scope="module")
def documents(patients: Path, manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        id_: json.loads((patients / f"{id_}.json").read_text(encoding="utf-8")) for id_ in manifest
    }


@pytest.fixture(scope="module")
def intakes(read: Read, documents: dict[str, Any]) -> dict[str, Intake]:
    return {id_: read(whole=document, today=DAY) for id_, document in documents.items()}


def test_every_patient_is_read_with_an_age_and_a_sex(intakes: dict[str, Intake]) -> None:
    named = [{fact.name for fact in intake.facts} for intake in intakes.values()]
    assert len(named) == 56
    assert all({"age", "sex"} <= names for names in named)


def test_the_dead_are_known_as_dead(
    intakes: dict[str, Intake], manifest: dict[str, dict[str, Any]]
) -> None:
    dead = {id_ for id_, intake in intakes.items() for f in intake.facts if f.name == "deceased"}
    assert dead == {id_ for id_, entry in manifest.items() if entry["deceased"]}


def test_beta_blockers_are_found_where_they_are_taken(
    intakes: dict[str, Intake], manifest: dict[str, dict[str, Any]]
) -> None:
    found = {
        id_
        for id_, intake in intakes.items()
        if any(m.id == "beta_blocker" and m.status == "present" for m in intake.medications)
    }
    assert found == {id_ for id_, entry in manifest.items() if entry["betaBlocker"]}


def test_every_condition_and_medication_is_mapped_unmapped_or_rejected(
    intakes: dict[str, Intake], documents: dict[str, dict[str, Any]]
) -> None:
    """Nothing is dropped: a resource is accounted for, or its code is listed once already."""
    for id_, document in documents.items():
        intake = intakes[id_]
        told = {item.source for part in (intake.conditions, intake.rejected) for item in part}
        shown = {(item.system, item.code) for item in intake.unmapped}
        for entry in document["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] == "Condition":
                coding = resource["code"]["coding"][0]
                source = f"Condition/{resource['id']}"
                assert source in told or (coding["system"], coding["code"]) in shown


def test_the_share_that_is_understood_does_not_fall(
    intakes: dict[str, Intake], documents: dict[str, dict[str, Any]]
) -> None:
    """Shares of resources by type; most of the rest are colds, wounds, work and schooling."""
    total: Counter[str] = Counter()
    for document in documents.values():
        total.update(entry["resource"]["resourceType"] for entry in document["entry"])
    mapped = {
        "Condition": _sources(intakes, "conditions", "Condition"),
        "MedicationRequest": _sources(intakes, "medications", "MedicationRequest"),
    }
    assert mapped["Condition"] / total["Condition"] > 0.35
    assert mapped["MedicationRequest"] / total["MedicationRequest"] > 0.48


def _sources(intakes: dict[str, Intake], part: str, kind: str) -> int:
    return sum(
        len({item.source for item in getattr(intake, part) if item.source.startswith(kind)})
        for intake in intakes.values()
    )


def test_contradictory_ejection_fractions_are_reported_and_left_unknown(
    intakes: dict[str, Intake],
) -> None:
    told = [
        id_
        for id_, intake in intakes.items()
        if any(r.name == "lvef" and "contradicts" in r.reason for r in intake.rejected)
    ]
    used = [id_ for id_ in told for fact in intakes[id_].facts if fact.name == "lvef"]
    assert (len(told), used) == (5, [])
