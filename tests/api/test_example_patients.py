"""What the README tells of the three example patients is what the service answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import build, client, store

__all__ = ["build", "client", "store"]

ROOT = Path(__file__).parents[2]
NAMES = (
    "osteoporosis-knee-hypertension",
    "infarction-diabetes-pad",
    "back-pain-fear-depression",
)


@pytest.fixture
def answers(client: FlaskClient) -> dict[str, dict[str, Any]]:
    """The decision for each example, by name."""
    found = {}
    for name in NAMES:
        body = json.loads((ROOT / f"examples/{name}.request.json").read_text(encoding="utf-8"))
        answer = client.post("/v1/decisions", json=body)
        assert answer.status_code == 201, answer.text
        found[name] = answer.get_json()
        assert [entry for entry in found[name]["unmapped"] if entry["may_matter"]] == []
    return found


def goals_of(answer: dict[str, Any]) -> dict[str, tuple[float | None, float | None]]:
    return {goal["measure"]: (goal["baseline"], goal["target"]) for goal in answer["goals"]}


def test_brittle_bones_a_sore_knee_and_a_beta_blocker(answers: dict[str, Any]) -> None:
    answer = answers["osteoporosis-knee-hypertension"]
    assert answer["disposition"] == "proceed_with_limits"
    assert answer["intensity"]["hr_method"] == "rpe_only"
    assert answer["intensity"]["aerobic"]["hr_bpm"] is None
    assert answer["intensity"]["aerobic"]["rpe_6_20"] == [10, 12]
    assert answer["intensity"]["resistance"]["percent_1rm"] == [40, 50]
    rowing = next(asked for asked in answer["requested"] if asked["code"] == "A15")
    assert rowing["verdict"] == "block"
    assert rowing["alternatives"] != []
    tags = {kind["tag"] for kind in answer["plan"]["avoid_tags"]}
    assert {"AV_LOADED_SPINAL_FLEXION", "AV_DEEP_KNEE", "AV_VALSALVA"} <= tags
    assert "The lowest impact wins." in " ".join(
        settled["resolution"] for settled in answer["plan"]["resolutions"]
    )
    assert (11, 14) in goals_of(answer).values()


def test_an_infarction_diabetes_on_insulin_and_claudication(answers: dict[str, Any]) -> None:
    answer = answers["infarction-diabetes-pad"]
    assert answer["disposition"] == "clearance_first"
    aerobic = next(part for part in answer["plan"]["components"] if part["modality"] == "aerobic")
    assert (aerobic["frequency"], aerobic["exercises"][0]["id"]) == ([3, 3], "A27")
    assert answer["intensity"]["aerobic"]["hr_bpm"] == [78, 88]
    assert answer["intensity"]["aerobic"]["hr_ceiling_bpm"] == 88
    assert (answer["hiit"]["eligible"], answer["hiit"]["unmet"] != []) == ("no", True)
    assert "The threshold of the heart wins" in answer["plan"]["resolutions"][0]["resolution"]
    assert answer["delivery"]["supervision_level"] == 3
    assert answer["team"]["owner"] == "cardiac_rehabilitation"
    assert {"endocrinology", "vascular"} <= set(answer["team"]["members"])


def test_back_pain_with_fear_and_low_mood(answers: dict[str, Any]) -> None:
    answer = answers["back-pain-fear-depression"]
    assert answer["disposition"] == "proceed"
    chosen = [e["id"] for part in answer["plan"]["components"] for e in part["exercises"]]
    assert {"N01", "N04"} <= set(chosen)
    assert [t for t in answer["plan"]["avoid_tags"] if "FLEXION" in t["tag"]] == []
    assert {(37, 31), (13, 8), (4, 2)} <= set(goals_of(answer).values())
    assert "up to 5 of 10" in answer["plan"]["pain_ceiling"]["message"]
    psychology = next(r for r in answer["referrals"] if r["to"] == "mental_health")
    assert psychology["within"] == "4 weeks"
    assert {"phq9", "tsk11"} <= {crossed["fact"] for crossed in psychology["crossed"]}


@pytest.mark.parametrize("name", NAMES)
def test_each_has_a_handout(client: FlaskClient, answers: dict[str, Any], name: str) -> None:
    page = client.get(f"/decisions/{answers[name]['id']}/handout")
    assert (page.status_code, page.mimetype) == (200, "text/html")
