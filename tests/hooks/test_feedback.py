"""Feedback on cards: kept with the decision behind the card, however late and however often."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.hook_settings import HookSettings
from cds.http.core import CoreService
from tests.hooks.calls import (
    ANSWERS,
    CORONARY,
    DISCHARGE,
    HEALTHY_ANSWERS,
    HIGH_PRESSURE,
    VIEW,
    body,
    cards,
    places,
    post,
    prefetch,
    searchset,
)
from tests.hooks.conftest import Build, client_of

WHEN = "2026-11-22T09:00:00Z"
HL7 = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
UNKNOWN = "00000000-0000-4000-8000-000000000010"


@pytest.fixture
def alone(build: Build) -> FlaskClient:
    """A client of an application with a record of its own."""
    return build(HookSettings(public_url="https://cds.example.org"))


def _accepted(card: dict[str, Any]) -> dict[str, Any]:
    accepted = [{"id": card["suggestions"][0]["uuid"]}]
    return {
        "card": card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": accepted,
        "outcomeTimestamp": WHEN,
    }


def _overridden(card: str, **reason: Any) -> dict[str, Any]:
    report = {"card": card, "outcome": "overridden", "outcomeTimestamp": WHEN}
    return {**report, **({"overrideReason": reason} if reason else {})}


def _send(client: FlaskClient, *reports: Any, service: str = VIEW) -> Any:
    return post(client, f"{service}/feedback", {"feedback": list(reports)})


def _plan(client: FlaskClient) -> dict[str, Any]:
    return cards(client, VIEW, body(VIEW, extension={ANSWERS: HEALTHY_ANSWERS}))[0]


def _hold(client: FlaskClient) -> dict[str, Any]:
    sent = prefetch(observations=searchset(HIGH_PRESSURE))
    return cards(client, VIEW, body(VIEW, prefetch=sent))[0]


def _kept(client: FlaskClient, card: dict[str, Any]) -> list[dict[str, Any]]:
    id_ = card["links"][0]["url"].rpartition("/")[2]
    events: list[dict[str, Any]] = client.get(f"/v1/decisions/{id_}/feedback").get_json()["events"]
    return events


def test_an_accepted_suggestion_is_kept_with_its_decision(client: FlaskClient) -> None:
    card = _plan(client)
    answer = _send(client, _accepted(card))
    assert (answer.status_code, answer.get_json()) == (200, {"recorded": 1, "unknown": 0})
    (event,) = _kept(client, card)
    assert (event["outcome"], event["source"], event["target"]["type"]) == (
        "accepted",
        "cds_hooks",
        "decision",
    )
    assert event["suggestions"] == [card["suggestions"][0]["uuid"]]
    assert event["at"] == "2026-11-22T09:00:00+00:00"


def test_feedback_on_a_verdict_is_about_the_rule_that_gave_it(client: FlaskClient) -> None:
    card = _hold(client)
    reason = {"system": HL7, "code": "patient-refuses"}
    _send(client, _overridden(card["uuid"], reason=reason))
    (event,) = _kept(client, card)
    assert event["target"]["type"] == "rule"
    assert event["target"]["id"].startswith("contraindications.")
    assert event["reason"]["code"] == "patient_declines"


def test_feedback_on_a_referral_is_about_its_rule(client: FlaskClient) -> None:
    sent = prefetch(conditions=searchset(CORONARY))
    (card,) = cards(client, DISCHARGE, body(DISCHARGE, prefetch=sent))
    _send(client, _accepted(card), service=DISCHARGE)
    assert _kept(client, card)[0]["target"]["type"] == "rule"


@pytest.mark.parametrize(
    ("coding", "code"),
    [
        ({"system": HL7, "code": "action-completed"}, "already_done"),
        ({"system": "urn:exercise-cds:override-reason", "code": "supervised"}, "supervised"),
        ({"code": "not_feasible"}, "not_feasible"),
        ({"system": "https://ehr.example.org", "code": "77"}, "other"),
        ({"system": HL7, "code": 7}, "other"),
        ({}, "other"),
    ],
)
def test_reasons_are_counted_as_those_of_this_service(
    client: FlaskClient, coding: dict[str, Any], code: str
) -> None:
    card = _plan(client)
    _send(client, _overridden(card["uuid"], reason=coding))
    assert _kept(client, card)[0]["reason"]["code"] == code


def test_every_offered_reason_is_counted(core: CoreService) -> None:
    assert {override.reason for override in core.hooks.overrides} <= {*core.feedback.reasons}


def test_a_reason_is_not_demanded(client: FlaskClient) -> None:
    card = _plan(client)
    _send(client, _overridden(card["uuid"]), _overridden(card["uuid"], userComment="not now"))
    assert [event["reason"] for event in _kept(client, card)] == [None, None]


def test_a_comment_is_answered_to_nobody_and_not_kept_by_default(
    alone: FlaskClient, store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    card, words = _plan(alone), "Zebulon lives next door"
    answer = _send(alone, _overridden(card["uuid"], userComment=words))
    recorded = " ".join(store.text_of(entry) for entry in store.entries())
    out, err = capfd.readouterr()
    assert [t for t in (answer.get_data(as_text=True), recorded, out, err) if "Zebulon" in t] == []


def test_the_same_card_is_reported_again_and_with_others(client: FlaskClient) -> None:
    plan, hold = _plan(client), _hold(client)
    first = [_accepted(plan), _overridden(hold["uuid"]), _accepted(plan)]
    assert _send(client, *first).get_json() == {"recorded": 3, "unknown": 0}
    assert _send(client, *first).get_json() == {"recorded": 3, "unknown": 0}
    assert len(_kept(client, plan)) == 4


def test_the_card_is_found_again_after_a_restart(
    build: Build, core: CoreService, store: Store
) -> None:
    """Nothing about cards is kept in the process: the id of a card leads to its decision."""
    card = _plan(build(HookSettings(public_url="https://cds.example.org")))
    again = Store(str(store._engine.url), Keys(b"test key"))
    try:
        other = client_of(core, again)
        assert _send(other, _accepted(card)).get_json() == {"recorded": 1, "unknown": 0}
    finally:
        again.close()


def test_an_unknown_card_is_counted_and_breaks_nothing(client: FlaskClient) -> None:
    """A suggestion's id is none of a card, and a decision's record is none that is guessed."""
    plan = _plan(client)
    others = (UNKNOWN, plan["suggestions"][0]["uuid"], "ffffffff-ffff-ffff-ffff-ffffffffffff")
    reports = [_overridden(id_) for id_ in others]
    answer = _send(client, *reports, _overridden(plan["uuid"]))
    assert (answer.status_code, answer.get_json()) == (200, {"recorded": 1, "unknown": 3})


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"card": "no-uuid"}, "/card"),
        ({"card": None}, "/card"),
        ({"outcome": "maybe"}, "/outcome"),
        ({"outcomeTimestamp": "yesterday"}, "/outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-11-22T09:00:00"}, "/outcomeTimestamp"),
        ({"outcome": "accepted"}, "/acceptedSuggestions"),
        ({"outcome": "accepted", "acceptedSuggestions": [{"id": "x"}]}, "/acceptedSuggestions"),
        ({"overrideReason": "no"}, "/overrideReason"),
        ({"overrideReason": {}}, "/overrideReason"),
        ({"overrideReason": {"reason": "no"}}, "/overrideReason/reason"),
        ({"overrideReason": {"userComment": 7}}, "/overrideReason/userComment"),
        ({"overrideReason": {"userComment": "x" * 4_001}}, "/overrideReason/userComment"),
    ],
)
def test_a_report_that_breaks_the_standard_is_refused_at_its_place(
    client: FlaskClient, changed: dict[str, Any], pointer: str
) -> None:
    answer = _send(client, _overridden(UNKNOWN), {**_overridden(UNKNOWN), **changed})
    assert answer.status_code == 400
    assert places(answer) == [f"/feedback/1{pointer}"]


@pytest.mark.parametrize("sent", [{}, [], {"feedback": []}, {"feedback": {}}, {"feedback": [1]}])
def test_a_body_that_holds_no_reports_is_refused(client: FlaskClient, sent: Any) -> None:
    assert post(client, f"{VIEW}/feedback", sent).status_code == 400


def test_a_report_of_the_future_is_refused(client: FlaskClient) -> None:
    report = {**_overridden(_plan(client)["uuid"]), "outcomeTimestamp": "2027-01-01T00:00:00Z"}
    answer = _send(client, report)
    assert answer.status_code == 422
    assert places(answer)[0] == "/feedback/0/outcomeTimestamp"


# --- the whole way, by a client that shares no code with the service


@pytest.fixture
def address(build: Build) -> Iterator[str]:
    """A server on a free port."""
    app = build(HookSettings(public_url="https://cds.example.org")).application
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _fetch(url: str, value: Any = None) -> Any:
    data = None if value is None else json.dumps(value).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.load(answer)


def test_a_client_walks_from_discovery_to_feedback(address: str) -> None:
    services = _fetch(f"{address}/cds-services")["services"]
    service = next(s for s in services if s["hook"] == "patient-view")
    sent: dict[str, Any] = {key: None for key in service["prefetch"]}
    sent["patient"] = {
        "resourceType": "Patient",
        "id": "p",
        "gender": "female",
        "birthDate": "1961-05-20",
    }
    call = {
        "hook": service["hook"],
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/dr", "patientId": "p"},
        "prefetch": sent,
        "extension": {ANSWERS: HEALTHY_ANSWERS},
    }
    (card,) = _fetch(f"{address}/cds-services/{service['id']}", call)["cards"]
    taken = card["suggestions"][0]
    assert {a["resource"]["resourceType"] for a in taken["actions"]} >= {
        "CarePlan",
        "ServiceRequest",
    }
    report = {
        "card": card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": taken["uuid"]}],
        "outcomeTimestamp": WHEN,
    }
    url = f"{address}/cds-services/{service['id']}/feedback"
    assert _fetch(url, {"feedback": [report]}) == {"recorded": 1, "unknown": 0}
    id_ = card["links"][0]["url"].rpartition("/")[2]
    kept = _fetch(f"{address}/v1/decisions/{id_}/feedback")
    assert [event["outcome"] for event in kept["events"]] == ["accepted"]
