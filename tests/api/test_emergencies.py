"""What the clinical reference calls an emergency ends in the pathway, and in nothing else."""

from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient

from tests.api.adult import Json, body, decide

CASES: list[Json] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "emergencies.yaml").read_text("utf-8")
)["cases"]
EMERGENCIES = [case for case in CASES if case["emergency"]]
NEAR_MISSES = [case for case in CASES if not case["emergency"]]
ALSO = ("osteoporosis", "hypertension", "knee_osteoarthritis")
ASKED: Json = {
    "modalities": ["hiit", "aerobic"],
    "exercises": ["A03", "R01"],
    "intensity": "light",
    "setting": "home",
}


def _request(case: Json, also: tuple[str, ...] = ()) -> Json:
    given = dict(case["given"])
    conditions = [*given.pop("conditions", ()), *also]
    return body(given, conditions, case.get("medications", ()), request=dict(ASKED))


def _named(case: Json) -> str:
    return f"{case['row']} {case['name']}"


def prescribed(decision: Json) -> list[str]:
    """Everything in an answer that somebody could exercise by."""
    intensity, delivery = decision["intensity"], decision["delivery"]
    found = [name for name in ("plan", "outcome_measures", "education") if decision[name]]
    found += [f"aerobic {name}" for name, value in intensity["aerobic"].items() if value]
    found += [name for name in ("resistance", "limited_by", "hr_max", "notes") if intensity[name]]
    found += [name for name in ("stop_criteria", "monitoring") if delivery[name]]
    found += [name for name in ("supervision_level", "cardiac_risk") if delivery[name] is not None]
    if intensity["hr_method"] != "none":
        found.append("heart-rate method")
    if decision["hiit"]["eligible"] != "no" or decision["hiit"]["protocol"]:
        found.append("intervals")
    found += [name for name in ("start_intensity", "progression") if decision["screening"][name]]
    found += ["vigorous"] if decision["screening"]["vigorous_allowed"] else []
    found += [u["rule"] for u in decision["hiit"]["unmet"] if u["remedy"]]
    session = decision["session"] or {"verdict": "stop", "reasons": []}
    found += [r["message"] for r in session["reasons"] if r["verdict"] != "stop"]
    found += [] if session["verdict"] == "stop" else ["session"]
    for asked in decision["requested"]:
        if asked["verdict"] != "block" or asked["alternatives"]:
            found.append(f"requested {asked['code']}")
    found += [f"instead of {f['id']}" for f in decision["contraindications"] if f["alternatives"]]
    for referral in decision["referrals"]:
        if referral["meanwhile"] and referral["urgency"] != "emergency":
            found.append(f"meanwhile of {referral['to']}")
    return found


@pytest.mark.parametrize("also", [(), ALSO], ids=["alone", "with other conditions"])
@pytest.mark.parametrize("case", EMERGENCIES, ids=_named)
def test_an_emergency_gives_the_pathway_and_no_prescription(
    client: FlaskClient, case: Json, also: tuple[str, ...]
) -> None:
    decision = decide(client, _request(case, also))
    calls = [found for found in decision["contraindications"] if found["urgency"] == "emergency"]

    assert decision["disposition"] == "emergency"
    assert prescribed(decision) == []
    assert decision["referrals"][0]["to"] == "emergency"
    assert decision["referrals"][0]["urgency"] == "emergency"
    assert decision["screening"]["red_flags"] == [found["message"] for found in calls]
    ruled = {rule for found in calls for rule in found["because"]}
    carried = [e["reference"] for e in decision["explanations"] if e["id"] in ruled]
    assert any(case["row"] in rows for rows in carried)


@pytest.mark.parametrize("case", NEAR_MISSES, ids=_named)
def test_a_near_miss_is_no_emergency(client: FlaskClient, case: Json) -> None:
    decision = decide(client, _request(case))

    assert decision["disposition"] != "emergency"
    assert [r["to"] for r in decision["referrals"] if r["urgency"] == "emergency"] == []
