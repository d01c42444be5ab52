"""The record as AuditEvents of FHIR: valid, shaped as BALP, and without anybody's name."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.audit.chain import KEY_ROTATED
from cds.audit.erasure import ERASURE, HOLD, RELEASE, RETENTION, About, Actor, erase
from cds.audit.knowledge_store import KNOWLEDGE_CHANGED
from cds.audit.opening import CONFIGURATION, LOSS_ACCEPTED
from cds.audit.rekeying import DATABASE_KEY_CHANGED
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.cli.replays import IMPACT
from cds.feedback.events import FEEDBACK
from cds.http.core import CoreService
from cds.http.pipeline import DECISION, ENGINE_ERROR, FOLLOW_UP
from cds.knowledge.audit_events import OTHER
from cds.population.record import POPULATION
from cds.replay.answering import REPLAY
from cds.secret import pseudonym
from cds.trust.api_keys import CREATED, REVOKED
from cds.trust.refusals import REFUSAL
from tests.api.conftest import NOW
from tests.api.test_decisions import BODY
from tests.fhir.validity import faults_of

Json = dict[str, Any]
DCM = "http://dicom.nema.org/resources/ontology/DCM"
ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
BALP = "https://profiles.ihe.net/ITI/BALP"
#: What IHE.BasicAudit.Create demands of `agent` and `entity`: by type, with what must be there.
AGENTS = {"110153": ("who", "network"), "110152": ("who", "network")}
SEEN = {
    *("decision", "follow_up", "feedback", "refusal", "replay", "erasure", "export"),
    *("api_key_created", "configuration"),
}


@pytest.fixture
def told(client: FlaskClient, store: Store) -> list[Json]:
    """One event of each kind that a client makes, and some that it does not."""
    answer = client.post("/v1/decisions", json=BODY)
    id = answer.get_json()["id"]
    request_id = answer.headers["X-Request-Id"]
    client.post("/v1/decisions", json={"facts": {"age": 50}})
    gone = client.post("/v1/decisions", json={**BODY, "subject": {"id": "gone"}}).get_json()["id"]
    client.post("/v1/follow-ups", json={"decision": id, "evaluation_date": "2026-12-02"})
    client.post(f"/v1/decisions/{id}/feedback", json={"outcome": "accepted", "user": "Dr Zebulon"})
    client.post(f"/v1/decisions/{id}/replay")
    client.post("/v1/decisions", json={"subject": {"id": "Zebulon-Quagmire"}, "facts": 7})
    erase(store, About(record_id=gone), Actor("account", NOW))
    store.append(Draft("api_key_created", {"by": "account"}, NOW, ""))
    store.append(Draft("configuration", {"host": "x"}, NOW, "", sealed=False))
    found = client.get("/v1/audit/events")
    assert (found.status_code, found.mimetype) == (200, "application/fhir+ndjson")
    events = [json.loads(line) for line in found.text.splitlines()]
    assert request_id in json.dumps(events[0])
    return events


def kind_of(event: Json) -> str:
    """The kind of the record that is told."""
    return str(event["subtype"][-1]["code"])


def by_type(entries: list[Json]) -> dict[str, list[Json]]:
    """Agents or entities by the code of their type."""
    found: dict[str, list[Json]] = {}
    for entry in entries:
        code = entry["type"].get("code") or entry["type"]["coding"][0]["code"]
        found.setdefault(code, []).append(entry)
    return found


def test_every_event_is_valid_and_the_export_is_the_last_of_them(
    told: list[Json], store: Store
) -> None:
    assert [fault for event in told for fault in faults_of(event)] == []
    assert [event["id"] for event in told] == [entry.id for entry in store.entries()]
    assert set(map(kind_of, told)) == SEEN
    last = list(store.entries())[-1]
    assert kind_of(told[-1]) == "export"
    assert json.loads(last.body)["of"] == "audit_events"


def test_what_is_created_has_the_shape_of_its_profile(told: list[Json]) -> None:
    claimed = [event for event in told if "meta" in event]
    assert [kind_of(e) for e in claimed] == ["decision", "decision", "follow_up", "feedback"]
    for event in claimed:
        (profile,) = event["meta"]["profile"]
        assert event["type"]["code"] == "rest"
        assert {"system": "http://hl7.org/fhir/restful-interaction", "code": "create"}.items() <= (
            event["subtype"][0].items()
        )
        assert (event["action"], event["outcome"]) == ("C", "0")
        agents, entities = by_type(event["agent"]), by_type(event["entity"])
        for code, members in AGENTS.items():
            (agent,) = agents[code]
            assert {*members, "requestor"} <= agent.keys()
        assert [agent["requestor"] for agent in event["agent"]].count(True) == 1
        assert (len(entities["2"]), entities["2"][0]["role"]["code"]) == (1, "4")
        patients = entities.get("1", [])
        assert len(patients) == profile.endswith("PatientCreate")
        assert all(each["role"]["code"] == "1" for each in patients)
        assert profile.startswith(f"{BALP}/StructureDefinition/IHE.BasicAudit.")
        if kind_of(event) != "feedback":
            (request,) = entities["XrequestId"]
            assert len(request["what"]["identifier"]["value"]) == 36
    names = [event["meta"]["profile"][0].rpartition(".")[2] for event in claimed]
    assert names == ["PatientCreate", "Create", "PatientCreate", "PatientCreate"]


def test_all_that_is_about_one_person_names_one_pseudonym_and_nobody_is_named(
    told: list[Json],
) -> None:
    patients = {
        kind_of(event): entity["what"]["identifier"]["value"]
        for event in told
        for entity in by_type(event["entity"]).get("1", [])
    }
    expected = pseudonym(b"test key", "Zebulon-Quagmire")
    assert patients == dict.fromkeys(("decision", "follow_up", "feedback"), expected)
    text = json.dumps(told)
    for absent in ("Zebulon", "gone", "climb", "sbp_rest", "osteoporosis", "Observation/17"):
        assert absent not in text.replace(expected, "").replace("erased", ""), absent


def test_what_was_erased_is_told_without_whom_it_was_about(told: list[Json]) -> None:
    (event,) = (event for event in told if "erased" in json.dumps(event["entity"]))
    assert (kind_of(event), "meta" in event, len(event["entity"])) == ("decision", False, 1)


def test_who_gave_a_command_is_a_person_and_a_key_is_a_client(told: list[Json]) -> None:
    asked = {kind_of(event): by_type(event["agent"]) for event in told}
    (account,) = asked["erasure"]["AUT"]
    assert account["who"]["identifier"]["value"] == "account"
    assert asked["replay"]["110153"][0]["who"]["identifier"]["value"] == "open"
    assert "AUT" not in asked["configuration"]


def test_a_period_is_of_whole_days_and_a_wrong_one_is_refused(
    client: FlaskClient, told: list[Json]
) -> None:
    def count(query: str) -> int:
        return len(client.get(f"/v1/audit/events{query}").text.splitlines())

    day = NOW.date().isoformat()
    assert count(f"?from={day}&to={day}") == len(told) + 1
    assert (count("?to=2026-11-21"), count("?from=2026-11-23")) == (0, 0)
    for query in ("?from=2026-13-01", "?to=x", "?form=2026-11-21", f"?from={day}&to=2026-11-01"):
        assert client.get(f"/v1/audit/events{query}").status_code == 422


def test_every_kind_that_the_code_names_is_told_as_what_it_is(core: CoreService) -> None:
    """A kind that is not listed would be told as any activity."""
    named = {DECISION, FOLLOW_UP, ENGINE_ERROR, FEEDBACK, REFUSAL, REPLAY, IMPACT, POPULATION}
    named |= {ERASURE, RETENTION, HOLD, RELEASE, KNOWLEDGE_CHANGED, CONFIGURATION, KEY_ROTATED}
    named |= {CREATED, REVOKED, LOSS_ACCEPTED, DATABASE_KEY_CHANGED, "head_adopted", "export"}
    assert set(core.fhir.audit_events.kinds) == named | {OTHER}
