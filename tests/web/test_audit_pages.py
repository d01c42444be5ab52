"""The auditor's pages: what is found, what is shown of it, and that nothing stored runs."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace

from cds.audit.database import record
from cds.audit.erasure import About, Actor, erase
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.feedback import searching
from cds.http.core import CoreService
from cds.http.parts import EXTENSION
from tests.api.adult import body, decide
from tests.api.conftest import NOW, build, client, store

__all__ = ["build", "client", "store"]

WELL, HIGH = body({}), body({"sbp_rest": 195})
SCRIPT = "<script>alert(1)</script>"
HOSTILE = (SCRIPT, "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1", "**bold** [x](javascript:alert(1))")


def token(client: FlaskClient, path: str) -> str:
    """The token of the form on a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found.group(1)


def send(client: FlaskClient, page: str, to: str, **fields: str) -> Any:
    """Sends a form of a page."""
    return client.post(to, data={"csrf_token": token(client, page), **fields})


def found(client: FlaskClient, query: str = "") -> list[str]:
    """The ids of the decisions that a search shows, in their order."""
    answer = client.get(f"/audit{query}")
    assert answer.status_code == 200
    table = answer.text.partition("<tbody>")[2]
    return re.findall(r'href="/audit/decisions/(\w+)"', table)


def test_a_search_finds_by_disposition_rule_and_outcome(client: FlaskClient) -> None:
    well, high = decide(client, WELL)["id"], decide(client, HIGH)["id"]
    fired = [e["rule"] for e in decide(client, HIGH)["explanations"] if e["state"] == "fired"]
    latest = found(client)[0]
    client.post(f"/v1/decisions/{well}/feedback", json={"outcome": "accepted"})
    assert found(client, "?kind=decision") == [latest, high, well]
    disposition = client.get(f"/v1/decisions/{high}").get_json()["disposition"]
    assert found(client, f"?disposition={disposition}") == [latest, high]
    alone = next(rule for rule in fired if rule not in client.get(f"/v1/decisions/{well}").text)
    assert found(client, f"?rule={alone}") == [latest, high]
    assert found(client, f"?rule={alone.rpartition('.')[0]}&outcome=none")[:2] == [latest, high]
    assert found(client, "?outcome=accepted") == [well]
    assert found(client, "?outcome=overridden") == []


def test_the_answer_to_the_whole_counts_before_one_to_a_part(client: FlaskClient) -> None:
    made = decide(client, HIGH)
    path = f"/v1/decisions/{made['id']}/feedback"
    client.post(path, json={"outcome": "accepted"})
    rule = next(e["rule"] for e in made["explanations"] if e["state"] == "fired")
    told = {"outcome": "overridden", "reason": "supervised", "target": {"type": "rule", "id": rule}}
    assert client.post(path, json=told).status_code == 201
    assert found(client, "?outcome=accepted") == [made["id"]]


def test_both_days_of_a_period_are_in_it(client: FlaskClient) -> None:
    made, day = decide(client, WELL)["id"], NOW.date()
    assert found(client, f"?from={day}&to={day}") == [made]
    assert found(client, f"?to={day - timedelta(days=1)}") == []
    assert found(client, f"?from={day + timedelta(days=1)}") == []


def test_a_page_ends_and_the_next_goes_on(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each record stands on exactly one page, also where batches and pages end apart."""
    monkeypatch.setattr(searching, "_ROWS", 2)
    monkeypatch.setattr(searching, "_AT_ONCE", 3)
    made = [decide(client, WELL)["id"] for _ in range(5)][::-1]
    pages, query = [], "?kind=decision"
    while query:
        text = client.get(f"/audit{query}").text
        pages.append(found(client, query))
        older = re.search(r'href="/audit(\?[^"]+)">Older', text)
        query = older.group(1).replace("&amp;", "&") if older else ""
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [id for page in pages for id in page] == made


def test_a_search_opens_no_more_than_it_says(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_MOST", 4)
    monkeypatch.setattr(searching, "_AT_ONCE", 2)
    for _ in range(6):
        decide(client, WELL)
    text = client.get("/audit?disposition=emergency").text
    assert "Found: 0. Records looked at, newest first: 4." in text
    assert "Older records" in text


@pytest.mark.parametrize(
    "query", ["?from=yesterday", "?kind=nothing", "?disposition=x", "?before=-1", "?name=Smith"]
)
def test_what_cannot_be_asked_is_said_on_the_page(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/audit{query}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_what_was_erased_is_counted_and_says_nothing(client: FlaskClient, store: Store) -> None:
    made = decide(client, WELL)["id"]
    erase(store, About(record_id=made), Actor("officer", NOW))
    text = client.get("/audit").text
    assert "erased" in text
    assert "officer" in text
    assert found(client) == []
    assert client.get(f"/audit/decisions/{made}").status_code == 410


def test_the_page_of_a_decision_tells_all_that_is_recorded(client: FlaskClient) -> None:
    made = decide(client, HIGH)
    client.post(
        f"/v1/decisions/{made['id']}/feedback",
        json={"outcome": "overridden", "reason": "supervised", "user": "dr k", "location": "ward"},
    )
    text = client.get(f"/audit/decisions/{made['id']}").text
    for told in (made["receipt"]["hash"], "sbp_rest", "dr k", "ward", made["knowledge"]["version"]):
        assert told in text, told
    assert made["knowledge"]["sha256"] in text
    for reason in made["explanations"]:
        assert f'href="/rules/{reason["rule"]}"' in text


def test_a_replay_tells_its_outcome_and_is_recorded(client: FlaskClient, store: Store) -> None:
    page = f"/audit/decisions/{decide(client, HIGH)['id']}"
    before = store.checkpoint(NOW).size
    answer = send(client, page, f"{page}/replay")
    assert answer.status_code == 200
    assert "<strong>Equal</strong>" in answer.text
    assert "<strong>Unchanged</strong>" in answer.text
    (entry,) = store.entries(record.c.seq > before)
    assert entry.kind == "replay"


def test_a_check_in_has_its_page_and_replay_too(client: FlaskClient) -> None:
    told = {"evaluation_date": "2026-11-22", "facts": {"age": 45}}
    made = client.post("/v1/follow-ups", json=told).get_json()
    page = f"/audit/decisions/{made['id']}"
    assert "Check-in: " in client.get(page).text
    assert "<strong>Equal</strong>" in send(client, page, f"{page}/replay").text


@pytest.mark.parametrize("id", ["0" * 32, "nothing", "..%2f"])
def test_there_is_no_page_of_what_was_not_decided(client: FlaskClient, id: str) -> None:
    assert client.get(f"/audit/decisions/{id}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/audit/status", "/audit/checkpoint", "/audit/export", "/audit/decisions/x/replay"]
)
def test_nothing_is_done_without_the_token_of_a_form(client: FlaskClient, path: str) -> None:
    assert client.post(path).status_code == 403


def test_the_status_says_sound_or_the_first_bad_record(client: FlaskClient, store: Store) -> None:
    for _ in range(3):
        decide(client, WELL)
    assert "Not examined on this page yet" in client.get("/audit/status").text
    assert "All records are what was written" in send(client, *["/audit/status"] * 2).text
    with store.turn() as turn:
        turn.connection.exec_driver_sql("DROP TRIGGER IF EXISTS record_no_update")
        for (name,) in turn.connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).all():
            turn.connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        turn.connection.execute(record.update().where(record.c.seq == 2).values(created="2020"))
    assert "Record 2 is not what was written" in send(client, *["/audit/status"] * 2).text


def test_a_checkpoint_is_signed_and_downloaded(client: FlaskClient, store: Store) -> None:
    decide(client, WELL)
    answer = send(client, "/audit/status", "/audit/checkpoint")
    line = answer.get_json()
    assert line["hash"] == store.checkpoint(NOW).hash
    assert {"signature", "public_key", "size", "time"} < set(line)
    assert "attachment" in answer.headers["Content-Disposition"]


def test_an_export_is_recorded_and_safe_to_open(client: FlaskClient, store: Store) -> None:
    made = decide(client, WELL)["id"]
    for text in HOSTILE[1:5]:
        told = {"outcome": "accepted", "user": text, "location": text}
        assert client.post(f"/v1/decisions/{made}/feedback", json=told).status_code == 201
    answer = send(client, "/audit/status", "/audit/export", format="csv")
    assert answer.mimetype == "text/csv"
    cells = [cell.strip('"') for cell in re.split(r"[,\r\n]+", answer.text)]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@")]
    assert any(entry.kind == "export" for entry in store.entries())
    told = send(client, "/audit/status", "/audit/export", format="json").get_json()
    assert len(told["feedback"]) == 4
    refused = send(client, "/audit/status", "/audit/export", **{"from": "never"})
    assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)


def test_the_charts_say_what_was_counted(client: FlaskClient) -> None:
    made = decide(client, HIGH)
    rule = next(e["rule"] for e in made["explanations"] if e["state"] == "fired")
    told = {"outcome": "overridden", "reason": "supervised", "target": {"type": "rule", "id": rule}}
    client.post(f"/v1/decisions/{made['id']}/feedback", json=told)
    text = client.get("/audit/rules").text
    assert 'aria-label="Overridden: 100.0 percent"' in text
    assert 'aria-label="Fires in 100.0 of 100 answers"' in text
    assert "Fired in 1 of 1 answers. That is 100.0 of 100." in client.get(f"/rules/{rule}").text


def test_stored_text_is_shown_and_never_run(core: CoreService, build: Callable[..., Flask]) -> None:
    """Every field that somebody else can fill: goals, wishes, names, places, comments."""
    app = build(core)
    parts = app.extensions[EXTENSION]
    keeping = replace(parts.pipeline, keep_text=True)
    app.extensions[EXTENSION] = replace(parts, pipeline=keeping)
    client = app.test_client()
    planted = {"goals": list(HOSTILE), "likes": [SCRIPT], "dislikes": [SCRIPT]}
    made = decide(client, {**WELL, "preferences": planted})
    for text in HOSTILE:
        told = {"outcome": "accepted", "user": text, "location": text, "comment": text}
        answer = client.post(f"/v1/decisions/{made['id']}/feedback", json=told)
        assert answer.status_code == 201
    parts.store.append(Draft("export", {"by": SCRIPT, "of": SCRIPT}, NOW, "", sealed=False))
    pages = ("/audit", f"/audit/decisions/{made['id']}", "/audit/rules", "/audit/status")
    shown = {page: client.get(page).text for page in pages}
    shown["replay"] = send(client, pages[1], f"{pages[1]}/replay").text
    for page, text in shown.items():
        assert SCRIPT not in text, page
        assert 'href="javascript' not in text, page
    assert shown[pages[1]].count("&lt;script&gt;alert(1)") >= 4
    assert "&lt;script&gt;" in shown["/audit"]
