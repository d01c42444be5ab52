"""The Bundle itself: types, patients, references, malformed parts."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cds
from cds.errors import IntakeError
from cds.knowledge.terminology import Terminology
from cds.knowledge.vocabulary import Vocabulary
from cds.model.intake import Intake
from tests.fhir.conftest import Read
from tests.fhir.records import (
    LOINC,
    RXNORM,
    SNOMED,
    bundle,
    coded,
    condition,
    medication,
    observation,
    patient,
    procedure,
    quantity,
)

EXAMPLES = Path(cds.__file__).parent.parent / "examples"


def refusals(read: Read, document: object) -> list[tuple[str, str]]:
    with pytest.raises(IntakeError) as caught:
        read(whole=document)
    return [(refusal.pointer, refusal.detail) for refusal in caught.value.refusals]


@pytest.mark.parametrize("kind", ["collection", "searchset", "transaction", "document", "batch"])
def test_these_kinds_of_bundle_are_read(read: Read, kind: str) -> None:
    assert read(whole=bundle(patient(), kind=kind)).subject_id == "p"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ([], ""),
        ("Bundle", ""),
        ({}, "/resourceType"),
        (patient(), "/resourceType"),
        (bundle(patient(), kind="history"), "/type"),
        ({"resourceType": "Bundle"}, "/type"),
        (bundle(), "/entry"),
        (bundle(patient(), patient(id="q")), "/entry/1/resource"),
    ],
)
def test_what_is_no_bundle_of_one_patient_is_refused_at_its_place(
    read: Read, document: object, pointer: str
) -> None:
    assert [place for place, _ in refusals(read, document)] == [pointer]


def test_every_wrong_type_is_named_at_once_and_no_value_is_echoed(read: Read) -> None:
    document = bundle(
        patient(birthDate="SECRET", gender="SECRET", deceasedBoolean="SECRET"),
        condition({"coding": "SECRET"}),
        observation(valueQuantity=quantity("SECRET"), effectiveDateTime="2026-02-30"),
        "SECRET",  # type: ignore[arg-type]
    )
    found = refusals(read, document)
    assert sorted(place for place, _ in found) == [
        "/entry/0/resource/birthDate",
        "/entry/0/resource/deceasedBoolean",
        "/entry/0/resource/gender",
        "/entry/1/resource/code/coding",
        "/entry/2/resource/effectiveDateTime",
        "/entry/3/resource",
    ]
    assert not any("SECRET" in detail for _, detail in found)


@pytest.mark.parametrize("value", ["70", True, float("nan"), float("inf"), 10**400, [], {}])
def test_only_a_finite_number_is_a_value(read: Read, value: object) -> None:
    found = refusals(read, bundle(patient(), observation(valueQuantity=quantity(value))))
    assert [place for place, _ in found] == ["/entry/1/resource/valueQuantity/value"]


def test_an_entry_without_resource_or_to_be_deleted_is_passed_over(read: Read) -> None:
    document = bundle(patient())
    document["entry"] += [
        {"fullUrl": "urn:uuid:x"},
        {"request": {"method": "DELETE"}, "resource": condition(coded(SNOMED, "195967001"))},
        {"resource": {"resourceType": "OperationOutcome"}},
    ]
    assert read(whole=document).conditions == ()


@pytest.mark.parametrize(
    ("full_url", "reference", "same"),
    [
        (None, "Patient/p", True),
        (None, "https://a.example/fhir/Patient/p", True),
        ("https://a.example/fhir/Patient/p", "https://a.example/fhir/Patient/p", True),
        ("https://a.example/fhir/Patient/p", "https://a.example/fhir/Patient/p/_history/3", True),
        ("https://a.example/fhir/Patient/p", "Patient/p", True),
        ("https://a.example/fhir/Patient/p", "https://b.example/fhir/Patient/p", False),
        ("urn:uuid:6b", "urn:uuid:6b", True),
        ("urn:uuid:6b", "urn:uuid:6c", False),
        (None, "Patient/q", False),
        (None, "Patient/pp", False),
        (None, "Group/p", False),
    ],
)
def test_only_what_is_about_the_patient_is_read(
    read: Read, full_url: str | None, reference: str, same: bool
) -> None:
    other = condition(coded(SNOMED, "195967001"), subject={"reference": reference})
    entries = [{"fullUrl": full_url, "resource": patient()}, {"resource": other}]
    intake = read(whole={"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert [c.id for c in intake.conditions] == (["asthma"] if same else [])
    another = "It is about another patient: see /entry/1/resource/subject."
    assert [r.reason for r in intake.rejected] == ([] if same else [another])


def test_a_resource_that_names_nobody_is_taken_as_the_patients(read: Read) -> None:
    nameless = condition(coded(SNOMED, "195967001"))
    del nameless["subject"]
    assert [c.id for c in read(nameless).conditions] == ["asthma"]


def test_what_one_record_states_twice_stands_once(read: Read) -> None:
    asthma = condition(coded(SNOMED, "195967001"))
    document = bundle(patient(), asthma)
    document["entry"].append(deepcopy(document["entry"][1]))
    assert len({c.id for c in read(whole=document).conditions}) == 1


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.bundle.json")), ids=lambda p: p.name)
def test_each_example_bundle_is_understood_whole(read: Read, path: Path) -> None:
    intake = read(whole=json.loads(path.read_text(encoding="utf-8")))
    assert (intake.unmapped, intake.rejected) == ((), ())


def test_the_example_of_the_infarction_says_what_it_should(read: Read) -> None:
    text = (EXAMPLES / "infarction-with-icd.bundle.json").read_text(encoding="utf-8")
    intake = read(whole=json.loads(text))
    assert {m.id for m in intake.medications} == {"beta_blocker", "statin", "antiplatelet"}
    assert {"icd", "heart_failure", "myocardial_infarction"} <= {c.id for c in intake.conditions}
    assert [p.id for p in intake.procedures] == ["pci"]


def test_three_examples_are_there_as_a_bundle_beside_the_request() -> None:
    bundles = {p.name.removesuffix(".bundle.json") for p in EXAMPLES.glob("*.bundle.json")}
    requests = {p.name.removesuffix(".request.json") for p in EXAMPLES.glob("*.request.json")}
    assert bundles < requests
    assert len(bundles) == 3


WHOLE = bundle(
    patient(gender="female", deceasedDateTime="2027-01-01"),
    condition(coded(SNOMED, "195967001"), category=[{"text": "x"}], onsetDateTime="2020-01"),
    condition(coded(SNOMED, "22298006"), "resolved", abatementPeriod={"end": "2026-01-01"}),
    medication(
        None,
        medicationReference={"reference": "#a"},
        contained=[
            {"resourceType": "Medication", "id": "a", "ingredient": [{"itemCodeableConcept": {}}]}
        ],
    ),
    medication(coded(RXNORM, "6918"), resourceType="MedicationStatement"),
    observation(),
    observation(
        "85354-9",
        component=[{"code": coded(LOINC, "8480-6"), "valueQuantity": quantity(138, "mm[Hg]")}],
    ),
    observation("52552-7", valueInteger=2),
    procedure(coded(SNOMED, "609588000"), performedPeriod={"start": "2026-01-01"}),
    {"resourceType": "Device", "type": {"text": "Cardiac pacemaker"}, "patient": {}},
    observation(
        "55757-9",
        valueQuantity=None,
        hasMember=[{"reference": "#m"}, {"reference": "Observation/none"}],
        contained=[observation(id="m")],
        modifierExtension=[{"url": "urn:x"}],
    ),
    {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "authored": "2026-11-01",
        "questionnaire": "#f",
        "contained": [
            {
                "resourceType": "Questionnaire",
                "id": "f",
                "item": [{"linkId": "1", "code": [{"system": LOINC, "code": "89555-7"}]}],
            }
        ],
        "item": [
            {"linkId": "1", "answer": [{"valueInteger": 3, "item": [{"linkId": "68516-4"}]}]},
            {"linkId": "2", "text": "x", "answer": [{"valueCoding": {"code": "x"}}]},
        ],
    },
    {
        "resourceType": "AllergyIntolerance",
        "code": {"text": "Chlorine"},
        "reaction": [{"substance": {"text": "x"}}],
        "recordedDate": "2020-01-01",
    },
    {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Walk"},
        "expressedBy": {"reference": "Patient/p"},
        "startDate": "2020-01-01",
        "category": [{"coding": [{"system": "x", "code": "y"}]}],
    },
    {
        "resourceType": "FamilyMemberHistory",
        "condition": [{"code": coded(SNOMED, "195967001")}],
    },
)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place of a JSON document."""
    found = [path] if path else []
    if isinstance(value, dict):
        return found + [p for key, item in value.items() for p in places(item, (*path, key))]
    if isinstance(value, list):
        return found + [p for i, item in enumerate(value) for p in places(item, (*path, i))]
    return found


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.request.json")), ids=lambda p: p.name)
def test_each_example_request_uses_known_names_only(
    path: Path, vocabulary: Vocabulary, terminology: Terminology
) -> None:
    request = json.loads(path.read_text(encoding="utf-8"))
    coded_ones = [item for item in request["conditions"] if isinstance(item, dict)]
    named = [item for item in request["conditions"] if isinstance(item, str)]
    assert set(request["facts"]) <= set(vocabulary)
    assert set(named) <= set(terminology.conditions)
    assert all(terminology.condition_ids(item["system"], item["code"]) for item in coded_ones)
    classes = {item for item in request["medications"] if isinstance(item, str)}
    assert classes <= set(terminology.medications)
    procedures = {item["code"] for item in request.get("procedures", ())}
    assert procedures <= set(terminology.procedures)


STRINGS = (
    *("2026-13-01", "0000", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"),
    *("active", "Patient/p", "#a", "#", "http://snomed.info/sct"),
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
json_values = st.recursive(
    scalars | st.sampled_from([*STRINGS, 10**400]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
changes = st.lists(
    st.tuples(st.sampled_from(places(WHOLE)), st.just("remove") | st.tuples(json_values)),
    min_size=1,
    max_size=4,
)


def changed(document: Any, path: tuple[str | int, ...], change: Any) -> None:
    """Removes or replaces the part at the path, if it is still there."""
    try:
        for step in path[:-1]:
            document = document[step]
        if change == "remove":
            del document[path[-1]]
        else:
            document[path[-1]] = change[0]
    except (KeyError, IndexError, TypeError):
        return


@pytest.mark.slow
@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=changes)
def test_nothing_malformed_raises_anything_but_a_refusal_with_places(
    read: Read, changes: list[tuple[tuple[str | int, ...], Any]]
) -> None:
    document = deepcopy(WHOLE)
    for path, change in changes:
        changed(document, path, change)
    outcome = read_or_refuse(read, document)
    if isinstance(outcome, IntakeError):
        assert outcome.refusals
        assert all(r.pointer == "" or r.pointer.startswith("/") for r in outcome.refusals)
    else:
        assert outcome.facts == tuple(dict.fromkeys(outcome.facts))


def read_or_refuse(read: Read, document: object) -> Intake | IntakeError:
    """The intake, or the one error that reading may raise."""
    try:
        return read(whole=document)
    except IntakeError as error:
        return error


FAILURE = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
REMARK = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "x"}]}


@pytest.mark.parametrize(
    ("more", "resources", "told"),
    [
        ({"link": [{"relation": "next", "url": "https://ehr.example.org?page=2"}]}, [], ["page"]),
        ({"total": 9}, [], ["total"]),
        ({"total": 1}, [], []),
        ({}, [FAILURE], ["failure"]),
        ({}, [REMARK], []),
        ({"link": [{"relation": "self", "url": "https://ehr.example.org"}]}, [], []),
    ],
)
def test_what_the_sender_says_is_lacking_is_said(
    read: Read, more: dict[str, Any], resources: list[Any], told: list[str]
) -> None:
    """A page that was not sent may hold the condition that matters."""
    document = {**bundle(patient(), *resources, kind="searchset"), **more}
    document["entry"][1:] = [{**e, "search": {"mode": "outcome"}} for e in document["entry"][1:]]
    found = [item for item in read(whole=document).rejected if item.name == "Bundle"]
    assert len(found) == len(told)
    assert all(word in item.reason for word, item in zip(told, found, strict=True))


MRN = {"system": "urn:mrn", "value": "17"}


@pytest.mark.parametrize(
    ("subject", "used"),
    [
        ({"identifier": {**MRN, "value": "18"}}, False),
        ({"identifier": MRN}, True),
        ({"identifier": {"system": "urn:other", "value": "18"}}, True),
        ({"display": "somebody"}, True),
        ({"reference": "Patient/p", "identifier": {**MRN, "value": "18"}}, True),
    ],
)
def test_a_resource_of_another_identifier_is_another_patients(
    read: Read, subject: dict[str, Any], used: bool
) -> None:
    person = patient(identifier=[MRN])
    intake = read(condition(coded(SNOMED, "195967001"), subject=subject), person=person)
    assert [item.id for item in intake.conditions] == (["asthma"] if used else [])
    assert bool(intake.rejected) == (not used)
