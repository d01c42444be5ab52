"""Values of a session are answered with stop or go, and the reasons."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from tests.api.adult import Json, body, decide

CASES: list[Json] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "session_values.yaml").read_text("utf-8")
)["cases"]
# Somebody whose disease is cleared and who trains already, so that only the values decide.
CLEARED = {"months_since_clearance": 2, "symptoms_changed": False, "desired_intensity": "light"}
TESTED = {**CLEARED, "hr_peak_measured": 175, "hr_peak_on_current_drugs": True}


def _request(case: Json) -> Json:
    facts = {**(CLEARED if case.get("cleared") else {}), **case["given"]}
    return body(facts, case.get("conditions", ()))


def _named(case: Json) -> str:
    return f"{case['row']} {case['given']}"


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_values_of_a_session_say_stop_or_go(client: FlaskClient, case: Json) -> None:
    decision = decide(client, _request(case))
    session = decision["session"]

    shown = {entry["fact"] for entry in session["values"]}
    context = {"load_rising", "q_wave", "st_lead", "icd_lowest_detection_rate",
               "ischemic_threshold_hr", "hr_peak_measured", "hr_peak_on_current_drugs",
               "claudication_scale"}  # fmt: skip
    assert set(case["given"]) - context <= shown
    if case["verdict"] == "not_stop":
        assert session["verdict"] != "stop"
    else:
        assert session["verdict"] == case["verdict"]
    reasons = [r["verdict"] for r in session["reasons"]]
    assert (session["verdict"] in reasons) == (session["verdict"] in ("stop", "go_easier"))


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["verdict"] == "stop" and "hr_ex" not in c["given"]], ids=_named
)
def test_each_stop_names_a_rule_that_carries_its_row(client: FlaskClient, case: Json) -> None:
    decision = decide(client, _request(case))
    by_rule = {e["id"]: e["reference"] for e in decision["explanations"]}
    stops = [r for r in decision["session"]["reasons"] if r["verdict"] == "stop"]

    carried = {row for reason in stops for rule in reason["by"] for row in by_rule[rule]}
    glucose = case["row"] == "STOP-TR-GLU"  # its value is held by the glucose rows
    assert glucose or case["row"] in carried


def test_without_a_value_of_today_there_is_no_session(client: FlaskClient) -> None:
    assert decide(client, body({}))["session"] is None
    old: Json = {"spo2_ex": {"value": 80, "at": "2026-11-01"}}
    assert decide(client, body(old))["session"] is None


def test_good_values_do_not_open_what_the_decision_keeps_closed(client: FlaskClient) -> None:
    held = decide(client, body({"sbp_ex": 150, "fever": True}))
    assert held["session"]["verdict"] == "stop"
    uncleared = decide(client, body({"sbp_ex": 150, "sx_murmur": True}))
    assert uncleared["disposition"] == "clearance_first"
    assert uncleared["session"]["verdict"] == "stop"
    unknown = decide(client, {"facts": {"sbp_ex": 150}})
    assert unknown["disposition"] == "insufficient_data"
    assert unknown["session"]["verdict"] == "insufficient_data"


def test_a_hold_says_what_opens_the_session_again(client: FlaskClient) -> None:
    session = decide(client, body({"sbp_ex": 250}))["session"]
    assert [r["reopens"] for r in session["reasons"] if r["scope"] == "all"] == [
        "Pressure back near the resting value; next session lighter, after review of treatment"
    ]


def _stops(decision: Json) -> list[str]:
    return [entry["message"] for entry in decision["delivery"]["stop_criteria"]]


def test_stop_criteria_carry_the_numbers_of_the_person(client: FlaskClient) -> None:
    conditions: tuple[Any, ...] = ("icd", "hypertension")
    request = body({**TESTED, "icd_lowest_detection_rate": 160}, conditions)
    stops = _stops(decide(client, request))
    assert any("above 150/min: stop" in text for text in stops)
    assert any("above 220 mmHg" in text for text in stops)
    assert any("A shock: stop." in text for text in stops)

    other = body({**TESTED, "icd_lowest_detection_rate": 175}, conditions)
    assert any("above 165/min: stop" in text for text in _stops(decide(client, other)))
