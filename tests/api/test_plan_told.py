"""What the plan holds is described, and reaches the reader of the report and of the page."""

import html
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import Schema

from cds.http.core import CoreService
from cds.model import avoided, intensity, plan
from cds.report import report
from cds.schemas import plan_answers
from tests.api.adult import body, decide

CASE = body({}, ["osteoporosis", "knee_osteoarthritis"], request={"exercises": ["row"]})


@pytest.mark.parametrize(
    ("described", "told"),
    [
        (plan_answers.ReasonAnswer, plan.Reason),
        (plan_answers.ExerciseAnswer, plan.Exercise),
        (plan_answers.ComponentAnswer, plan.Component),
        (plan_answers.OmissionAnswer, plan.Omission),
        (plan_answers.TotalsAnswer, plan.Totals),
        (plan_answers.AvoidedMovementAnswer, avoided.AvoidedMovement),
        (plan_answers.AvoidedOfComponentAnswer, avoided.AvoidedOfComponent),
        (plan_answers.AvoidedKindAnswer, avoided.AvoidedKind),
        (plan_answers.FlagAnswer, plan.Flag),
        (plan_answers.ResolutionAnswer, plan.Resolution),
        (plan_answers.LimitAnswer, intensity.LimitedBy),
    ],
)
def test_the_description_names_every_member(described: type[Schema], told: type[Any]) -> None:
    assert list(described().fields) == list(told.__struct_fields__)


def test_the_description_of_the_plan_names_only_what_it_has() -> None:
    members = set(plan.Plan.__struct_fields__)
    assert set(plan_answers.PlanAnswer().fields) <= members


@pytest.fixture
def decision(client: FlaskClient) -> Mapping[str, Any]:
    """A decision with a plan."""
    found = decide(client, CASE)
    assert found["plan"] is not None
    return found


def sentences(decision: Mapping[str, Any]) -> list[str]:
    """What nobody may miss of the plan."""
    told = decision["plan"]
    said = [entry["message"] for entry in told["omitted"]]
    said += [entry["resolution"] for entry in told["resolutions"]]
    said += [reason["message"] for part in told["components"] for reason in part["reasons"]]
    said += [exercise["reason"] for part in told["components"] for exercise in part["exercises"]]
    said += [kind["why"] for kind in told["avoid_tags"]]
    return said + [left["id"] for left in told["avoided"]]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_report_tells_the_whole_plan(decision: Mapping[str, Any], core: CoreService) -> None:
    text = flat(report(decision, core.names()))
    assert [said for said in sentences(decision) if flat(said) not in text] == []
    for title in ("In all", "Considered and left out", "Movements to avoid", "Who set what"):
        assert title in text
    assert "row: Rowing ergometer, moderate: block." in text


def test_the_page_tells_the_whole_plan(decision: Mapping[str, Any], client: FlaskClient) -> None:
    page = flat(html.unescape(client.get(f"/decisions/{decision['id']}").text))
    # People read names where the interface has ids: of movements, and of profiles in brackets.
    ids = {left["id"]: left["name"] for left in decision["plan"]["avoided"]}
    said = [ids.get(text, text.partition(" (")[0]) for text in sentences(decision)]
    assert [text for text in said if flat(text) not in page] == []
    assert "In a week:" in page
    assert "Wishes that pull apart:" in page
