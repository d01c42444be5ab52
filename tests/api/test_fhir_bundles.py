"""Every kind of decision is written as valid FHIR R4 that orders nothing and harms nobody."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask.testing import FlaskClient

from cds.api import create_app
from cds.audit.canonical import canonical
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.fhir.writing.decided import Asked
from cds.http.core import CoreService
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.model.intake import Intake
from cds.service import Service
from cds.settings import Settings
from tests.api.adult import body
from tests.api.conftest import NOW
from tests.api.test_emergencies import CASES
from tests.fhir.validity import codings, faults_of_bundle, profile_faults, references
from tests.properties.people import TODAY, intakes

ROOT = Path(__file__).parents[2]
INTEROP = Path(os.environ.get("CDS_SHARED", ROOT.parent / "shared")) / "interop"
CONFORMANCE = INTEROP / "physical-activity-ig" / "conformance"
SUBJECT, PRACTITIONER = "Patient/17", "Practitioner/9"
ASKED = f"?subject={SUBJECT}&encounter=Encounter/3&practitioner={PRACTITIONER}"
GIVEN = frozenset({SUBJECT, PRACTITIONER, "Encounter/3"})
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.request.json"))
EMERGENCIES = [case for case in CASES if case["emergency"]][::9]

Json = dict[str, Any]


def example(name: str) -> Json:
    """The request of an example, about the subject of these tests."""
    request: Json = json.loads((ROOT / "examples" / name).read_text(encoding="utf-8"))
    return {**request, "subject": {"id": "17"}}


REQUESTS: dict[str, Json] = {
    **{name: example(name) for name in EXAMPLES},
    "well": dict(body({})),
    "nothing known": {},
    "a hold": dict(body({"fever": True})),
    "no exercise": dict(body({"sbp_rest": 205})),
    "a death": dict(body({"deceased": True}, ["coronary_artery_disease"])),
    "relative": dict(body({"nyha": "IV"}, ["heart_failure"])),
    "water, intervals and a place": dict(
        body(
            {},
            ["obesity", "type_2_diabetes"],
            ["insulin"],
            request={"modalities": ["hiit", "aquatic"], "exercises": ["A15"], "setting": "home"},
        )
    ),
    "a session": dict(body({"sbp_ex": 251, "glucose": 6.1}, ["type_2_diabetes"])),
    "codes nobody knows": dict(
        body({}, [{"system": "urn:x", "code": "1"}], request={"intensity": "vigorous"})
    ),
    **{
        f"emergency: {case['name']}": dict(
            body(
                {k: v for k, v in case["given"].items() if k != "conditions"},
                case["given"].get("conditions", ()),
                case.get("medications", ()),
                request={"modalities": ["hiit"], "exercises": ["A03"]},
            )
        )
        for case in EMERGENCIES
    },
}


@pytest.fixture(scope="module")
def client(core: CoreService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """One record for all decisions of this module."""
    place = tmp_path_factory.mktemp("fhir") / "records.sqlite3"
    store = Store(f"sqlite:///{place}", Keys(b"test key"))
    pipeline = Pipeline(core, store, b"test key")
    parts = Parts(core, store, pipeline, Settings(), b"form key", clock=lambda: NOW)
    yield create_app(parts).test_client()
    store.close()


@pytest.fixture(scope="module")
def decisions(client: FlaskClient) -> dict[str, Json]:
    """The decision on each request."""
    found = {}
    for name, request in REQUESTS.items():
        answer = client.post("/v1/decisions", json=request)
        assert answer.status_code == 201, answer.text
        found[name] = answer.get_json()
    return found


@pytest.fixture(scope="module")
def bundles(client: FlaskClient, decisions: dict[str, Json]) -> dict[str, Json]:
    """Each decision as a Bundle, asked for by a practitioner about the subject."""
    return {name: read(client, decision) for name, decision in decisions.items()}


def read(client: FlaskClient, decision: Json, query: str = ASKED) -> Json:
    """A decision as a Bundle."""
    answer = client.get(f"/v1/decisions/{decision['id']}/fhir{query}")
    assert (answer.status_code, answer.mimetype) == (200, "application/fhir+json")
    bundle: Json = answer.get_json()
    return bundle


def of_type(bundle: Json, *types: str) -> list[Json]:
    """The resources of these types."""
    resources: Iterable[Json] = (entry["resource"] for entry in bundle["entry"])
    return [resource for resource in resources if resource["resourceType"] in types]


@pytest.mark.parametrize("name", REQUESTS)
def test_every_kind_of_decision_is_valid_and_points_nowhere_else(
    client: FlaskClient, decisions: dict[str, Json], bundles: dict[str, Json], name: str
) -> None:
    assert faults_of_bundle(bundles[name], GIVEN) == []
    assert faults_of_bundle(read(client, decisions[name], "")) == []


@pytest.mark.parametrize("name", REQUESTS)
def test_nothing_is_active_and_every_resource_says_that_sign_off_is_pending(
    bundles: dict[str, Json], name: str
) -> None:
    bundle = bundles[name]
    for resource in of_type(bundle, *ORDERING):
        assert resource["status"] == "draft"
    for goal in of_type(bundle, "Goal"):
        assert goal["lifecycleStatus"] == "proposed"
    for entry in bundle["entry"]:
        assert "Clinical sign-off: pending." in entry["resource"]["text"]["div"]
        assert entry["resource"]["extension"][0]["valueCode"] == "pending"


@pytest.mark.parametrize("name", REQUESTS)
def test_every_resource_has_one_provenance(
    decisions: dict[str, Json], bundles: dict[str, Json], name: str
) -> None:
    """CR-4: rules with versions, citations and inputs, by this service."""
    decision, bundle = decisions[name], bundles[name]
    about = Counter(p["target"][0]["reference"] for p in of_type(bundle, "Provenance"))
    told = [e["fullUrl"] for e in bundle["entry"] if e["resource"]["resourceType"] in TOLD]
    assert about == Counter(told)
    versions = {f"urn:exercise-cds:rule:{e['rule']}|{e['version']}" for e in explained(decision)}
    for provenance in of_type(bundle, "Provenance"):
        module, *rules = provenance["policy"]
        assert module.startswith("urn:exercise-cds:plan-definition:exercise-therapy|")
        assert set(rules) <= versions


ORDERING = ("CarePlan", "ServiceRequest", "CommunicationRequest", "RequestGroup")
TOLD = (
    *("GuidanceResponse", "DetectedIssue", "RiskAssessment", "CarePlan", "ServiceRequest"),
    *("CommunicationRequest", "Goal", "RequestGroup"),
)


def explained(decision: Json) -> list[Json]:
    found: list[Json] = decision["explanations"]
    return found


@pytest.mark.parametrize("name", [name for name in REQUESTS if name.startswith("emergency")])
def test_an_emergency_holds_nothing_but_the_findings_and_whom_to_call(
    decisions: dict[str, Json], bundles: dict[str, Json], name: str
) -> None:
    decision, bundle = decisions[name], bundles[name]
    assert decision["disposition"] == "emergency"
    types = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert types == {
        *("GuidanceResponse", "DetectedIssue", "CommunicationRequest", "RequestGroup"),
        *("Device", "Provenance"),
    }
    (group,) = of_type(bundle, "RequestGroup")
    advised, *calls = group["action"]
    (guidance,) = of_type(bundle, "GuidanceResponse")
    assert (advised["priority"], "action" in advised) == ("stat", False)
    assert advised["resource"] == {"reference": f"urn:uuid:{guidance['id']}"}
    assert [call["title"] for call in calls][:1] == ["Call: emergency services"]
    assert len(calls) == len(of_type(bundle, "CommunicationRequest"))
    first = of_type(bundle, "CommunicationRequest")[0]
    assert first["priority"] == "stat"
    assert first["recipient"] == [{"display": "emergency services"}]
    assert [issue for issue in of_type(bundle, "DetectedIssue") if "mitigation" in issue] == []
    assert (guidance["status"], "dataRequirement" in guidance) == ("success", False)


@pytest.mark.parametrize("name", ["nothing known", "a hold", "no exercise"])
def test_without_a_prescription_there_is_no_plan_and_no_order_of_exercise(
    decisions: dict[str, Json], bundles: dict[str, Json], name: str
) -> None:
    decision, bundle = decisions[name], bundles[name]
    assert decision["plan"] is None
    assert of_type(bundle, "CarePlan") == []
    assert [r for r in of_type(bundle, "ServiceRequest") if r["intent"] != "proposal"] == []
    assert [r for r in of_type(bundle, "ServiceRequest") if "coding" in r["code"]] == []
    assert "result" not in of_type(bundle, "GuidanceResponse")[0]


def test_nobody_is_asked_or_referred_after_death(
    decisions: dict[str, Json], bundles: dict[str, Json]
) -> None:
    """US-4."""
    assert decisions["a death"]["referrals"] == []
    types = {entry["resource"]["resourceType"] for entry in bundles["a death"]["entry"]}
    assert types <= {"GuidanceResponse", "DetectedIssue", "Device", "Provenance"}
    (guidance,) = of_type(bundles["a death"], "GuidanceResponse")
    assert "dataRequirement" not in guidance


def test_before_clearance_the_plan_waits_and_exercise_is_not_ordered(
    decisions: dict[str, Json], bundles: dict[str, Json]
) -> None:
    decision, bundle = (
        decisions["infarction-diabetes-pad.request.json"],
        bundles["infarction-diabetes-pad.request.json"],
    )
    assert decision["disposition"] == "clearance_first"
    (plan,) = of_type(bundle, "CarePlan")
    done = [a["detail"] for a in plan["activity"] if not a["detail"]["doNotPerform"]]
    assert {activity["status"] for activity in done} == {"on-hold"}
    assert plan["description"].startswith("Medical clearance first")
    assert [r for r in of_type(bundle, "ServiceRequest") if "coding" in r["code"]] == []


def test_exercise_is_a_draft_order_of_who_asks_and_a_proposal_of_nobody(
    client: FlaskClient, decisions: dict[str, Json]
) -> None:
    """The Physical Activity guide has no proposal, and demands a requester."""
    name = "sedentary-wants-hiit.request.json"
    orders = {}
    for query in (ASKED, f"?subject={SUBJECT}", ""):
        (order,) = of_type(read(client, decisions[name], query), "ServiceRequest")
        orders[query] = order
    (by_somebody, by_nobody, about_nobody) = orders.values()
    assert (by_somebody["intent"], by_somebody["status"]) == ("order", "draft")
    assert by_somebody["requester"] == {"reference": PRACTITIONER}
    assert by_somebody["meta"]["profile"] == [PROFILES["service_request"]]
    assert by_nobody["intent"] == about_nobody["intent"] == "proposal"
    assert "meta" not in by_nobody
    assert "reference" not in about_nobody["subject"]


PROFILES = {
    "service_request": (
        "http://hl7.org/fhir/us/physical-activity/StructureDefinition/pa-servicerequest"
    )
}


@pytest.mark.skipif(not INTEROP.is_dir(), reason="the published profiles are absent")
@pytest.mark.parametrize("name", REQUESTS)
def test_what_claims_a_profile_has_its_published_shape(
    decisions: dict[str, Json], bundles: dict[str, Json], name: str
) -> None:
    decision, bundle = decisions[name], bundles[name]
    faults = [
        fault
        for entry in bundle["entry"]
        for fault in profile_faults(entry["resource"], CONFORMANCE)
    ]
    assert faults == []
    if decision["disposition"].startswith("proceed") and decision["plan"]:
        claimed = {e["resource"]["resourceType"] for e in bundle["entry"] if _claims(e)}
        assert {"CarePlan", "ServiceRequest"} <= claimed


def _claims(entry: Json) -> bool:
    return "profile" in entry["resource"].get("meta", {})


@pytest.mark.parametrize("name", REQUESTS)
def test_no_code_is_written_that_nobody_checked(
    core: CoreService, bundles: dict[str, Json], name: str
) -> None:
    bundle = bundles[name]
    facts = core.terms.vocabulary.values()
    known = {(code.system, code.code) for fact in facts for code in fact.codes}
    known |= {(core.hooks.topic_system, topic.code) for topic in core.hooks.topics}
    known |= {
        ("http://terminology.hl7.org/CodeSystem/action-type", "create"),
        ("http://snomed.info/sct", "229065009"),
        ("http://loinc.org", "82290-8"),
        ("http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan"),
        (
            "http://hl7.org/fhir/us/physical-activity/CodeSystem/pa-temporary-codes",
            "PhysicalActivity",
        ),
    }
    assert set(codings(bundle)) - known == set()


def test_every_contraindication_is_told_with_what_remains(
    decisions: dict[str, Json], bundles: dict[str, Json]
) -> None:
    name = "osteoporosis-knee-hypertension.request.json"
    decision, bundle = decisions[name], bundles[name]
    issues = of_type(bundle, "DetectedIssue")
    told = [(i["detail"], i["reference"].rpartition(":")[2]) for i in issues]
    assert [(f["message"], f["id"]) for f in decision["contraindications"]] == [
        (detail.partition(" Not known whether")[0], id_) for detail, id_ in told
    ]
    remains = [len(issue.get("mitigation", ())) for issue in issues]
    assert remains == [len(f["alternatives"]) for f in decision["contraindications"]]
    (guidance,) = of_type(bundle, "GuidanceResponse")
    rowing = next(n["text"] for n in guidance["note"] if "block" in n["text"])
    assert "Instead: " in rowing


def test_what_is_missing_is_asked_in_order_and_by_code(
    decisions: dict[str, Json], bundles: dict[str, Json]
) -> None:
    decision, bundle = decisions["nothing known"], bundles["nothing known"]
    (guidance,) = of_type(bundle, "GuidanceResponse")
    assert guidance["status"] == "data-required"
    asked = [
        {part["url"]: part for part in need["extension"][0]["extension"]}
        for need in guidance["dataRequirement"]
    ]
    assert [parts["fact"]["valueString"] for parts in asked] == [
        entry["fact"] for entry in decision["missing"]
    ]
    assert [parts["rank"]["valuePositiveInt"] for parts in asked] == list(range(1, len(asked) + 1))
    by_fact = {
        parts["fact"]["valueString"]: need
        for parts, need in zip(asked, guidance["dataRequirement"], strict=True)
    }
    assert by_fact["conditions_reviewed"]["type"] == "Condition"
    assert {c["code"] for c in by_fact["sbp_rest"]["codeFilter"][0]["code"]} >= {"8480-6"}


def test_the_dose_of_the_plan_is_the_dose_of_the_decision(
    decisions: dict[str, Json], bundles: dict[str, Json]
) -> None:
    decision, bundle = (
        decisions["sedentary-wants-hiit.request.json"],
        bundles["sedentary-wants-hiit.request.json"],
    )
    (plan,) = of_type(bundle, "CarePlan")
    assert "reference" in plan["activity"][0]
    aerobic = plan["activity"][1]["detail"]
    part = decision["plan"]["components"][0]
    assert aerobic["scheduledTiming"]["repeat"] == {
        "frequency": part["frequency"][0],
        "frequencyMax": part["frequency"][1],
        "period": 1,
        "periodUnit": "wk",
        "duration": part["time_min"][0],
        "durationMax": part["time_min"][1],
        "durationUnit": "min",
    }
    low, high = part["intensity"]["hr_bpm"]
    assert f"heart rate {low} to {high}/min" in aerobic["description"]
    weekly = next(goal for goal in of_type(bundle, "Goal") if "meta" in goal)
    target = weekly["target"][0]
    assert target["measure"]["coding"][0]["code"] == "82290-8"
    assert target["detailQuantity"]["value"] == decision["goals"][1]["target"]
    assert target["detailQuantity"]["code"] == "min/wk"


def test_the_same_decision_is_written_the_same(
    client: FlaskClient, decisions: dict[str, Json], bundles: dict[str, Json]
) -> None:
    decision, bundle = decisions["a hold"], bundles["a hold"]
    assert read(client, decision) == bundle


def test_hostile_words_are_text_in_the_narrative_and_nothing_else(
    client: FlaskClient, core: CoreService
) -> None:
    words = '</div><script>alert("1")</script>&amp;<!-- ]]>'
    request = {**dict(body({})), "preferences": {"goals": [words]}}
    decision = client.post("/v1/decisions", json=request).get_json()
    bundle = core.fhir.bundle(decision, Asked())
    (own,) = [goal for goal in of_type(bundle, "Goal") if "expressedBy" in goal]
    assert faults_of_bundle(bundle) == []
    assert "<script" not in own["text"]["div"]
    assert own["description"]["text"] == words


def test_free_text_that_was_not_kept_is_not_read_back(client: FlaskClient) -> None:
    request = {**dict(body({})), "preferences": {"goals": ["meet Zebulon"]}}
    decision = client.post("/v1/decisions", json=request).get_json()
    assert "Zebulon" not in json.dumps(read(client, decision))


def test_drafts_are_the_resources_of_the_bundle_and_point_to_one_another_only(
    core: CoreService, decisions: dict[str, Json], bundles: dict[str, Json]
) -> None:
    """What CDS Hooks suggests."""
    asked = Asked(SUBJECT, "Encounter/3", PRACTITIONER)
    for name, decision in decisions.items():
        drafts = core.fhir.drafts(decision, asked)
        types = ("CommunicationRequest", "CarePlan", "ServiceRequest", "Goal")
        assert [draft["id"] for draft in drafts] == [
            resource["id"] for resource in of_type(bundles[name], *types)
        ]
        here = {f"urn:uuid:{draft['id']}" for draft in drafts}
        assert set(references(list(drafts))) <= here | GIVEN


@pytest.mark.skipif(not INTEROP.is_dir(), reason="the published profiles are absent")
def test_a_shape_that_is_broken_is_seen(bundles: dict[str, Json]) -> None:
    """The check of shapes is one that can fail."""
    whole = bundles["sedentary-wants-hiit.request.json"]
    for type_, member in (
        ("ServiceRequest", "requester"),
        ("ServiceRequest", "category"),
        ("CarePlan", "category"),
        ("Goal", "category"),
    ):
        resource = next(r for r in of_type(whole, type_) if "profile" in r.get("meta", {}))
        broken = {key: value for key, value in resource.items() if key != member}
        assert profile_faults(broken, CONFORMANCE) != []
    order = of_type(whole, "ServiceRequest")[0]
    assert profile_faults({**order, "intent": "proposal"}, CONFORMANCE) != []


@pytest.mark.slow
def test_anybody_is_written_validly(core: CoreService, service: Service) -> None:
    """Random people, with everything the vocabulary holds."""

    @hypothesis.settings(max_examples=100)
    @hypothesis.given(intakes(service))
    def check(intake: Intake) -> None:
        decision = json.loads(canonical(core.decide(intake, TODAY)))
        recorded = {"id": "0" * 32, "created": f"{TODAY}T09:30:00Z", **decision}
        bundle = core.fhir.bundle(recorded, Asked(SUBJECT))
        assert faults_of_bundle(bundle, GIVEN) == []
        if decision["plan"] is None:
            assert of_type(bundle, "CarePlan") == []

    check()
