"""`$apply`, the rules as PlanDefinitions, metadata: in FHIR, recorded, and nothing but what is."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.audit.store import Store
from cds.http.core import CoreService
from tests.api.conftest import build, client, store
from tests.fhir.records import bundle, observation, patient
from tests.fhir.validity import faults_of, faults_of_bundle, faults_of_care_plan

__all__ = ["build", "client", "store"]

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CDS_SHARED", ROOT.parent / "shared")) / "patients"
PATIENTS = sorted(p for p in SHARED.glob("*.json") if p.name != "MANIFEST.json")
APPLY = "/fhir/PlanDefinition/exercise-therapy/$apply"
EXAMPLES = sorted((ROOT / "examples").glob("*.request.json"))
FHIR = "application/fhir+json"
SUBJECT = "Patient/p"


def parameters(**given: Any) -> Json:
    """Parameters: resources, a day, and references as text."""
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": name, **_value(name, value)} for name, value in given.items()],
    }


def _value(name: str, value: Any) -> Json:
    if isinstance(value, dict):
        return {"resource" if "resourceType" in value else "valueReference": value}
    return {"valueDate" if name == "evaluationDate" else "valueString": value}


def record() -> Json:
    """A small record of one person."""
    return bundle(patient(), observation())


def applied(client: FlaskClient, **given: Any) -> Json:
    """The CarePlan that `$apply` answers."""
    answer = client.post(APPLY, json=parameters(**given))
    assert (answer.status_code, answer.mimetype) == (200, FHIR), answer.text
    found: Json = answer.get_json()
    return found


def ordered(client: FlaskClient, example: Path) -> list[Json]:
    """The ServiceRequests of the decision on an example."""
    decided = client.post("/v1/decisions", json=json.loads(example.read_text("utf-8")))
    found = client.get(f"/v1/decisions/{decided.get_json()['id']}/fhir").get_json()
    resources = (entry["resource"] for entry in found["entry"])
    return [one for one in resources if one["resourceType"] == "ServiceRequest"]


def contained(plan: Json, *types: str) -> list[Json]:
    """What of these types a CarePlan contains."""
    return [one for one in plan["contained"] if one["resourceType"] in types]


def outcome(client: FlaskClient, document: Any, status: int = 422) -> list[Json]:
    """The issues of the OperationOutcome that refuses a document."""
    answer = client.post(APPLY, json=document)
    assert (answer.status_code, answer.mimetype) == (status, FHIR), answer.text
    assert faults_of(answer.get_json()) == []
    issues: list[Json] = answer.get_json()["issue"]
    return issues


def test_apply_decides_and_records_as_the_other_interface_does(client: FlaskClient) -> None:
    answered = applied(client, subject=SUBJECT, data=record(), evaluationDate="2026-11-22")
    id_ = answered["identifier"][0]["value"]
    kept = client.get(f"/v1/decisions/{id_}").get_json()
    again = client.post("/v1/fhir/decisions?evaluation_date=2026-11-22", json=record()).get_json()
    own = {"id", "created", "receipt"}
    assert {k: v for k, v in kept.items() if k not in own} == {
        k: v for k, v in again.items() if k not in own
    }
    assert faults_of_care_plan(answered, frozenset({SUBJECT})) == []


def test_apply_answers_one_care_plan_that_holds_all_that_the_bundle_holds(
    client: FlaskClient,
) -> None:
    """CR-1: who asks a server of R4 expects a CarePlan; no finding is lost by it."""
    answered = applied(client, subject=SUBJECT, data=record())
    id_ = answered["identifier"][0]["value"]
    bundle = client.get(f"/v1/decisions/{id_}/fhir?subject={SUBJECT}").get_json()
    assert faults_of_bundle(bundle, frozenset({SUBJECT})) == []
    told = {entry["resource"]["id"] for entry in bundle["entry"]}
    held = {one["id"] for one in answered["contained"]}
    assert told - held == set()
    (of_the_plan,) = (one for one in answered["contained"] if one["id"] not in told)
    assert of_the_plan["target"] == [{"reference": "#"}]
    assert (answered["status"], answered["subject"]) == ("draft", {"reference": SUBJECT})
    assert answered["title"] == "Exercise therapy: nothing is prescribed"
    (version,) = answered["instantiatesCanonical"]
    assert version.startswith("urn:exercise-cds:plan-definition:exercise-therapy|")


def test_apply_takes_a_reference_for_a_text_and_names_who_asks(client: FlaskClient) -> None:
    asked = {"subject": {"reference": SUBJECT}, "encounter": "Encounter/3"}
    answered = applied(client, **asked, practitioner="Practitioner/9", data=record())
    for told in (answered, *contained(answered, "GuidanceResponse")):
        assert told["subject"] == {"reference": SUBJECT}
        assert told["encounter"] == {"reference": "Encounter/3"}
    requests = contained(answered, "ServiceRequest")
    assert {one["requester"]["reference"] for one in requests} <= {"Practitioner/9"}


def test_apply_without_data_says_what_is_needed(client: FlaskClient) -> None:
    """CR-3: the twin of 412."""
    (guidance,) = contained(applied(client, subject=SUBJECT), "GuidanceResponse")
    assert guidance["status"] == "data-required"
    assert guidance["dataRequirement"] != []


def test_a_retry_with_the_same_key_gives_the_same_answer(client: FlaskClient, store: Store) -> None:
    sent = {"json": parameters(subject=SUBJECT, data=record()), "headers": {"Idempotency-Key": "k"}}
    first, second = (client.post(APPLY, **sent) for _ in range(2))  # type: ignore[arg-type]
    assert first.get_json() == second.get_json()
    other = parameters(subject=SUBJECT, data=record(), practitioner="Practitioner/9")
    answer = client.post(APPLY, json=other, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.mimetype) == (422, FHIR)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ([], None),
        (record(), None),
        (parameters(data=record()), "Parameters.parameter"),
        (parameters(subject="Ada"), "Parameters.parameter[0]"),
        (parameters(subject="<script>"), "Parameters.parameter[0]"),
        (parameters(subject="Patient/other", data=record()), "Parameters.parameter[1].resource"),
        (parameters(subject=SUBJECT, evaluationDate="x"), "Parameters.parameter[1].valueDate"),
        (
            parameters(subject=SUBJECT, evaluationDate="2999-01-01"),
            "Parameters.parameter[1].valueDate",
        ),
        (parameters(subject=SUBJECT, subjects="Patient/q"), "Parameters.parameter[1].name"),
        (
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "subject", "valueString": SUBJECT}] * 2,
            },
            "Parameters.parameter[1].name",
        ),
        ({"resourceType": "Parameters", "parameter": 7}, "Parameters.parameter"),
        (parameters(subject=SUBJECT, practitioner="Patient/9"), "Parameters.parameter[1]"),
        (parameters(subject=SUBJECT, data="Bundle/1"), "Parameters.parameter[1]"),
        (
            parameters(subject=SUBJECT, data=bundle(patient(birthDate=7))),
            "Parameters.parameter[1].resource.entry[0].resource.birthDate",
        ),
        (
            parameters(subject=SUBJECT, data={"resourceType": "Bundle", "type": "collection"}),
            "Parameters.parameter[1].resource.entry",
        ),
        (
            parameters(subject=SUBJECT, data={"resourceType": "Patient"}),
            "Parameters.parameter[1].resource.resourceType",
        ),
    ],
)
def test_what_is_refused_says_where_in_an_operation_outcome(
    client: FlaskClient, store: Store, document: Any, place: str | None
) -> None:
    issues = outcome(client, document)
    assert issues[0].get("expression") == ([place] if place else None)
    assert "<script>" not in json.dumps(issues)
    assert [entry.kind for entry in store.entries()] == ["refusal"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/fhir/PlanDefinition/nothing", 404, "not-found"),
        ("GET", "/fhir/Patient/1", 404, "not-found"),
        ("POST", "/fhir/metadata", 405, "not-supported"),
        ("GET", "/fhir/metadata?_format=xml", 422, "invalid"),
        ("GET", "/fhir/metadata?mode=full", 422, "invalid"),
        ("GET", "/fhir/PlanDefinition?_count=many", 422, "invalid"),
        ("GET", "/fhir/PlanDefinition?_count=201", 422, "invalid"),
        ("POST", APPLY, 415, "not-supported"),
    ],
)
def test_a_failure_below_fhir_is_an_operation_outcome(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, FHIR)
    assert faults_of(answer.get_json()) == []
    assert answer.get_json()["issue"][0]["code"] == code


def test_a_decision_is_not_written_about_somebody_else(client: FlaskClient) -> None:
    answered = applied(client, subject=SUBJECT, data=record())
    path = f"/v1/decisions/{answered['identifier'][0]['value']}/fhir"
    for reference, status in (
        ("Patient/p", 200),
        ("https://ehr.example/fhir/Patient/p", 200),
        ("Patient/q", 422),
        ("Patient", 422),
    ):
        answer = client.get(path, query_string={"subject": reference})
        assert (reference, answer.status_code) == (reference, status)
    assert answer.mimetype == "application/problem+json"
    assert client.get(f"/v1/decisions/{'0' * 32}/fhir").status_code == 404


def test_a_decision_about_nobody_takes_any_subject(client: FlaskClient) -> None:
    decision = client.post("/v1/decisions", json={}).get_json()
    answer = client.get(f"/v1/decisions/{decision['id']}/fhir?subject=Patient/q")
    assert answer.get_json()["entry"][0]["resource"]["subject"] == {"reference": "Patient/q"}


def test_every_rule_is_a_valid_draft_with_its_citations(
    client: FlaskClient, core: CoreService
) -> None:
    found, path = [], "/fhir/PlanDefinition?_count=200"
    while path:
        page = client.get(path).get_json()
        assert faults_of(page) == []
        found += [entry["resource"] for entry in page["entry"]]
        path = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert page["total"] == len(found) == len({one["id"] for one in found})
    whole, *rules = found
    assert whole["id"] == "exercise-therapy"
    assert {one["url"].rpartition(":")[2] for one in rules} == {r["id"] for r in core.rules()}
    assert {(one["status"], one["experimental"]) for one in found} == {("draft", True)}
    for one in found:
        assert faults_of(one) == []
    for one in rules:
        assert one["relatedArtifact"] != []
        assert one["action"][0]["condition"][0]["expression"]["expression"]


def test_a_rule_is_read_by_its_id_as_written_and_as_fhir_writes_it(client: FlaskClient) -> None:
    id_ = "contraindications.pregnancy_relative.mild-disease"
    rule = client.get(f"/v1/rules/{id_}").get_json()
    read = client.get(f"/fhir/PlanDefinition/{id_}").get_json()
    assert read == client.get(f"/fhir/PlanDefinition/{read['id']}").get_json()
    assert (read["version"], read["title"]) == (rule["version"], rule["title"])
    assert [a["label"] for a in read["relatedArtifact"]] == [
        evidence["citation"] for evidence in rule["evidence"]
    ]
    (rows,) = [i["value"] for i in read["identifier"] if i["system"].endswith("reference-row")]
    assert [rows] == rule["reference"]


def test_the_whole_names_every_rule_of_a_decision_with_its_version(
    client: FlaskClient, core: CoreService
) -> None:
    whole = client.get("/fhir/PlanDefinition/exercise-therapy").get_json()
    named = {a["definitionCanonical"] for stage in whole["action"] for a in stage["action"]}
    deciding = [r for r in core.rules() if r["stage"] not in ("check_in", "progression")]
    assert named == {f"urn:exercise-cds:rule:{r['id']}|{r['version']}" for r in deciding}


def test_what_a_decision_may_propose_is_defined_and_named_by_rules_and_orders(
    client: FlaskClient,
) -> None:
    """No definition holds a dose: only a decision has one."""
    page = client.get("/fhir/ActivityDefinition?_count=200").get_json()
    assert faults_of(page) == []
    found = {entry["resource"]["url"]: entry["resource"] for entry in page["entry"]}
    assert page["total"] == len(found)
    for one in found.values():
        assert faults_of(one) == []
        assert client.get(f"/fhir/ActivityDefinition/{one['id']}").get_json() == one
        assert (one["status"], one["experimental"], "dosage" in one) == ("draft", True, False)
        assert "exercise-therapy" in one["usage"]
    assert client.get("/fhir/ActivityDefinition/referral-nobody").status_code == 404
    rules = client.get("/fhir/PlanDefinition?_count=200").get_json()["entry"][1:]
    referred = {
        within["definitionCanonical"]
        for rule in rules
        for action in rule["resource"]["action"]
        for within in action.get("action", ())
    }
    assert len(referred) > 3
    assert referred < set(found)
    orders = [order for example in EXAMPLES for order in ordered(client, example)]
    assert len({order["code"]["text"] for order in orders if "text" in order["code"]}) > 1
    for order in orders:
        (named,) = order["instantiatesCanonical"]
        assert found[named]["code"] == order["code"]


def test_metadata_states_exactly_the_routes_that_are_there(client: FlaskClient) -> None:
    statement = client.get("/fhir/metadata").get_json()
    assert faults_of(statement) == []
    paths = {"GET /fhir/metadata"}
    for resource in statement["rest"][0]["resource"]:
        at = f"/fhir/{resource['type']}"
        ways = {"search-type": f"GET {at}", "read": f"GET {at}/<id>"}
        paths |= {ways[interaction["code"]] for interaction in resource["interaction"]}
        operations = resource.get("operation", ())
        paths |= {f"POST {at}/exercise-therapy/${o['name']}" for o in operations}
    app: Flask = client.application
    assert paths == {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/fhir/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_description_tells_the_addresses_and_their_outcomes(client: FlaskClient) -> None:
    described = client.get("/openapi.json").get_json()["paths"]
    types = ("/fhir/PlanDefinition", "/fhir/ActivityDefinition")
    for path in (APPLY, "/fhir/metadata", *types, *(f"{one}/{{id}}" for one in types)):
        (operation,) = described[path].values()
        contents = {status: list(a["content"]) for status, a in operation["responses"].items()}
        assert set(map(tuple, contents.values())) == {(FHIR,)}
    assert "/v1/decisions/{id}/fhir" in described


@pytest.mark.skipif(not PATIENTS, reason="the shared patients are not here; set CDS_SHARED")
@pytest.mark.slow
def test_every_patient_is_answered_validly(client: FlaskClient) -> None:
    assert len(PATIENTS) == 56
    for path in PATIENTS:
        data = json.loads(path.read_text(encoding="utf-8"))
        subject = f"Patient/{data['entry'][0]['resource']['id']}"
        answered = applied(client, subject=subject, data=data, evaluationDate="2021-03-31")
        assert (path.name, faults_of_care_plan(answered, frozenset({subject}))) == (path.name, [])
