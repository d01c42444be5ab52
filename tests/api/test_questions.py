"""A recorded decision answers back: why not, what if, and three texts of one tree."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.audit.store import Store
from cds.http.core import CoreService
from tests.api.adult import DAY, body, decide
from tests.api.hostile import CANARY

HIGH = {"sbp_rest": 165, "desired_intensity": "vigorous"}
EMERGENCY = {"tearing_back_pain": True, "pulsatile_abdominal_mass": True}
NOBODY = "0" * 32


def _asked(client: FlaskClient, request: Any, question: str, told: Any) -> dict[str, Any]:
    id = decide(client, request)["id"]
    answer = client.post(f"/v1/decisions/{id}/{question}", json=told)
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    assert found["decision"] == id
    return found


def _why_not(client: FlaskClient, request: Any, of: str) -> dict[str, Any]:
    return _asked(client, request, "why-not", {"of": of})


def _what_if(client: FlaskClient, request: Any, **told: Any) -> dict[str, Any]:
    return _asked(client, request, "what-if", told)


def _refused(client: FlaskClient, question: str, told: Any, status: int = 422) -> dict[str, str]:
    id = decide(client, body(HIGH))["id"]
    answer = client.post(f"/v1/decisions/{id}/{question}", json=told)
    assert answer.status_code == status, answer.get_json()
    assert answer.mimetype == "application/problem+json"
    assert CANARY not in answer.text
    return {error["pointer"]: error["detail"] for error in answer.get_json()["errors"]}


def test_hiit_at_high_pressure_names_the_value_the_threshold_and_what_is_left(
    client: FlaskClient,
) -> None:
    """The clinician's first question after a no."""
    found = _why_not(client, body(HIGH), "hiit")
    assert found["verdict"] == "block"
    way = {entry["rule"]: entry for entry in found["in_the_way"]}
    pressure = way["hiit.prerequisites.blood-pressure"]
    met = pressure["conditions"][0]
    assert (met["fact"], met["value"], met["threshold"]) == ("sbp_rest", 165, "160 mm[Hg]")
    assert (met["test"], met["state"]) == ("less_than", "false")
    assert pressure["changeable"] is True
    assert pressure["remedy"] == "Control of blood pressure, then measure again."
    assert [(step["fact"], step["to"]) for step in found["would_need"]] == [("sbp_rest", 159)]
    assert {"modality"} <= {entry["type"] for entry in found["still_allowed"]}
    assert "hiit" not in {entry["code"] for entry in found["still_allowed"]}
    assert found["nothing_allowed"] is None


@pytest.mark.parametrize(
    ("asked", "type_", "code"),
    [
        ("hiit", "modality", "hiit"),
        ("High-intensity interval training", "modality", "hiit"),
        ("A15", "exercise", "A15"),
        ("rowing", "exercise", "A15"),
        ("vigorous", "intensity", "vigorous"),
        ("proceed", "disposition", "proceed"),
        ("home", "setting", "home"),
        ("contraindications.blood_pressure.bp-grade-2", "rule",
         "contraindications.blood_pressure.bp-grade-2"),
    ],
)  # fmt: skip
def test_a_target_is_an_id_a_name_or_an_everyday_word(
    client: FlaskClient, asked: str, type_: str, code: str
) -> None:
    found = _why_not(client, body(HIGH), asked)
    assert (found["of"]["type"], found["of"]["code"]) == (type_, code)


@pytest.mark.parametrize(
    ("facts", "conditions", "of"),
    [
        ({"regular_exercise": False}, (), "hiit"),
        ({"regular_exercise": False}, (), "vigorous"),
        (HIGH, (), "vigorous"),
        (HIGH, (), "proceed"),
        ({}, ("osteoporosis",), "rowing"),
        ({"open_wound": True}, (), "swimming"),
        ({"fever": True}, (), "aerobic"),
        ({"fever": True}, (), "A03"),
        ({"sx_dyspnea": "unknown"}, (), "resistance"),
        ({"sx_ischemic_pain": True}, (), "proceed_with_limits"),
        ({"age": 15}, (), "balance"),
        ({}, ("coronary_artery_disease",), "hiit"),
        (EMERGENCY, (), "aerobic"),
    ],
)
def test_whatever_is_blocked_names_what_stands_in_the_way(
    client: FlaskClient, facts: Any, conditions: Any, of: str
) -> None:
    """A no without a reason would be as useless as none."""
    found = _why_not(client, body(facts, conditions), of)
    assert found["verdict"] in ("block", "insufficient_data")
    assert found["in_the_way"]
    assert all(entry["title"] and entry["message"] for entry in found["in_the_way"])
    assert any(entry["conditions"] for entry in found["in_the_way"])
    assert bool(found["still_allowed"]) != bool(found["nothing_allowed"])


def test_a_rule_shows_its_tree_whatever_its_truth(client: FlaskClient) -> None:
    id = "contraindications.blood_pressure.bp-grade-2"
    fired = _why_not(client, body(HIGH), id)
    assert (fired["verdict"], fired["tree"]["state"]) == ("fired", "true")
    silent = _why_not(client, body({}), id)
    assert (silent["verdict"], silent["tree"]["state"]) == ("not_fired", "false")
    assert silent["in_the_way"][0]["conditions"][0]["value"] == 124
    unknown = _why_not(client, body({"sx_dyspnea": "unknown"}), "definitions.symptoms.any-of-nine")
    assert unknown["tree"]["state"] == "unknown"


def test_nothing_is_offered_instead_in_an_emergency(client: FlaskClient) -> None:
    """An emergency answer holds nothing to do but the pathway."""
    request = body(EMERGENCY)
    assert decide(client, request)["disposition"] == "emergency"
    found = _why_not(client, request, "aerobic")
    assert (found["still_allowed"], found["would_need"]) == ([], [])
    assert "an emergency" in found["nothing_allowed"]
    goal = _what_if(client, request, goal="hiit")
    assert (goal["reached"], goal["reason"], goal["changes"]) == (False, "emergency", [])


def test_other_facts_show_the_difference_and_record_nothing(
    client: FlaskClient, store: Store
) -> None:
    found = _what_if(client, body(HIGH, request={"modalities": ["hiit"]}), facts={"sbp_rest": 118})
    assert found["disposition"] == "proceed"
    difference = found["difference"]
    assert difference["disposition"] == {"before": "proceed_with_limits", "after": "proceed"}
    verdict = {"type": "modality", "code": "hiit", "before": "block", "after": "allow"}
    assert difference["requested"] == [verdict]
    gone = {entry["rule"] for entry in difference["contraindications"]["gone"]}
    assert "contraindications.blood_pressure.bp-grade-2" in gone
    assert "new" not in difference["contraindications"]
    assert any(limit["attribute"] == "aerobic.category" for limit in difference["limits"])
    assert store.get(found["decision"]).seq == 1  # type: ignore[union-attr]


def test_the_same_facts_make_no_difference(client: FlaskClient) -> None:
    assert _what_if(client, body(HIGH), facts={"sbp_rest": 165})["difference"] == {}


def test_a_fact_can_be_supposed_unknown_and_a_list_not_reviewed(client: FlaskClient) -> None:
    """Leaving a fact out is never less cautious."""
    unknown = _what_if(client, body({}), facts={"sx_dyspnea": "unknown"})
    assert unknown["disposition"] == "insufficient_data"
    assert unknown["difference"]["plan"]["given"] == {"before": True, "after": False}
    open_list = _what_if(client, body({}), facts={"conditions_reviewed": False})
    asked = {entry["fact"] for entry in open_list["difference"]["questions"]["new"]}
    assert "conditions_reviewed" in asked


@pytest.mark.parametrize(
    ("facts", "goal", "changes"),
    [
        (HIGH, "hiit", {"sbp_rest": (159, "by_treatment")}),
        ({"moderate_base_weeks": 2}, "hiit", {"moderate_base_weeks": (4, "by_time")}),
        ({"regular_exercise": False}, "vigorous", {"regular_exercise": (True, "by_time")}),
        ({"fever": True}, "proceed", {"fever": (False, "by_time")}),
        ({"open_wound": True}, "swimming",
         {"open_wound": (False, "by_time"), "pool_screen_complete": (True, "by_asking")}),
        ({"sx_dyspnea": "unknown", "dbp_rest": "unknown"}, "hiit",
         {"dbp_rest": (99, "by_asking"), "sx_dyspnea": (False, "by_asking")}),
    ],
)  # fmt: skip
def test_a_goal_is_reached_by_the_smallest_set_of_changes(
    client: FlaskClient, facts: Any, goal: str, changes: Any
) -> None:
    found = _what_if(client, body(facts), goal=goal)
    assert found["reached"] is True
    assert {step["fact"]: (step["to"], step["by"]) for step in found["changes"]} == changes
    assert found["difference"]
    assert found["caution"]


def test_a_clearance_can_be_all_that_is_missing(client: FlaskClient) -> None:
    """Row 18 of the algorithm: active, known disease, wants vigorous."""
    facts = {"desired_intensity": "vigorous", "symptoms_changed": False}
    found = _what_if(client, body(facts, ["type_2_diabetes"]), goal="vigorous")
    steps = {step["fact"]: (step["to"], step["threshold"]) for step in found["changes"]}
    assert steps == {"months_since_clearance": (12, "12 mo")}


def test_what_a_goal_takes_can_be_supposed_and_then_holds(client: FlaskClient) -> None:
    """The answer was tried, so the same facts give the same verdict."""
    request = body({**HIGH, "dbp_rest": 102, "regular_exercise": False})
    id = decide(client, request)["id"]
    goal = client.post(f"/v1/decisions/{id}/what-if", json={"goal": "hiit"}).get_json()
    facts = {step["fact"]: step["to"] for step in goal["changes"]}
    assert set(facts) == {"sbp_rest", "dbp_rest", "regular_exercise"}
    asked = {**request, "request": {"modalities": ["hiit"]}}
    supposed = _what_if(client, asked, facts=facts)
    assert supposed["difference"]["requested"][0]["after"] == goal["verdict"] == "allow"


def test_a_change_is_to_a_value_that_can_be_measured(client: FlaskClient) -> None:
    """A limit of 250 mg/dL is 13.8889 mmol/L, and no meter shows that."""
    request = body({"glucose": 16.5, "blood_ketone": 1.0}, ["type_1_diabetes"], ["insulin"])
    found = _what_if(client, request, goal="hiit")
    steps = {step["fact"]: step["to"] for step in found["changes"]}
    assert (steps["glucose"], steps["blood_ketone"]) == (13.8, 0.5)


@pytest.mark.parametrize(
    ("facts", "conditions", "goal", "reason", "fact"),
    [
        ({"age": 15}, (), "hiit", "unchangeable", "age"),
        ({}, ("osteoporosis",), "rowing", "unchangeable", "condition.osteoporosis"),
        ({"sx_ischemic_pain": True}, (), "proceed_with_limits", "unchangeable",
         "sx_ischemic_pain"),
        ({}, ("coronary_artery_disease",), "hiit", "open_question", "hr_peak_measured"),
    ],
)  # fmt: skip
def test_what_cannot_be_reached_says_what_does_not_change(
    client: FlaskClient, facts: Any, conditions: Any, goal: str, reason: str, fact: str
) -> None:
    """Age, a diagnosis and a danger sign are no levers."""
    found = _what_if(client, body(facts, conditions), goal=goal)
    assert (found["reached"], found["reason"], found["changes"]) == (False, reason, [])
    met = {note["fact"] for entry in found["in_the_way"] for note in entry["conditions"]}
    more = sum(entry["more_conditions"] for entry in found["in_the_way"])
    assert fact in met or more


def test_a_goal_that_is_open_already_needs_nothing(client: FlaskClient) -> None:
    found = _what_if(client, body({}), goal="proceed")
    assert (found["reached"], found["changes"], found["difference"]) == (True, [], {})


@pytest.mark.parametrize(
    ("question", "told", "pointer", "hint"),
    [
        ("why-not", {"of": "hitt"}, "/of", "Did you mean 'hiit'?"),
        ("why-not", {"of": CANARY}, "/of", "Nothing of this name"),
        ("why-not", {"of": "press"}, "/of", "Several movements"),
        ("why-not", {}, "/of", "This is missing."),
        ("why-not", {"of": "hiit", "why": 1}, "/why", "not known here"),
        ("why-not", {"of": 1}, "/of", "must be text"),
        ("why-not", {"of": "x" * 101}, "/of", "longer than 100"),
        ("why-not", {"of": "emergency"}, "/of", "Nothing of this name"),
        ("what-if", {}, "", "either facts"),
        ("what-if", {"facts": {"age": 40}, "goal": "hiit"}, "", "either facts"),
        ("what-if", {"facts": {}}, "/facts", "at least one"),
        ("what-if", {"facts": {"sbp_rset": 120}}, "/facts/sbp_rset", "Did you mean 'sbp_rest'?"),
        ("what-if", {"facts": {"sbp_rest": CANARY}}, "/facts/sbp_rest", "must be a number"),
        ("what-if", {"facts": {"conditions_reviewed": 1}}, "/facts/conditions_reviewed", "true or"),
        ("what-if", {"facts": {"sex": "male", "pregnant": True}}, "/facts", "says both"),
        ("what-if", {"goal": "hiiit"}, "/goal", "Did you mean 'hiit'?"),
        ("what-if", {"goal": "screening.acsm.row-01"}, "/goal", "Nothing of this name"),
        ("what-if", {"goal": "hold_today"}, "/goal", "Nothing of this name"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_at_its_place(
    client: FlaskClient, question: str, told: Any, pointer: str, hint: str
) -> None:
    refusals = _refused(client, question, told)
    assert hint in refusals[pointer]


def test_a_question_about_no_decision_is_not_found(client: FlaskClient) -> None:
    for question, told in (("why-not", {"of": "hiit"}), ("what-if", {"goal": "hiit"})):
        answer = client.post(f"/v1/decisions/{NOBODY}/{question}", json=told)
        assert answer.status_code == 404
    assert client.get(f"/v1/decisions/{NOBODY}/explanation").status_code == 404


def test_a_decision_under_other_knowledge_is_not_asked_about(
    core: CoreService, build: Callable[[Any], Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer under today's knowledge would not be about the recorded decision."""
    client = build(core).test_client()
    id = decide(client, body(HIGH))["id"]
    monkeypatch.setattr(CoreService, "knowledge_sha256", property(lambda _: "another"))
    answer = client.post(f"/v1/decisions/{id}/why-not", json={"of": "hiit"})
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "urn:exercise-cds:problem:knowledge-changed"
    assert client.get(f"/v1/decisions/{id}/explanation").status_code == 200


def test_a_decision_that_comes_out_otherwise_is_not_asked_about(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policies of a site are not in the hash of the knowledge, so the decision is compared."""
    first = decide(client, body({}))["id"]
    entry = store.get(first)
    assert entry is not None
    text = store.text_of(entry)
    changed = text.replace('"disposition":"proceed"', '"disposition":"hold_today"')
    assert changed != text
    monkeypatch.setattr(store, "text_of", lambda _: changed)
    answer = client.post(f"/v1/decisions/{first}/why-not", json={"of": "hiit"})
    assert answer.status_code == 409


@pytest.mark.parametrize("audience", ["clinician", "patient", "auditor"])
def test_each_audience_has_its_text_of_bounded_length(client: FlaskClient, audience: str) -> None:
    for facts, conditions in ((HIGH, ("osteoporosis",)), ({}, ()), ({"age": "unknown"}, ())):
        id = decide(client, body(facts, conditions))["id"]
        found = client.get(f"/v1/decisions/{id}/explanation?audience={audience}").get_json()
        assert found["audience"] == audience
        assert 0 < len(found["text"]) <= found["at_most"]
        lines = [line for section in found["sections"] for line in section["lines"]]
        assert all(line in found["text"] for line in lines)


def test_the_clinician_reads_findings_first_and_more_on_demand(client: FlaskClient) -> None:
    decision = decide(client, body(HIGH))
    found = client.get(f"/v1/decisions/{decision['id']}/explanation").get_json()
    assert found["audience"] == "clinician"
    assert found["sections"][0]["lines"] == [decision["summary"]]
    assert found["sections"][1]["heading"] == "What was found"
    rules = {entry["rule"] for entry in decision["explanations"]}
    assert {detail["rule"] for detail in found["details"]} == rules
    assert client.get(found["details"][0]["href"]).status_code == 200


@pytest.mark.parametrize(
    "facts",
    [{}, HIGH, {"fever": True}, {"age": "unknown"}, {"sx_ischemic_pain": True}, EMERGENCY],
)
def test_the_patient_reads_short_plain_sentences(client: FlaskClient, facts: Any) -> None:
    """No id, no unit, no value on its own; a sentence of at most 16 words."""
    id = decide(client, body(facts, ("osteoporosis",)))["id"]
    text = client.get(f"/v1/decisions/{id}/explanation?audience=patient").get_json()["text"]
    assert not re.search(r"[a-z]_[a-z]|\w\.\w|mm\[?Hg|HRR|RPE|MET|%|165", text)
    sentences = [part for part in re.split(r"[.!?]\s|\n", text) if part.strip()]
    assert max(len(sentence.split()) for sentence in sentences) <= 16
    letters = [len(word.strip(".,")) for word in text.split()]
    assert sum(letters) / len(letters) < 5


def test_in_an_emergency_the_patient_reads_the_pathway_alone(client: FlaskClient) -> None:
    decision = decide(client, body(EMERGENCY))
    assert decision["disposition"] == "emergency"
    answer = client.get(f"/v1/decisions/{decision['id']}/explanation?audience=patient").get_json()
    assert [section["lines"] for section in answer["sections"]] == [
        ["This is an emergency. Do not exercise. Call the emergency number now."]
    ]


def test_the_auditor_reads_ids_versions_and_hashes(client: FlaskClient) -> None:
    decision = decide(client, body(HIGH))
    answer = client.get(f"/v1/decisions/{decision['id']}/explanation?audience=auditor").get_json()
    assert answer["left_out"] == 0
    expected = [decision["id"], decision["receipt"]["hash"], decision["knowledge"]["sha256"]]
    for entry in decision["explanations"]:
        expected += [entry["rule"], entry["version"], *(e["locator"] for e in entry["evidence"])]
    assert [text for text in expected if text not in answer["text"]] == []


def test_an_unknown_audience_is_refused(client: FlaskClient) -> None:
    id = decide(client, body({}))["id"]
    answer = client.get(f"/v1/decisions/{id}/explanation?audience=patients")
    assert answer.status_code == 422
    assert "Did you mean 'patient'?" in answer.get_json()["errors"][0]["detail"]
    assert client.get(f"/v1/decisions/{id}/explanation?to=patient").status_code == 422


def test_answers_are_plain_json_and_bounded(client: FlaskClient) -> None:
    """Somebody of whom next to nothing is known has the longest answers."""
    empty = {"evaluation_date": DAY.isoformat(), "facts": {"age": 60}}
    found = _why_not(client, empty, "hiit")
    assert all(len(entry["conditions"]) <= 12 for entry in found["in_the_way"])
    assert len(json.dumps(found)) < 120_000
