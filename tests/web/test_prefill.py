"""A record or an example fills the form in so that the form decides as the record does."""

import json
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage

from cds.http.core import CoreService
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.model.decision import as_json
from cds.model.intake import (
    Intake,
    Presence,
    SubmittedCondition,
    SubmittedFact,
    Unmapped,
)
from cds.schemas.decision_request import DecisionRequest, read_decision_request
from cds.web.layout import Layout
from cds.web.layout_file import load_layout
from cds.web.prefill import typed_of
from cds.web.submission import body_of
from tests.api.conftest import build, client, store
from tests.web.test_pages import token

__all__ = ["build", "client", "store"]
EXAMPLES = Path(__file__).parents[2] / "examples"
DAY = date(2026, 11, 22)
# What a source is called, and where a value stood, is all that may differ.
_MEMBERS = ("disposition", "summary", "contraindications", "intensity", "plan", "missing", "goals")


@pytest.fixture(scope="module")
def layout(core: CoreService) -> Layout:
    found = load_layout(ROOT, core, Problems())
    assert found is not None
    return found


def through_the_form(intake: Intake, core: CoreService, layout: Layout) -> DecisionRequest:
    body, refusals = body_of(typed_of(intake, DAY), layout)
    assert refusals == []
    return read_decision_request(body, core.terms, DAY)


def decided(intake: Intake, core: CoreService) -> dict[str, Any]:
    decision = as_json(core.decide(intake, DAY))
    return {name: decision[name] for name in _MEMBERS}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.request.json")), ids=lambda p: p.stem)
def test_a_request_and_the_form_that_it_fills_in_are_decided_alike(
    path: Path, core: CoreService, layout: Layout
) -> None:
    asked = read_decision_request(json.loads(path.read_text()), core.terms, DAY)
    typed = through_the_form(asked.intake, core, layout)
    assert decided(typed.intake, core) == decided(asked.intake, core)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.bundle.json")), ids=lambda p: p.stem)
def test_a_bundle_and_the_form_that_it_fills_in_are_decided_alike(
    path: Path, core: CoreService, layout: Layout
) -> None:
    intake = core.read_bundle(json.loads(path.read_text()), DAY)
    typed = through_the_form(intake, core, layout)
    assert decided(typed.intake, core) == decided(intake, core)


def test_a_condition_that_is_over_and_present_stays_present() -> None:
    """The form holds one state for each: the more cautious one."""
    over = SubmittedCondition("stroke", Presence.RESOLVED, date(2020, 1, 1))
    here = SubmittedCondition("stroke", onset=date(2026, 1, 1))
    for pair in ((over, here), (here, over)):
        values = typed_of(Intake(conditions=pair), DAY)
        assert values["conditions"] == ["stroke"]
        assert "conditions_status.stroke" not in values
    assert typed_of(Intake(conditions=(over,)), DAY)["conditions_status.stroke"] == ["resolved"]


def test_the_youngest_value_is_typed_with_its_day_and_unit() -> None:
    old = SubmittedFact("weight", 180.0, "[lb_av]", date(2025, 1, 1))
    new = SubmittedFact("weight", 81.5, "kg", date(2026, 11, 1))
    values = typed_of(Intake(facts=(new, old)), DAY)
    assert values["fact.weight"] == ["81.5"]
    assert (values["unit.weight"], values["at.fact.weight"]) == (["kg"], ["2026-11-01"])


def test_what_was_not_recognised_is_typed_as_text_on_one_line() -> None:
    left = (
        Unmapped(None, None, "Zebulon\ndrops", kind="medication"),
        Unmapped("urn:x", "X1", None, kind="condition"),
    )
    values = typed_of(Intake(unmapped=left), DAY)
    assert (values["medications_text"], values["conditions_text"]) == (["Zebulon drops"], ["X1"])


def sent(client: FlaskClient, content: bytes) -> Any:
    file = FileStorage(BytesIO(content), "bundle.json", content_type="application/json")
    return client.post("/bundles", data={"csrf_token": token(client), "bundle": file})


def test_a_bundle_is_shown_in_the_form_and_nothing_is_recorded(client: FlaskClient) -> None:
    answer = sent(client, (EXAMPLES / "osteoporosis.bundle.json").read_bytes())
    assert answer.status_code == 200
    assert 'value="osteoporosis" checked' in answer.text
    assert client.post("/v1/decisions", json={}).get_json()["receipt"]["sequence"] == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"resourceType": "Patient"}', b"\xff"])
def test_a_file_that_is_no_bundle_is_refused_in_words(client: FlaskClient, content: bytes) -> None:
    answer = sent(client, content)
    assert answer.status_code == 422
    assert 'class="summary-error"' in answer.text


def test_a_bundle_without_the_forms_token_is_refused(client: FlaskClient) -> None:
    file = FileStorage(BytesIO(b"{}"), "bundle.json")
    assert client.post("/bundles", data={"bundle": file}).status_code == 403
