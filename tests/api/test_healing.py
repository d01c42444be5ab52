"""The stage of healing and what opens the next one: in JSON, report, page and questions."""

import re

import pytest
from flask.testing import FlaskClient

from cds.report import report
from tests.api.adult import Json, body, decide

MET = {"healing_stage": 9, "surgeon_clearance": True}


@pytest.mark.parametrize(
    ("facts", "stage", "gate"),
    [
        ({"weeks_post_op": 7, **MET}, "Active range", "weeks."),
        ({"weeks_post_op": 7, "surgeon_clearance": True}, "Strict immobilisation", "milestone."),
        ({}, "Strict immobilisation", "weeks, milestone, surgeon."),
    ],
)
def test_the_answer_tells_the_stage_and_what_keeps_the_next_one_closed(
    client: FlaskClient, facts: Json, stage: str, gate: str
) -> None:
    decision = decide(client, body(facts, ("rcr",)))
    page = re.sub(r"<[^>]+>", "", client.get(f"/decisions/{decision['id']}").text)
    text = " ".join(report(decision, {}).split())

    (told,) = decision["plan"]["stages"]
    assert told["name"] == stage
    assert f"{told['number']}, {stage}" in text
    assert f"Stage {told['number']}: {stage}" in page
    assert f"Not known to be met: {gate}" in text
    assert f"Not known to be met: {gate}" in page


def test_what_would_open_the_next_stage_is_asked(client: FlaskClient) -> None:
    decision = decide(client, body({"weeks_post_op": 7}, ("rcr",)))
    asked = {m["fact"] for m in decision["missing"] if "rcr" in m["rules"]}
    assert asked == {"healing_stage", "surgeon_clearance"}


def test_the_last_stage_names_no_next_one_and_its_pain_limit_is_gone(client: FlaskClient) -> None:
    decision = decide(client, body({"weeks_post_op": 24, **MET}, ("rcr",)))
    assert decision["plan"]["stages"][0]["following"] is None
    assert decision["plan"]["pain_ceiling"] is None
    assert "next," not in report(decision, {})
