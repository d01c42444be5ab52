"""Refusals are events of the record: who, where and why, never what was sent, and never a flood."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from cds.audit.store import Store
from cds.errors import AuditError
from cds.trust.refusals import Refusals, Refused
from cds.trust.roles import Role
from tests.trust.asking import ask, bearer, browser
from tests.trust.conftest import Clock
from tests.trust.issuing import NOW

ONE = Refused("POST /v1/decisions", 401, "not-authenticated", None, "address:1")
MINUTE = timedelta(minutes=1)


def recorded(store: Store) -> list[dict[str, Any]]:
    """The refusals in the record, in order."""
    return [
        json.loads(store.text_of(entry)) for entry in store.entries() if entry.kind == "refusal"
    ]


def counts(store: Store) -> list[tuple[str, int]]:
    """How many of which problem."""
    return [(told["problem"], told["count"]) for told in recorded(store)]


def test_the_first_is_recorded_at_once_and_the_others_by_the_minute(store: Store) -> None:
    refusals = Refusals(store)
    for second in range(50):
        refusals.note(ONE, NOW + timedelta(seconds=second))
    assert counts(store) == [("not-authenticated", 1)]
    refusals.settle(NOW + MINUTE)
    (first, others) = recorded(store)
    assert (first["count"], others["count"]) == (1, 49)
    assert (first["route"], first["status"], first["who"]) == ("POST /v1/decisions", 401, None)
    assert (others["first"], others["last"]) == (
        "2026-11-22T09:30:00.000000Z",
        "2026-11-22T09:30:49.000000Z",
    )
    refusals.settle(NOW + 5 * MINUTE)
    refusals.note(ONE, NOW + 6 * MINUTE)
    assert counts(store)[2:] == [("not-authenticated", 1)]
    assert store.verify() is None


def test_no_flood_fills_the_disk(store: Store) -> None:
    """A thousand clients in a minute are a dozen records, and no refusal is lost."""
    refusals = Refusals(store)
    for number in range(1_000):
        refusals.note(Refused("GET /", 401, "x", None, f"address:{number}"), NOW)
    refusals.settle(NOW + MINUTE)
    told = recorded(store)
    assert len(told) == 11
    assert sum(each["count"] for each in told) == 1_000
    assert (told[-1]["client"], told[-1]["count"]) == ("*", 990)


def test_what_cannot_be_recorded_comes_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AuditError("The disk is full.")

    refusals = Refusals(store)
    with monkeypatch.context() as broken:
        broken.setattr(store, "turn", refuse)
        refusals.note(ONE, NOW)
        refusals.note(ONE, NOW)
        refusals.settle(NOW + MINUTE)
    assert recorded(store) == []
    refusals.settle(NOW + MINUTE + timedelta(seconds=59))
    assert recorded(store) == []
    refusals.settle(NOW + 2 * MINUTE)
    assert counts(store) == [("not-authenticated", 2)]


def test_a_process_that_ends_leaves_nothing_behind(store: Store) -> None:
    refusals = Refusals(store)
    unavailable = Refused("POST /v1/decisions", 503, "not-recorded", None, "address:1")
    for each in (ONE, ONE, unavailable):
        refusals.note(each, NOW)
    # That nothing can be recorded is not tried to record at once.
    assert counts(store) == [("not-authenticated", 1)]
    refusals.settle(NOW, ends=True)
    assert Counter(dict(counts(store)[1:])) == {"not-authenticated": 1, "not-recorded": 1}


def test_each_kind_of_refusal_is_an_event_without_what_was_sent(
    build: Callable[..., Flask], tokens: dict[Role, str], store: Store, clock: Clock
) -> None:
    app = build()
    client = app.test_client()
    prescriber, auditor = tokens[Role.PRESCRIBER], tokens[Role.AUDITOR]
    body = {"facts": {"Zebulon": "Quagmire"}, "subject": {"id": "Zebulon"}}
    answers = [
        client.get("/v1/facts"),
        client.post("/v1/decisions", json=body, headers=bearer(auditor)),
        client.post("/v1/decisions", json=body, headers=bearer(prescriber)),
        client.post("/v1/decisions", data=b"{Zebulon", headers=bearer(prescriber)),
        client.get("/v1/decisions/Zebulon", headers=bearer(prescriber)),
        browser(app, prescriber).post("/", data={"goals": "Zebulon"}),
        ask(client, "POST /"),
    ]
    assert [a.status_code for a in answers] == [401, 403, 422, 415, 404, 403, 401]
    told = recorded(store)
    assert [(each["route"], each["problem"]) for each in told] == [
        ("GET /v1/facts", "not-authenticated"),
        ("POST /v1/decisions", "not-allowed"),
        ("POST /v1/decisions", "not-acceptable-input"),
        ("POST /v1/decisions", "unsupported-media-type"),
        ("GET /v1/decisions/<id>", "not-found"),
        ("POST /", "forbidden"),
        ("POST /", "not-authenticated"),
    ]
    ids = [None, *(f"key:{t[4:16]}" for t in (auditor, *[prescriber] * 4)), None]
    assert [each["who"] for each in told] == ids
    assert "Zebulon" not in json.dumps(told)
    assert "127.0.0.1" not in json.dumps(told)


def test_an_address_that_does_not_exist_is_no_event(
    build: Callable[..., Flask], tokens: dict[Role, str], store: Store
) -> None:
    assert build().test_client().get("/wp-login.php").status_code == 404
    assert recorded(store) == []


def test_who_asked_stands_in_the_record_of_a_decision(
    build: Callable[..., Flask], tokens: dict[Role, str], store: Store
) -> None:
    client, key = build().test_client(), tokens[Role.PRESCRIBER]
    answer = client.post("/v1/decisions", json={"facts": {"age": 68}}, headers=bearer(key))
    entry = store.get(answer.get_json()["id"])
    assert entry is not None
    told = json.loads(store.text_of(entry))
    assert told["who"] == {"id": f"key:{key[4:16]}", "roles": ["prescriber"]}
    # It stands beside the decision: what is answered is the same for everybody.
    again = client.get(answer.headers["Location"], headers=bearer(key))
    assert again.get_json() == answer.get_json()
    assert "who" not in answer.get_json()
