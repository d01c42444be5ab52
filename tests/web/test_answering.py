"""A decision is accepted or overridden in two clicks without script, and each rule has a page."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace

from cds.api import create_app
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.parts import EXTENSION, Parts
from tests.api.adult import body, decide
from tests.api.conftest import build, client, store

__all__ = ["build", "client", "store"]

HIGH = body({"sbp_rest": 165, "desired_intensity": "vigorous"})


def token(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found.group(1)


def press(client: FlaskClient, path: str, **fields: str) -> Any:
    told = {"csrf_token": token(client, path), "about": "", "user": "", "location": "", **fields}
    return client.post(f"{path}/feedback", data=told)


@pytest.fixture
def path(client: FlaskClient) -> str:
    """The page of a recorded decision."""
    return f"/decisions/{decide(client, HIGH)['id']}"


def final(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/v1{path}/feedback").get_json()["final"]
    return found


def test_accepting_is_one_button_and_shows_on_the_page(client: FlaskClient, path: str) -> None:
    answer = press(client, path, outcome="accepted")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}#answer")
    assert "<strong>Accepted</strong>" in client.get(path).text
    events = client.get(f"/v1{path}/feedback").get_json()["events"]
    assert [(e["outcome"], e["source"], e["user"]) for e in events] == [("accepted", "form", None)]


def test_every_reason_is_a_button_that_overrides(
    client: FlaskClient, path: str, core: CoreService
) -> None:
    page = client.get(path).text
    assert re.findall(r'name="reason" value="(\w+)"', page) == list(core.feedback.reasons)
    press(client, path, reason="not_feasible", user="dr. k", location="ward")
    (counts,) = final(client, path)
    assert (counts["outcome"], counts["reason"]["code"]) == ("overridden", "not_feasible")
    words = core.feedback.reasons["not_feasible"]
    assert f"<strong>Overridden</strong>: {words}" in client.get(path).text


def test_a_part_of_the_decision_is_answered_to_by_its_rule(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    rule = re.search(r'<option value="([a-z][^"]+)">', page)
    assert rule is not None
    press(client, path, about=rule.group(1), reason="supervised")
    assert final(client, path)[0]["target"]["id"] == rule.group(1)


def test_the_enter_key_accepts_nothing(client: FlaskClient, path: str) -> None:
    """A browser presses the first button of a form; it is disabled, so nothing is sent."""
    form = client.get(path).text.partition('/feedback">')[2]
    first = re.search(r"<button[^>]*>", form)
    assert first is not None
    assert "disabled" in first.group()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"outcome": "perhaps"}, 422),
        ({}, 422),
        ({"reason": "<script>"}, 422),
        ({"reason": "other", "about": "no.such.rule"}, 422),
        ({"outcome": "accepted", "csrf_token": "x"}, 403),
        ({"outcome": "accepted", "user": "x" * 101}, 422),
    ],
)
def test_what_does_not_fit_is_refused_in_words_and_not_recorded(
    client: FlaskClient, path: str, fields: dict[str, str], status: int
) -> None:
    answer = press(client, path, **fields)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert "<script>" not in answer.text
    assert final(client, path) == []


def test_an_answer_to_no_decision_is_not_found(client: FlaskClient, path: str) -> None:
    told = {"csrf_token": token(client, path), "outcome": "accepted"}
    answer = client.post(f"/decisions/{'0' * 32}/feedback", data=told)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_a_comment_is_asked_for_only_where_it_is_kept(
    core: CoreService, build: Callable[[Any], Flask], path: str, store: Store
) -> None:
    parts: Parts = build(core).extensions[EXTENSION]
    for kept in (False, True):
        pipeline = replace(parts.pipeline, keep_text=kept)
        client = create_app(replace(parts, pipeline=pipeline)).test_client()
        assert ('name="comment"' in client.get(path).text) == kept
        press(client, path, outcome="accepted", comment="she agrees")
    events = client.get(f"/v1{path}/feedback").get_json()["events"]
    assert [event["comment"] for event in events] == [None, "she agrees"]


def test_each_reason_links_to_the_page_of_its_rule(client: FlaskClient, path: str) -> None:
    links = set(re.findall(r'href="(/rules/[^"]+)"', client.get(path).text))
    assert links
    page = client.get(sorted(links)[0]).text
    assert page.count("<dt>") == 13
    for label in ("Use of race", "Funding source", "Use of sex", "Source attributes", "Misuse"):
        assert label in page
    assert re.findall("<script[^>]*>", page) == ['<script src="/assets/form.js" defer>']


def test_a_rule_that_is_not_there_is_said_in_words(client: FlaskClient) -> None:
    answer = client.get("/rules/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
