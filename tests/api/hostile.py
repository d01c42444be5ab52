"""Hostile bodies for POST /v1/decisions: name, body, status, and the pointers that are named."""

import json
from typing import Any, NamedTuple

CANARY = "Zebulon-Quagmire"


class Hostile(NamedTuple):
    """One hostile body."""

    name: str
    body: bytes
    status: int
    pointers: tuple[str, ...]


def body(value: Any) -> bytes:
    """The body of a value."""
    return json.dumps(value).encode()


def refused(name: str, value: Any, *pointers: str) -> Hostile:
    """Readable, but not acceptable."""
    return Hostile(name, body(value), 422, pointers)


def fact(name: str, value: Any, step: str = "", key: str = "") -> Hostile:
    """One fact that is refused, at its own place or a step below."""
    label = f"{name}: {key or json.dumps(value)[:40]}"
    return refused(label, {"facts": {name: value}}, f"/facts/{name}{step}")


def clash(label: str, facts: dict[str, Any], *names: str) -> Hostile:
    """Facts that contradict each other, each of them named."""
    return refused(label, {"facts": facts}, *(f"/facts/{n}" for n in sorted(names or facts)))


MALFORMED = [
    Hostile(name, raw, 400, (pointer,))
    for name, raw, pointer in (
        ("empty", b"", ""),
        ("not json", b"hello", ""),
        ("only a brace", b"{", ""),
        ("form encoded", b"age=70&sex=male", ""),
        ("xml", b"<facts/>", ""),
        ("duplicate fact", b'{"facts": {"age": 70, "age": 30}}', "/facts/age"),
        ("duplicate section", b'{"facts": {}, "facts": {"age": 70}}', "/facts"),
        (
            "duplicate in an object",
            b'{"facts": {"age": {"value": 1, "value": 2}}}',
            "/facts/age/value",
        ),
        ("NaN", b'{"facts": {"sbp_rest": NaN}}', "/facts/sbp_rest"),
        ("Infinity", b'{"facts": {"sbp_rest": Infinity}}', "/facts/sbp_rest"),
        ("minus Infinity", b'{"facts": {"sbp_rest": -Infinity}}', "/facts/sbp_rest"),
        ("1e400", b'{"facts": {"sbp_rest": 1e400}}', "/facts/sbp_rest"),
        ("19 digits", b'{"facts": {"age": 7000000000000000000}}', "/facts/age"),
        ("5,000 digits", b'{"facts": {"age": ' + b"7" * 5_000 + b"}}", "/facts/age"),
        ("leading zero", b'{"facts": {"age": 070}}', "/facts/age"),
        ("hexadecimal", b'{"facts": {"age": 0x46}}', "/facts/age"),
        ("underscore", b'{"facts": {"age": 7_0}}', "/facts/age"),
        ("plus", b'{"facts": {"age": +70}}', "/facts/age"),
        ("deep lists", b"[" * 100_000, "/0/0/0/0"),
        ("deep objects", b'{"facts":' * 500, "/facts/facts/facts/facts"),
        ("many members", body({"facts": {f"f{n}": 1 for n in range(501)}}), "/facts"),
        ("many items", body({"conditions": ["asthma"] * 1_001}), "/conditions"),
        ("long text", body({"subject": {"id": CANARY * 400}}), "/subject/id"),
        ("NUL", body({"subject": {"id": "a\x00b"}}), "/subject/id"),
        ("lone surrogate", b'{"subject": {"id": "\\ud800"}}', "/subject/id"),
        ("not utf-8", b'{"subject": {"id": "\xff\xfe"}}', ""),
        ("latin-1", '{"subject": {"id": "é"}}'.encode("latin-1"), ""),
        ("utf-16", '{"facts": {}}'.encode("utf-16"), ""),
        ("byte order mark", b'\xef\xbb\xbf{"facts": {}}', ""),
        ("two values", b'{"facts": {}} {"facts": {}}', ""),
        ("trailing comma", b'{"facts": {"age": 70,}}', "/facts"),
        ("comment", b'{"facts": {} /* none */}', ""),
        ("python", b"{'facts': {'age': True}}", ""),
        ("raw newline in text", b'{"subject": {"id": "a\nb"}}', "/subject/id"),
    )
]

SHAPES = [
    refused("a list", [], ""),
    refused("a text", "facts", ""),
    refused("a number", 70, ""),
    refused("null", None, ""),
    refused("true", True, ""),
    refused("unknown member", {"fact": {"age": 70}}, "/fact"),
    refused("members of a prototype", {"__proto__": {"age": 70}}, "/__proto__"),
    refused("facts as list", {"facts": [{"age": 70}]}, "/facts"),
    refused("facts null", {"facts": None}, "/facts"),
    refused("facts as text", {"facts": "age=70"}, "/facts"),
    refused("subject as text", {"subject": CANARY}, "/subject"),
    refused("subject with a name", {"subject": {"name": CANARY}}, "/subject/name"),
    refused("subject id number", {"subject": {"id": 7}}, "/subject/id"),
    refused("subject id empty", {"subject": {"id": "  "}}, "/subject/id"),
    refused("subject id long", {"subject": {"id": CANARY * 20}}, "/subject/id"),
    refused("date as number", {"evaluation_date": 20261122}, "/evaluation_date"),
    refused("date with time", {"evaluation_date": "2026-11-22T10:00"}, "/evaluation_date"),
    refused("date of another order", {"evaluation_date": "22.11.2026"}, "/evaluation_date"),
    refused("no such day", {"evaluation_date": "2026-02-30"}, "/evaluation_date"),
    refused("week date", {"evaluation_date": "2026-W47-7"}, "/evaluation_date"),
    refused("compact date", {"evaluation_date": "20261122"}, "/evaluation_date"),
    refused("far future", {"evaluation_date": "2999-01-01"}, "/evaluation_date"),
    refused("far past", {"evaluation_date": "0026-11-22"}, "/evaluation_date"),
    refused("date null", {"evaluation_date": None}, "/evaluation_date"),
    refused("reviewed as text", {"conditions_reviewed": "yes"}, "/conditions_reviewed"),
    refused("reviewed as number", {"medications_reviewed": 1}, "/medications_reviewed"),
    refused("reviewed null", {"conditions_reviewed": None}, "/conditions_reviewed"),
    refused("conditions as text", {"conditions": "osteoporosis"}, "/conditions"),
    refused("conditions as object", {"conditions": {"osteoporosis": True}}, "/conditions"),
    refused("201 conditions", {"conditions": ["osteoporosis"] * 201}, "/conditions"),
    refused("condition number", {"conditions": [733]}, "/conditions/0"),
    refused("condition null", {"conditions": [None]}, "/conditions/0"),
    refused("condition list", {"conditions": [["osteoporosis"]]}, "/conditions/0"),
    refused("condition empty", {"conditions": [""]}, "/conditions/0"),
    refused("condition unknown", {"conditions": ["osteoporosys"]}, "/conditions/0"),
    refused("condition of a person", {"conditions": [CANARY]}, "/conditions/0"),
    refused("condition object empty", {"conditions": [{}]}, "/conditions/0"),
    refused("code without system", {"conditions": [{"code": "M81"}]}, "/conditions/0/system"),
    refused("system without code", {"conditions": [{"system": "urn:x"}]}, "/conditions/0"),
    refused(
        "id and code",
        {"conditions": [{"id": "osteoporosis", "code": "M81", "system": "x"}]},
        "/conditions/0",
    ),
    refused("code number", {"conditions": [{"system": "urn:x", "code": 81}]}, "/conditions/0/code"),
    refused(
        "condition member",
        {"conditions": [{"id": "osteoporosis", "since": 2020}]},
        "/conditions/0/since",
    ),
    refused(
        "onset year only",
        {"conditions": [{"id": "osteoporosis", "onset": "2020"}]},
        "/conditions/0/onset",
    ),
    refused(
        "onset in the future",
        {"conditions": [{"id": "osteoporosis", "onset": "2027-01-01"}]},
        "/conditions/0/onset",
    ),
    refused(
        "condition status",
        {"conditions": [{"id": "osteoporosis", "status": "maybe"}]},
        "/conditions/0/status",
    ),
    refused("condition twice", {"conditions": ["osteoporosis", "osteoporosis"]}, "/conditions/1"),
    refused(
        "condition present and absent",
        {"conditions": ["osteoporosis", {"id": "osteoporosis", "status": "absent"}]},
        "/conditions/0",
        "/conditions/1",
    ),
    refused("medication unknown", {"medications": ["betablocker"]}, "/medications/0"),
    refused("medication number", {"medications": [6918]}, "/medications/0"),
    refused(
        "medication twice", {"medications": ["beta_blocker", "beta_blocker"]}, "/medications/1"
    ),
    refused(
        "medication code without system",
        {"medications": [{"code": "6918"}]},
        "/medications/0/system",
    ),
    refused(
        "medication in the future",
        {"medications": [{"id": "beta_blocker", "at": "2027-01-01"}]},
        "/medications/0/at",
    ),
    refused(
        "medication present and absent",
        {"medications": ["beta_blocker", {"id": "beta_blocker", "status": "absent"}]},
        "/medications/0",
        "/medications/1",
    ),
    refused("procedure unknown", {"procedures": ["cagb"]}, "/procedures/0"),
    refused("procedure without code", {"procedures": [{"at": "2026-01-01"}]}, "/procedures/0/code"),
    refused(
        "procedure in the future",
        {"procedures": [{"code": "cabg", "at": "2026-11-23"}]},
        "/procedures/0/at",
    ),
    refused(
        "procedure date", {"procedures": [{"code": "cabg", "at": "August"}]}, "/procedures/0/at"
    ),
    refused("request as list", {"request": ["hiit"]}, "/request"),
    refused("request member", {"request": {"modality": "hiit"}}, "/request/modality"),
    refused("modality unknown", {"request": {"modalities": ["hit"]}}, "/request/modalities/0"),
    refused("modalities as text", {"request": {"modalities": "hiit"}}, "/request/modalities"),
    refused("exercise unknown", {"request": {"exercises": ["A15", "Z99"]}}, "/request/exercises/1"),
    refused("exercise vague", {"request": {"exercises": ["seated"]}}, "/request/exercises/0"),
    refused("exercise number", {"request": {"exercises": [15]}}, "/request/exercises/0"),
    refused("intensity unknown", {"request": {"intensity": "hard"}}, "/request/intensity"),
    refused("intensity number", {"request": {"intensity": 7}}, "/request/intensity"),
    refused("setting unknown", {"request": {"setting": "moon"}}, "/request/setting"),
    refused("preference member", {"preferences": {"goal": "run"}}, "/preferences/goal"),
    refused("goals as text", {"preferences": {"goals": "run"}}, "/preferences/goals"),
    refused("goal number", {"preferences": {"goals": [1]}}, "/preferences/goals/0"),
    refused("goal long", {"preferences": {"goals": ["x" * 501]}}, "/preferences/goals/0"),
    refused("goal control", {"preferences": {"goals": ["a\x1bb"]}}, "/preferences/goals/0"),
    refused(
        "policy unknown", {"policy": {"diabetes_clearence": "acsm"}}, "/policy/diabetes_clearence"
    ),
    refused(
        "policy option", {"policy": {"diabetes_clearance": "none"}}, "/policy/diabetes_clearance"
    ),
    refused("policy flag", {"policy": {"diabetes_clearance": True}}, "/policy/diabetes_clearance"),
    refused("policy list", {"policy": ["acsm"]}, "/policy"),
    refused(
        "two faults",
        {"facts": {"agee": 70}, "conditions": ["x-ray"]},
        "/conditions/0",
        "/facts/agee",
    ),
]

FACTS = [
    fact("agee", 70),
    fact("Age", 70),
    fact("blood_pressure", "120/80"),
    fact("sbp", 120),
    fact("condition.osteoporosis", True),
    fact("hr_reserve", 60),
    refused("a name as key", {"facts": {CANARY + " x": 1}}, "/facts"),
    refused("an empty key", {"facts": {"": 1}}, "/facts"),
    fact("age", "70"),
    fact("age", " 70 "),
    fact("age", "seventy"),
    fact("age", "\u0667\u0660"),
    fact("age", True),
    fact("age", None),
    fact("age", []),
    fact("age", {}),
    fact("age", [70, 71], "/0"),
    fact("age", -1),
    fact("age", 300),
    fact("age", 10**17),
    fact("falls_12mo", 1.5),
    fact("falls_12mo", "2"),
    fact("falls_12mo", False),
    fact("icd_shocks_24h", 0.5),
    fact("chair_stands_30s", 12.25),
    fact("sex", "F"),
    fact("sex", "woman"),
    fact("sex", 1),
    fact("sex", True),
    fact("sex", ["male"], "/0"),
    fact("sex", {"value": "male", "unit": "1"}, "/unit"),
    fact("nyha", "2"),
    fact("nyha", 2),
    fact("rhythm", "af"),
    fact("rhythm", CANARY),
    fact("sx_dyspnea", "no"),
    fact("sx_dyspnea", "yes"),
    fact("sx_dyspnea", 0),
    fact("sx_dyspnea", 1),
    fact("sx_dyspnea", "true"),
    fact("sx_dyspnea", ""),
    fact("sx_dyspnea", None),
    fact("sx_dyspnea", "Unknown"),
    fact("sx_dyspnea", {"value": True, "unit": "1"}, "/unit"),
    fact("sbp_rest", 1200),
    fact("sbp_rest", -120),
    fact("sbp_rest", 0),
    fact("sbp_rest", "138/85"),
    fact("sbp_rest", {"value": "138"}, "/value"),
    fact("sbp_rest", {"unit": "mm[Hg]"}),
    fact("sbp_rest", {"value": 138, "unit": "mg/dL"}, "/unit"),
    fact("sbp_rest", {"value": 138, "unit": "mmhg!"}, "/unit"),
    fact("sbp_rest", {"value": 138, "unit": ""}, "/unit"),
    fact("sbp_rest", {"value": 138, "unit": 5}, "/unit"),
    fact("sbp_rest", {"value": 138, "unit": ["mm[Hg]"]}, "/unit"),
    fact("sbp_rest", {"value": 138, "units": "mm[Hg]"}, "/units"),
    fact("sbp_rest", {"value": 138, "at": "yesterday"}, "/at"),
    fact("sbp_rest", {"value": 138, "at": "2026-13-01"}, "/at"),
    fact("sbp_rest", {"value": 138, "at": "2026-11-23"}, "/at"),
    fact("sbp_rest", {"value": 138, "at": 20261120}, "/at"),
    fact("sbp_rest", {"value": 138, "at": None}, "/at"),
    fact("sbp_rest", {"value": 138, "source": 17}, "/source"),
    fact("sbp_rest", {"value": 138, "source": "x" * 201}, "/source"),
    fact("sbp_rest", {"value": {"value": 138}}, "/value"),
    fact("sbp_rest", [[138]], "/0"),
    fact("sbp_rest", [{"value": 138, "at": "2026-11-20"}, {"value": 150, "at": "2026-11-20"}]),
    fact("sbp_rest", [{"value": 138, "at": "2026-11-20"}, {"value": 150}]),
    fact(
        "sbp_rest",
        [{"value": 138, "at": "2026-11-20"}, {"value": 9000, "at": "2026-11-19"}],
        "/1/value",
    ),
    fact("weight", 5_000),
    fact("weight", {"value": 80, "unit": "cm"}, "/unit"),
    fact("weight", {"value": 80, "unit": "pood"}, "/unit"),
    fact("height", 1.75),
    fact("height", {"value": 175, "unit": "m"}, "/value"),
    fact("height", {"value": 5.9, "unit": "in"}, "/value"),
    fact("temperature", 98.6),
    fact("temperature", {"value": 37, "unit": "K"}, "/value"),
    fact("temperature", {"value": 37, "unit": "[degF]"}, "/value"),
    fact("glucose", 120),
    fact("glucose", {"value": 7, "unit": "mg/dL"}, "/value"),
    fact("glucose", {"value": 120, "unit": "mmol"}, "/unit"),
    fact("spo2_rest", 0.97),
    fact("spo2_rest", 101),
    fact("lvef", 0.55),
    fact("hba1c", 53),
    fact("dxa_t_score", -25),
    fact("dxa_t_score", "-2.5"),
    fact("hemoglobin", 135),
    fact("potassium", 140),
    fact("hr_rest", 0),
    fact("hr_rest", 7_000),
    fact("pain_rest", 11),
    fact("functional_capacity", 250),
    fact("gait_speed", 45),
    fact("days_per_week", 9),
    fact("session_minutes", -30),
    fact("gestation_weeks", 400),
]

CLASHES = [
    clash("pregnant man", {"pregnant": True, "sex": "male"}),
    clash("weeks without pregnancy", {"pregnant": False, "gestation_weeks": 20}),
    clash("twins without pregnancy", {"pregnant": False, "fetuses": 2}),
    clash("diastolic above", {"sbp_rest": 80, "dbp_rest": 120}),
    clash("diastolic equal", {"sbp_rest": 100, "dbp_rest": 100}),
    clash("diastolic above in exercise", {"sbp_ex": 90, "dbp_ex": 110}),
    clash("rest above peak", {"hr_rest": 120, "hr_peak_measured": 110}),
    clash("rest equal to peak", {"hr_rest": 110, "hr_peak_measured": 110}),
    clash("ischaemia above peak", {"ischemic_threshold_hr": 140, "hr_peak_measured": 120}),
    clash("fracture and none", {"vertebral_fracture": False, "vertebral_fracture_recent": True}),
    clash("stenosis and none", {"aortic_stenosis": "none", "aortic_stenosis_symptomatic": True}),
    clash("regular on 2 days", {"regular_exercise": True, "days_per_week": 2}),
    clash("regular for 20 min", {"regular_exercise": True, "session_minutes": 20}),
    clash("regular for 1 mo", {"regular_exercise": True, "months_sustained": 1}),
    clash("regular but light", {"regular_exercise": True, "habitual_intensity": "light"}),
    clash(
        "not regular but enough",
        {
            "regular_exercise": False,
            "days_per_week": 4,
            "session_minutes": 40,
            "months_sustained": 12,
            "habitual_intensity": "moderate",
        },
    ),
    refused(
        "insulin denied",
        {"facts": {"on_insulin": False}, "medications": ["insulin"]},
        "/facts/on_insulin",
        "/medications/0",
    ),
    refused(
        "pregnancy denied",
        {"facts": {"pregnant": False}, "conditions": ["pregnancy"]},
        "/conditions/0",
        "/facts/pregnant",
    ),
    refused(
        "pregnancy of a man",
        {"facts": {"sex": "male"}, "conditions": ["pregnancy"]},
        "/conditions/0",
        "/facts/sex",
    ),
    refused(
        "cancer denied",
        {"facts": {"cancer_history": False}, "conditions": ["cancer"]},
        "/conditions/0",
        "/facts/cancer_history",
    ),
]

HOSTILE = [*MALFORMED, *SHAPES, *FACTS, *CLASHES]
