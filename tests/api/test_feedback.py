"""Feedback is recorded with its decision, counted once however often it is told, and erased."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.audit.erasure import About, Actor, erase
from cds.audit.store import Store
from cds.feedback.recording import Desk, record_feedback
from cds.http.core import CoreService
from cds.http.parts import EXTENSION, Parts
from cds.model.feedback import Feedback, Outcome, Source, Target, TargetType
from tests.api.adult import body, decide
from tests.api.conftest import NOW
from tests.api.hostile import CANARY
from tests.follow_up.checking_in import body_of

HIGH = {"sbp_rest": 165, "desired_intensity": "vigorous"}
NOBODY = "0" * 32
Json = dict[str, Any]


def give(
    client: FlaskClient, id: str, told: Any, status: int = 201, key: str | None = None
) -> Json:
    headers = {"Idempotency-Key": key} if key else {}
    answer = client.post(f"/v1/decisions/{id}/feedback", json=told, headers=headers)
    assert answer.status_code == status, answer.get_json()
    assert CANARY not in answer.text
    found: Json = answer.get_json()
    return found


def read(client: FlaskClient, id: str) -> Json:
    answer = client.get(f"/v1/decisions/{id}/feedback")
    assert answer.status_code == 200, answer.get_json()
    found: Json = answer.get_json()
    return found


def a_rule(decision: Any) -> str:
    """A rule that fired and found something."""
    found: str = decision["contraindications"][0]["id"]
    return found


def test_an_override_of_a_finding_says_its_rule_version_reason_user_and_place(
    client: FlaskClient,
) -> None:
    decision = decide(client, body(HIGH))
    rule = a_rule(decision)
    told = {
        "outcome": "overridden",
        "target": {"type": "rule", "id": rule},
        "reason": "supervised",
        "user": "dr. k",
        "location": "ward 3",
        "at": "2026-11-22T10:29:00+01:00",
    }
    event = give(client, decision["id"], told)
    explained = {e["rule"]: e for e in decision["explanations"]}[rule]
    assert event["target"] == {
        "type": "rule",
        "id": rule,
        "title": explained["title"],
        "version": explained["version"],
    }
    assert event["reason"] == {
        "system": "urn:exercise-cds:override-reason",
        "code": "supervised",
        "display": "Will be done under closer supervision",
    }
    assert (event["user"], event["location"], event["source"]) == ("dr. k", "ward 3", "api")
    assert event["at"] == "2026-11-22T09:29:00+00:00"
    assert read(client, decision["id"])["events"] == [event]


def test_the_same_feedback_three_times_is_three_events_and_one_outcome(
    client: FlaskClient,
) -> None:
    """REG-05."""
    id = decide(client, body(HIGH))["id"]
    events = [give(client, id, {"outcome": "accepted"}) for _ in range(3)]
    found = read(client, id)
    assert [event["id"] for event in found["events"]] == [event["id"] for event in events]
    assert len({event["id"] for event in events}) == 3
    assert [(f["outcome"], f["event"]) for f in found["final"]] == [("accepted", events[2]["id"])]


def test_the_latest_answer_counts_even_when_it_is_reported_first(client: FlaskClient) -> None:
    id = decide(client, body(HIGH))["id"]
    later = {"outcome": "overridden", "reason": "other", "at": "2026-11-22T09:20:00Z"}
    give(client, id, later)
    give(client, id, {"outcome": "accepted", "at": "2026-11-22T09:10:00Z"})
    (counts,) = read(client, id)["final"]
    assert (counts["outcome"], counts["reason"]["code"]) == ("overridden", "other")


def test_each_part_of_a_decision_has_an_outcome_of_its_own(client: FlaskClient) -> None:
    decision = decide(client, body({}))
    exercise = decision["plan"]["components"][0]["exercises"][0]
    give(client, decision["id"], {"outcome": "accepted"})
    target = {"type": "exercise", "id": exercise["id"]}
    refusal = {"outcome": "overridden", "reason": "patient_declines", "target": target}
    event = give(client, decision["id"], refusal)
    assert event["target"]["title"] == exercise["name"]
    outcomes = {f["target"]["type"]: f["outcome"] for f in read(client, decision["id"])["final"]}
    assert outcomes == {"decision": "accepted", "exercise": "overridden"}


def test_an_idempotency_key_gives_the_same_event_and_stands_for_nothing_else(
    client: FlaskClient,
) -> None:
    id, other = (decide(client, body(HIGH))["id"] for _ in range(2))
    first = give(client, id, {"outcome": "accepted"}, key="k1")
    assert give(client, id, {"outcome": "accepted"}, key="k1") == first
    assert len(read(client, id)["events"]) == 1
    give(client, other, {"outcome": "accepted"}, 422, key="k1")
    give(client, id, {"outcome": "overridden", "reason": "other"}, 422, key="k1")


@pytest.mark.parametrize(
    ("told", "pointer", "detail"),
    [
        ({}, "/outcome", "This is missing."),
        ({"outcome": "acepted"}, "/outcome", "Use one of: accepted, overridden."),
        ({"outcome": "overridden"}, "/reason", "Say why, with one of: not_applicable"),
        ({"outcome": "accepted", "reason": "other"}, "/reason", "goes with an override"),
        ({"outcome": "overridden", "reason": "suprvised"}, "/reason", "Did you mean 'supervised'?"),
        ({"outcome": "accepted", "coment": CANARY}, "/coment", "Did you mean 'comment'?"),
        ({"outcome": "accepted", "at": "2026-11-22T09:00:00"}, "/at", "time zone"),
        ({"outcome": "accepted", "at": CANARY}, "/at", "time zone"),
        ({"outcome": "accepted", "at": "2026-11-22T09:36:00Z"}, "/at", "future"),
        ({"outcome": "accepted", "target": {"type": "card"}}, "/target/type", "Use one of"),
        ({"outcome": "accepted", "target": {"type": "rule"}}, "/target/id", "needs its id"),
        (
            {"outcome": "accepted", "target": {"type": "rule", "id": CANARY}},
            "/target/id",
            "names nothing of this id",
        ),
        (
            {"outcome": "accepted", "target": {"type": "exercise", "id": "A05"}},
            "/target/id",
            "names nothing of this id",
        ),
        ([], "", "must be a JSON object"),
    ],
)
def test_what_cannot_be_recorded_is_refused_where_it_stands(
    client: FlaskClient, told: Any, pointer: str, detail: str
) -> None:
    id = decide(client, body({"tearing_back_pain": True}))["id"]
    refused = {e["pointer"]: e["detail"] for e in give(client, id, told, 422)["errors"]}
    assert detail in refused[pointer]
    assert read(client, id)["events"] == []


def test_a_moment_within_the_tolerance_of_a_fast_clock_is_taken(client: FlaskClient) -> None:
    id = decide(client, body(HIGH))["id"]
    assert give(client, id, {"outcome": "accepted", "at": "2026-11-22T09:35:00Z"})["id"]


@pytest.mark.parametrize("id", [NOBODY, "x", "../etc"])
def test_feedback_to_no_decision_is_not_found(client: FlaskClient, id: str) -> None:
    assert client.get(f"/v1/decisions/{id}/feedback").status_code == 404
    answer = client.post(f"/v1/decisions/{id}/feedback", json={"outcome": "accepted"})
    assert answer.status_code == 404


def test_feedback_to_a_check_in_is_not_found(client: FlaskClient) -> None:
    id = client.post("/v1/follow-ups", json=body_of({})).get_json()["id"]
    give(client, id, {"outcome": "accepted"}, 404)
    assert client.get(f"/v1/decisions/{id}/feedback").status_code == 404


def test_a_comment_is_not_kept_unless_the_operator_wants_it_and_the_answer_says_so(
    client: FlaskClient, build: Callable[[Any], Flask], core: CoreService, store: Store
) -> None:
    """ADR 14: free text stays out of the record by default."""
    id = decide(client, body(HIGH))["id"]
    told = {"outcome": "overridden", "reason": "other", "comment": f"{CANARY} agrees"}
    event = give(client, id, told)
    assert event["comment"] is None
    assert event["comment_note"].startswith("The comment was not recorded")
    assert CANARY not in "".join(store.text_of(entry) for entry in store.entries())
    parts: Parts = build(core).extensions[EXTENSION]
    keeping = Desk(store, parts.desk.terms, parts.desk.knowledge_sha256, keep_text=True)
    given = Feedback(id, Outcome.ACCEPTED, comment="she agrees")
    assert record_feedback(keeping, given, NOW).comment == "she agrees"
    assert [event["comment"] for event in read(client, id)["events"]] == [None, "she agrees"]
    assert all("she agrees" not in entry.body for entry in store.entries())


def test_a_hook_may_override_without_a_reason_and_names_what_was_taken_up(
    client: FlaskClient, build: Callable[[Any], Flask], core: CoreService
) -> None:
    """CH-F1: overrideReason is optional there."""
    decision = decide(client, body(HIGH))
    target = Target(TargetType.RULE, a_rule(decision))
    given = Feedback(
        decision["id"], Outcome.OVERRIDDEN, target, source=Source.CDS_HOOKS, suggestions=("s1",)
    )
    parts: Parts = build(core).extensions[EXTENSION]
    event = record_feedback(parts.desk, given, NOW + timedelta(seconds=1))
    assert (event.reason, event.suggestions) == (None, ("s1",))
    assert event.fired == (target.id,)
    assert read(client, decision["id"])["events"][0]["suggestions"] == ["s1"]


def test_feedback_is_erased_with_its_decision(client: FlaskClient, store: Store) -> None:
    """It is sealed with the key of the decision, whether or not the person is named."""
    for request in (body(HIGH), body(HIGH, subject={"id": "p1"})):
        id = decide(client, request)["id"]
        sequence = give(client, id, {"outcome": "accepted"})["receipt"]["sequence"]
        decided, answered = store.get(id), list(store.entries())[sequence - 1]
        assert decided is not None
        assert decided.key_id == answered.key_id
        erase(store, About(record_id=id), Actor("tester", NOW))
        assert client.get(f"/v1/decisions/{id}/feedback").status_code == 410
        assert give(client, id, {"outcome": "accepted"}, 410)["type"].endswith("erased")
    assert store.verify() is None


def test_the_description_names_every_reason(client: FlaskClient, core: CoreService) -> None:
    document = json.loads(client.get("/openapi.json").text)
    asked = document["components"]["schemas"]["FeedbackRequest"]["properties"]
    assert asked["reason"]["enum"] == list(core.feedback.reasons)
    assert asked["outcome"]["enum"] == ["accepted", "overridden"]
    event = document["components"]["schemas"]["Feedback"]["properties"]
    id = decide(client, body(HIGH))["id"]
    assert set(event) == set(give(client, id, {"outcome": "accepted"}))


def test_the_export_and_the_analytics_are_served_as_described(
    client: FlaskClient, store: Store
) -> None:
    decision = decide(client, body(HIGH))
    rule = a_rule(decision)
    told = {"outcome": "overridden", "reason": "other", "target": {"type": "rule", "id": rule}}
    give(client, decision["id"], {**told, "user": "=cmd"})
    schemas = client.get("/openapi.json").get_json()["components"]["schemas"]
    (row,) = client.get("/v1/feedback").get_json()["feedback"]
    assert set(row) == set(schemas["ExportedFeedback"]["properties"])
    assert (row["intervention"], row["action"], row["user"]) == (rule, "overridden", "=cmd")
    table = client.get("/v1/feedback?format=csv&from=2026-11-22&to=2026-11-22")
    assert (table.mimetype, table.text.count(rule), "'=cmd" in table.text) == ("text/csv", 1, True)
    assert client.get("/v1/feedback?from=2026-11-23").get_json()["feedback"] == []
    exports = [json.loads(e.body) for e in store.entries() if e.kind == "export"]
    assert [(e["by"]["id"], e["of"]) for e in exports] == [("open", "feedback")] * 3
    found = client.get("/v1/analytics/rules").get_json()
    assert set(found) == set(schemas["Analytics"]["properties"])
    uses = {use["rule"]: use for use in found["rules"] if use["kind"] == "decision"}
    assert set(uses[rule]) == set(schemas["RuleUseAnswer"]["properties"])
    assert (uses[rule]["fires"], uses[rule]["feedback"]["overridden"]) == (1, 1)
    fired = {e["rule"] for e in decision["explanations"] if e["state"] == "fired"}
    assert {id for id, use in uses.items() if use["fires"]} == fired
    assert len({use["rule"] for use in found["rules"]}) == len(
        client.get("/v1/rules").get_json()["rules"]
    )


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("from=yesterday", "?/from"),
        ("to=2026-13-01", "?/to"),
        ("from=2026-11-23&to=2026-11-22", "?/to"),
        ("format=xlsx", "?/format"),
        ("form=csv", "?/form"),
    ],
)
def test_a_period_or_format_that_is_not_one_is_refused(
    client: FlaskClient, store: Store, query: str, pointer: str
) -> None:
    answer = client.get(f"/v1/feedback?{query}")
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.get_json()["errors"]] == [pointer]
    assert {entry.kind for entry in store.entries()} == {"refusal"}


def test_a_renamed_code_shows_as_rules_that_fell_silent(client: FlaskClient) -> None:
    """VER-07: the source system calls amiodarone otherwise, and nothing reads it any more."""

    def fired(medication: Json) -> set[str]:
        for _ in range(11):
            request = {**body({}), "medications": [medication]}
            decision = decide(client, request)
        return {e["rule"] for e in decision["explanations"] if e["state"] == "fired"}

    before = fired({"display": "Amiodarone 200 mg"})
    after = fired({"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "0"})
    assert before - after
    found = client.get("/v1/analytics/rules").get_json()["rules"]
    silent = {
        use["rule"]
        for use in found
        if "fell_silent" in [warning["kind"] for warning in use["warnings"]]
    }
    assert silent == before - after
