"""An answer that rests on rules past their review says so, by the clock, not the day asked for."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace

from cds.api import create_app
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.parts import EXTENSION, Parts
from cds.report import report
from tests.api.adult import body, decide
from tests.follow_up.checking_in import body_of

HIGH = body({"sbp_rest": 165, "desired_intensity": "vigorous"})
At = Callable[[datetime], FlaskClient]


@pytest.fixture
def at(build: Callable[[Any], Flask], core: CoreService) -> At:
    """A client of a service whose clock shows that moment."""

    def client(moment: datetime) -> FlaskClient:
        parts: Parts = build(core).extensions[EXTENSION]
        return create_app(replace(parts, clock=lambda: moment)).test_client()

    return client


def due(core: CoreService, rule: str) -> date:
    found = core.rule(rule)
    assert found is not None
    return date.fromisoformat(found["review_due"])


def after(core: CoreService, days: int) -> datetime:
    """So many days after the first review that is due."""
    first = core._service.first_review
    return datetime(first.year, first.month, first.day, 12, tzinfo=UTC) + timedelta(days=days)


def test_no_answer_is_flagged_on_the_day_that_its_first_review_is_due(
    at: At, core: CoreService
) -> None:
    decision = decide(at(after(core, 0)), HIGH)
    assert decision["knowledge"]["overdue"] == []
    assert {e["review_overdue_since"] for e in decision["explanations"]} == {None}
    assert "Overdue" not in decision["notice"]


def test_each_rule_behind_an_answer_is_flagged_from_the_day_after_its_review_was_due(
    at: At, core: CoreService
) -> None:
    """REG-02, with the same day asked for: only the clock has moved."""
    now = after(core, 1)
    decision = decide(at(now), HIGH)
    expected = {
        e["rule"]: due(core, e["rule"]).isoformat()
        for e in decision["explanations"]
        if due(core, e["rule"]) < now.date()
    }
    assert expected
    found = {
        e["rule"]: e["review_overdue_since"]
        for e in decision["explanations"]
        if e["review_overdue_since"]
    }
    assert found == expected
    assert {o["rule"]: o["since"] for o in decision["knowledge"]["overdue"]} == expected
    said = f"Overdue for review since {min(expected.values())} or later: {len(expected)} of the"
    assert said in decision["notice"]


def test_a_visit_that_is_planned_ahead_is_not_flagged_before_its_time(
    at: At, core: CoreService
) -> None:
    planned = {**HIGH, "evaluation_date": after(core, 5).date().isoformat()}
    assert decide(at(after(core, -5)), planned)["knowledge"]["overdue"] == []


@pytest.mark.slow
def test_the_flag_is_on_the_page_in_the_report_and_in_the_text_for_clinicians(
    at: At, core: CoreService
) -> None:
    client = at(after(core, 40))
    decision = decide(client, HIGH)
    rule = decision["knowledge"]["overdue"][0]
    page = client.get(f"/decisions/{decision['id']}").text
    assert "Overdue for review since" in page
    assert f"overdue for review since {rule['since']}" in page
    told = " ".join(report(decision, core.names()).split())
    assert "Overdue for review since" in told
    assert f"overdue for review since {rule['since']}" in told
    text = client.get(f"/v1/decisions/{decision['id']}/explanation?audience=clinician").text
    assert "Overdue for review since" in text
    assert f"overdue for review since {rule['since']}" in client.get(f"/rules/{rule['rule']}").text


def test_a_check_in_is_flagged_too(at: At, core: CoreService) -> None:
    told = body_of({"pain_during": 6}, evaluation_date="2026-11-22")
    answer = at(after(core, 40)).post("/v1/follow-ups", json=told)
    assert answer.status_code == 201, answer.get_json()
    assert answer.get_json()["knowledge"]["overdue"]
    assert "Overdue for review since" in answer.get_json()["notice"]


def test_a_replay_flags_what_was_flagged_then(at: At, core: CoreService, store: Store) -> None:
    """The clock is recorded: a decision from before comes out as it was, also after the review."""
    before, later = at(after(core, -1)), at(after(core, 1))
    for client, other in ((before, later), (later, before)):
        id = decide(client, HIGH)["id"]
        asked = other.post(f"/v1/decisions/{id}/why-not", json={"of": "hiit"})
        assert asked.status_code == 200, asked.get_json()
    assert store.verify() is None
