"""A check-in is recorded before it is answered, and may go on from a recorded decision."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.audit.store import Store
from cds.errors import AuditError, EngineError
from cds.http.core import CoreService
from tests.api.hostile import CANARY, HOSTILE
from tests.follow_up.checking_in import WELL, body_of

SYMPTOMS = (
    "sx_ischemic_pain", "sx_dyspnea", "sx_dizzy_syncope", "sx_orthopnea_pnd", "sx_ankle_edema",
    "sx_palpitations", "sx_claudication", "sx_murmur", "sx_unusual_fatigue", "sx_acute",
    "acute_illness", "feels_unwell",
)  # fmt: skip
DECISION: dict[str, Any] = {
    "subject": {"id": CANARY},
    "evaluation_date": "2026-11-20",
    "facts": {
        "age": 60,
        "sex": "male",
        "sbp_rest": 120,
        "dbp_rest": 74,
        "hr_rest": 64,
        "regular_exercise": False,
        "pain_during": 1,
        **dict.fromkeys(SYMPTOMS, False),
    },
    "conditions": ["patellar_tend"],
    "conditions_reviewed": True,
    "medications": [],
    "medications_reviewed": True,
}


def _decide(client: FlaskClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v1/decisions", json=DECISION).get_json()
    assert answer["plan"] is not None
    return answer


def _tell(client: FlaskClient, **members: Any) -> Any:
    return client.post("/v1/follow-ups", json=members)


def _numbers(answer: dict[str, Any]) -> dict[tuple[str, str], tuple[list[float], list[float]]]:
    plan = answer["dose"]["plan"]
    return {(e["modality"], e["attribute"]): (e["before"], e["after"]) for e in plan}


def test_a_check_in_is_answered_recorded_and_reads_back(client: FlaskClient) -> None:
    answer = client.post("/v1/follow-ups", json=body_of({"pain_during": 6}))
    found = answer.get_json()
    assert (answer.status_code, found["row"], found["action"]) == (201, "PR-08", "REGRESS_20")
    assert found["dose"]["changes"] == [{"attribute": "volume", "change": [-20, -20], "unit": "%"}]
    assert found["receipt"]["sequence"] == 1
    assert answer.headers["Location"] == f"/v1/follow-ups/{found['id']}"
    assert client.get(answer.headers["Location"]).data == answer.data
    assert "subject" not in found


def test_the_record_is_of_its_own_kind_and_holds_no_name(client: FlaskClient, store: Store) -> None:
    found = _tell(client, **body_of({}), subject={"id": CANARY}).get_json()
    entry = store.get(found["id"])
    assert entry is not None
    assert entry.kind == "follow_up"
    assert CANARY not in entry.body
    assert json.loads(store.text_of(entry))["follow_up"]["row"] == "PR-55"
    assert client.get(f"/v1/decisions/{found['id']}").status_code == 404


def test_a_decision_is_no_check_in(client: FlaskClient) -> None:
    assert client.get(f"/v1/follow-ups/{_decide(client)['id']}").status_code == 404


def test_the_conditions_of_the_named_decision_still_hold(client: FlaskClient) -> None:
    decision = _decide(client)
    facts = {**WELL, "pain_during": 4}
    found = _tell(client, decision=decision["id"], facts=facts).get_json()
    assert (found["row"], found["decision"]) == ("PR-08", decision["id"])
    alone = _tell(client, **body_of({"pain_during": 4})).get_json()
    assert alone["row"] == "PR-55"


def test_what_belongs_to_a_session_is_asked_anew(client: FlaskClient) -> None:
    facts = {name: value for name, value in WELL.items() if name != "pain_during"}
    found = _tell(client, decision=_decide(client)["id"], facts=facts).get_json()
    assert found["row"] == "PR-48"
    assert [missing["fact"] for missing in found["missing"]] == ["pain_during"]


def test_the_dose_of_the_named_plan_goes_down_in_proportion(client: FlaskClient) -> None:
    decision = _decide(client)
    facts = {**WELL, "delta24": 2}
    found = _tell(client, decision=decision["id"], facts=facts).get_json()
    component = next(c for c in decision["plan"]["components"] if c["time_min"])
    low, high = component["time_min"]
    before, after = _numbers(found)[component["modality"], "time_min"]
    assert (before, after) == ([low, high], [low * 80 // 100, high * 80 // 100])


def test_a_rise_stays_inside_the_bounds_of_the_named_plan(client: FlaskClient) -> None:
    decision = _decide(client)
    facts = {**WELL, "trained_modality": "aerobic", "weekly_minutes_share": 60}
    found = _tell(client, decision=decision["id"], facts=facts).get_json()
    assert found["row"] == "PR-37"
    numbers = _numbers(found)
    assert {modality for modality, _ in numbers} == {"aerobic"}
    low, high = numbers["aerobic", "time_min"][0]
    assert numbers["aerobic", "time_min"][1] == [min(low + 5, high), high]
    assert all(after[1] == before[1] for before, after in numbers.values())
    assert all(before[0] <= after[0] <= after[1] for before, after in numbers.values())


def test_the_dose_of_the_named_plan_stays_when_the_answer_is_to_hold(client: FlaskClient) -> None:
    found = _tell(client, decision=_decide(client)["id"], facts=WELL).get_json()
    assert found["row"] == "PR-55"
    numbers = _numbers(found)
    assert numbers
    assert all(before == after for before, after in numbers.values())


def test_a_stop_gives_no_numbers(client: FlaskClient) -> None:
    facts = {**WELL, "red_flag": True}
    found = _tell(client, decision=_decide(client)["id"], facts=facts).get_json()
    assert (found["dose"]["exercise"], found["dose"]["plan"]) == (False, [])
    assert found["rescreen"]["due"] is True


def test_an_unknown_decision_is_not_found(client: FlaskClient, store: Store) -> None:
    for named in ("0" * 32, _tell(client, **body_of({})).get_json()["id"]):
        answer = _tell(client, decision=named, facts=WELL)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
        assert [e["pointer"] for e in answer.get_json()["errors"]] == ["/decision"]
    assert store.verify() is None


@pytest.mark.parametrize("named", ["", "x", "A" * 32, "0" * 31, "0" * 32 + "\n", 7, None, [], {}])
def test_what_is_no_id_is_refused_at_its_place(client: FlaskClient, named: Any) -> None:
    answer = _tell(client, decision=named, facts={"age": True})
    assert answer.status_code == 422
    pointers = [error["pointer"] for error in answer.get_json()["errors"]]
    assert pointers == ["/decision", "/facts/age"]


def test_a_decision_about_somebody_else_is_refused(client: FlaskClient) -> None:
    named = _decide(client)["id"]
    other = _tell(client, decision=named, subject={"id": "another"}, facts=WELL)
    assert other.status_code == 422
    assert [e["pointer"] for e in other.get_json()["errors"]] == ["/subject/id"]
    same = _tell(client, decision=named, subject={"id": CANARY}, facts=WELL)
    assert same.status_code == 201


def test_a_decision_rests_on_no_row_of_the_progression_table(client: FlaskClient) -> None:
    """Its rows would ask and assume what only a check-in has to know."""
    facts = {**DECISION["facts"], **WELL, "weight_gain_3d": 2, "pain_during": 6}
    told = client.post("/v1/decisions", json={**DECISION, "facts": facts}).get_json()
    alone = client.get("/v1/rules").get_json()["rules"]
    titles = {rule["title"] for rule in alone if rule["stage"] in ("check_in", "progression")}
    said = json.dumps([told["assumptions"], told["explanations"], told["missing"]])
    assert told["assumptions"]
    assert not [title for title in titles if json.dumps(title)[1:-1] in said]


def test_a_check_in_before_its_decision_is_refused(client: FlaskClient) -> None:
    named = _decide(client)["id"]
    answer = _tell(client, decision=named, evaluation_date="2026-11-19", facts=WELL)
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.get_json()["errors"]] == ["/evaluation_date"]


def test_the_same_key_gives_the_same_answer_and_never_a_decision(client: FlaskClient) -> None:
    key = {"Idempotency-Key": "once"}
    first = client.post("/v1/follow-ups", json=body_of({}), headers=key)
    again = client.post("/v1/follow-ups", json=body_of({}), headers=key)
    assert first.data == again.data
    other = client.post("/v1/decisions", json=body_of({}), headers=key)
    assert other.status_code == 422


def test_there_is_no_answer_without_its_record(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Any) -> None:
        raise AuditError("The record could not be committed, so there is no answer.")

    monkeypatch.setattr(store, "append", fail)
    answer = _tell(client, **body_of({}))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_there_is_no_answer_when_the_evaluators_disagree(
    core: CoreService, build: Callable[[Any], Flask], store: Store
) -> None:
    class Disagreeing(CoreService):
        def follow_up(self, *_: Any) -> Any:
            raise EngineError("turn 'progression': the two evaluators disagree")

    service = Disagreeing(core._service, core.terms)
    answer = build(service).test_client().post("/v1/follow-ups", json=body_of({}))
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert store.verify() is None


def test_a_plan_that_was_recorded_today_may_be_followed_up_today(client: FlaskClient) -> None:
    today = {name: value for name, value in DECISION.items() if name != "evaluation_date"}
    named = client.post("/v1/decisions", json=today).get_json()
    answer = _tell(client, decision=named["id"], facts=WELL)
    assert answer.status_code == 201
    assert date.fromisoformat(answer.get_json()["evaluation_date"]) == date(2026, 11, 22)


def test_every_hostile_check_in_is_refused_at_its_place(
    client: FlaskClient, store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    """The bodies that a decision refuses, each refused at the same places, and none recorded."""
    for hostile in HOSTILE:
        answer = client.post(
            "/v1/follow-ups", data=hostile.body, headers={"Content-Type": "application/json"}
        )
        problem = answer.get_json()
        pointers = [error["pointer"] for error in problem["errors"]]
        expected = (hostile.status, list(hostile.pointers))
        assert (answer.status_code, pointers) == expected, hostile.name
        assert CANARY not in answer.text
    assert CANARY not in "".join(capfd.readouterr())
    assert {entry.kind for entry in store.entries()} == {"refusal"}


def test_the_description_knows_every_fact_of_a_check_in(client: FlaskClient) -> None:
    description = client.get("/openapi.json").get_json()
    assert set(description["paths"]["/v1/follow-ups"]) == {"post"}
    body = description["components"]["schemas"]["FollowUpRequest"]["properties"]
    assert set(WELL) <= set(body["facts"]["properties"])
    assert body["decision"]["type"] == "string"


def test_an_answer_has_every_member_of_its_description(client: FlaskClient) -> None:
    description = client.get("/openapi.json").get_json()
    known = description["components"]["schemas"]["FollowUp"]["properties"]
    assert set(_tell(client, **body_of({})).get_json()) == set(known)
