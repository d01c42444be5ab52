"""`python -m cds codes explain`: why a record was read as it was, and what was not read."""

import json
from pathlib import Path
from typing import Any

import pytest

from cds.cli import main
from tests.fhir.records import (
    ICD10CM,
    LOINC,
    RXNORM,
    SNOMED,
    SUBJECT,
    bundle,
    coded,
    condition,
    medication,
    observation,
    patient,
    procedure,
    quantity,
)

DAY = ("--evaluation-date", "2026-11-22")
QUESTIONS = {
    "resourceType": "QuestionnaireResponse",
    "id": "q",
    "status": "completed",
    "authored": "2026-11-20",
    "questionnaire": "#form",
    "contained": [
        {
            "resourceType": "Questionnaire",
            "id": "form",
            "item": [{"linkId": "b", "code": [{"system": LOINC, "code": "68516-4"}]}],
        }
    ],
    "item": [
        {"linkId": "/89555-7", "answer": [{"valueInteger": 3}]},
        {"linkId": "b", "answer": [{"valueInteger": 20}]},
    ],
}
ALLERGY = {"resourceType": "AllergyIntolerance", "id": "al", "code": {"text": "Chlorine"}}
RECORD = bundle(
    patient(gender="female"),
    condition(coded(ICD10CM, "M80.08XA", "Collapse of a vertebra"), id="bone"),
    condition({"text": "Heart attack"}, "resolved", id="heart"),
    condition({"text": "Xyzitis"}, "resolved", id="odd"),
    medication({"text": "Toprol 100 mg"}, id="slow"),
    medication(coded(RXNORM, "9947"), id="both"),
    procedure(coded(SNOMED, "399261000"), id="bypass"),
    observation("85354-9", id="bp", valueQuantity=None, component=[
        {"code": coded(LOINC, "8480-6"), "valueQuantity": quantity(138, "mm[Hg]")},
        {"code": coded(LOINC, "8462-4"), "valueQuantity": quantity(88, "furlong")},
    ]),
    QUESTIONS,
    ALLERGY,
    {"resourceType": "Goal", "subject": SUBJECT, "id": "g"},
)  # fmt: skip


@pytest.fixture
def record(tmp_path: Path) -> str:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(RECORD), encoding="utf-8")
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["codes", "explain", *arguments, *DAY]) == 0
    return capsys.readouterr().out


def test_why_somebody_was_read_as_having_osteoporosis(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, record, "--for", "osteoporosis").splitlines() == [
        'osteoporosis (condition "Osteoporosis", present)',
        "  from Condition/bone at /entry/1/resource/code",
        "  by the code ICD-10-CM M80.08XA, which begins with M80 "
        '"Osteoporosis with current pathological fracture"; value set osteoporosis; '
        "verified: simple_icd_10_cm 1.5.0 (ICD-10-CM April 2026)",
    ]


@pytest.mark.parametrize("asked", ["Osteoporosis", "osteoporosis (disorder)"])
def test_a_name_is_asked_for_as_well_as_an_id(
    record: str, capsys: pytest.CaptureFixture[str], asked: str
) -> None:
    assert told(capsys, record, "--for", asked).startswith("osteoporosis (condition")


def test_what_was_not_read_is_answered_too(record: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, record, "--for", "copd") == "Nothing in this record was read as copd.\n"


def test_an_unknown_name_is_refused_with_the_closest(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["codes", "explain", record, "--for", "osteoporosi", *DAY]) == 2
    assert "Did you mean 'osteoporosis'?" in capsys.readouterr().err


def test_each_thing_read_names_what_says_so(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(told(capsys, record, "--json"))["read"]
    by = {
        (o["kind"], o["id"]): (
            o["source"],
            [(m["by"], m["matched"], m["status"]) for m in o["matches"]],
            o["follows_from"],
        )
        for o in found
    }
    expected: dict[tuple[str, str], tuple[str, list[Any], list[str]]] = {
        ("condition", "osteoporosis"): (
            "Condition/bone",
            [("prefix", "M80", "verified")],
            [],
        ),
        ("condition", "myocardial_infarction"): (
            "Condition/heart",
            [("name", "Heart attack", "by hand")],
            [],
        ),
        ("condition", "old_myocardial_infarction"): (
            "Condition/heart",
            [],
            ["condition.myocardial_infarction"],
        ),
        ("medication", "antiarrhythmic"): (
            "MedicationRequest/both",
            [("code", "9947", "verified")],
            [],
        ),
        ("procedure", "cabg"): ("Procedure/bypass", [("code", "399261000", "verified")], []),
        ("condition", "coronary_artery_disease"): (
            "Procedure/bypass",
            [],
            ["procedure.cabg"],
        ),
        ("fact", "sbp_rest"): ("Observation/bp", [("code", "8480-6", "verified")], []),
        ("fact", "evs_days"): ("QuestionnaireResponse/q", [("code", "89555-7", "verified")], []),
        ("fact", "evs_minutes"): ("QuestionnaireResponse/q", [("code", "68516-4", "verified")], []),
        ("fact", "chlorine_allergy"): (
            "AllergyIntolerance/al",
            [("name", "Chlorine", "by hand")],
            [],
        ),
        ("fact", "sex"): ("Patient/p", [("element", "Patient.gender", None)], []),
        ("fact", "vertebral_fracture"): (
            "Condition/bone",
            [],
            ["condition.vertebral_fracture"],
        ),
    }
    assert {key: by.get(key) for key in expected} == expected


def test_nothing_is_read_without_a_reason(record: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, record, "--json"))["read"]
    assert [o["id"] for o in found if not (o["matches"] or o["follows_from"])] == []


def test_the_text_says_what_was_not_read_and_what_was_not_used(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = told(capsys, record)
    assert "Not read:\n  condition Xyzitis (over)\n" in text
    assert (
        "Not used:\n"
        "  dbp_rest: Its unit does not fit. Use one of: mm[Hg], kPa. Observation/bp\n"
        "  Goal: It is not pursued now. Goal/g\n"
    ) in text
    assert "of toprol; value set beta_blocker; by hand: brand, mark V" in text


def test_a_file_that_is_no_bundle_is_refused_at_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.json"
    path.write_text("[]", encoding="utf-8")
    assert main(["codes", "explain", str(path)]) == 2
    assert "Send a FHIR R4 Bundle" in capsys.readouterr().err
