"""A replay that is asked for over HTTP answers for then and for now, and is itself recorded."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.audit.erasure import About, Actor, erase
from cds.audit.knowledge_store import put_knowledge
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.loading import core_of
from cds.knowledge.files import ROOT
from cds.service import Service, build_service
from cds.trust.roles import ANYBODY
from tests.api.adult import body, decide
from tests.api.conftest import NOW
from tests.api.hostile import CANARY
from tests.follow_up.checking_in import body_of


def _replayed(client: FlaskClient, kind: str, id: str) -> dict[str, Any]:
    answer = client.post(f"/v1/{kind}/{id}/replay")
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_decision_and_a_check_in_come_out_equal_and_the_replay_is_recorded(
    client: FlaskClient, store: Store
) -> None:
    """Who asked is not known yet, and nothing of the person is said."""
    decision = decide(client, body({}, subject={"id": CANARY}))["id"]
    told = client.post("/v1/follow-ups", json=body_of({}, decision=decision)).get_json()["id"]
    for id, address, kind in (
        (decision, "decisions", "decision"),
        (told, "follow-ups", "follow_up"),
    ):
        found = _replayed(client, address, id)
        assert found["recorded"]["outcome"] == "equal"
        assert found["current"]["changes"] == ["unchanged"]
        assert found["current"]["difference"] == {}
        event = list(store.entries())[-1]
        assert found["receipt"] == {"sequence": event.seq, "hash": event.hash}
        assert json.loads(event.body) == {
            "current": ["unchanged"],
            "kind": kind,
            "of": id,
            "recorded": "equal",
            "who": ANYBODY.as_json(),
        }
    assert store.verify() is None


def test_the_knowledge_may_be_named_and_only_one_that_there_is(client: FlaskClient) -> None:
    id = decide(client, body({}))["id"]
    for knowledge in ("recorded", "current"):
        found = client.post(f"/v1/decisions/{id}/replay?knowledge={knowledge}").get_json()
        assert found["recorded"]["outcome"] == "equal"
        assert found["current"]["difference"] == {}
    refused = client.post(f"/v1/decisions/{id}/replay?knowledge=newest")
    assert refused.status_code == 422
    assert refused.get_json()["errors"] == [
        {
            "pointer": "?/knowledge",
            "detail": "This value is not known here. Use one of: recorded, current.",
        }
    ]


@pytest.mark.slow
def test_what_other_knowledge_changes_is_told_in_parts(
    client: FlaskClient, build: Callable[[Any], Flask], service: Service, store: Store
) -> None:
    """Here the site follows another position now; the one of then is in the record."""
    id = decide(client, body({"sbp_rest": 185}))["id"]
    put_knowledge(store, ROOT, service.knowledge.sha256)
    policies = {"resting_bp_hold": "above_200_110"}
    site = core_of(build_service(service.knowledge, service.rules, site_policies=policies))
    found = _replayed(build(site).test_client(), "decisions", id)
    assert found["recorded"]["outcome"] == "equal"
    assert found["current"]["changes"] == ["newly_permitted"]
    disposition = found["current"]["difference"]["disposition"]
    assert disposition == {"before": "hold_today", "after": "proceed_with_limits"}


def test_an_erased_decision_is_said_to_be_erased(client: FlaskClient, store: Store) -> None:
    id = decide(client, body({}, subject={"id": CANARY}))["id"]
    erase(store, About(record_id=id), Actor("a tester", NOW))
    found = _replayed(client, "decisions", id)
    assert (found["recorded"]["outcome"], found["current"]) == ("erased", None)
    assert client.get(f"/v1/decisions/{id}").status_code == 410


def test_a_changed_record_is_not_replayed(
    client: FlaskClient, store: Store, tmp_path: Path
) -> None:
    id = decide(client, body({}))["id"]
    connection = sqlite3.connect(tmp_path / "records.sqlite3")
    connection.execute("DROP TRIGGER record_no_update")
    connection.execute("UPDATE record SET body = '{}'")
    connection.commit()
    connection.close()
    assert client.post(f"/v1/decisions/{id}/replay").status_code == 503


@pytest.mark.parametrize("id", ["0" * 32, "x", "%00"])
def test_what_was_never_recorded_is_not_found(client: FlaskClient, id: str) -> None:
    assert client.post(f"/v1/decisions/{id}/replay").status_code == 404


def test_a_decision_is_no_check_in(client: FlaskClient, core: CoreService) -> None:
    id = decide(client, body({}))["id"]
    assert client.post(f"/v1/follow-ups/{id}/replay").status_code == 404
    assert client.post(f"/v1/decisions/{id}/replay?x=1").status_code in (400, 422)
