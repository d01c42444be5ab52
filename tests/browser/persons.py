"""One request for each kind of decision, the three examples among them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"
SYMPTOMS = (
    *("sx_ischemic_pain", "sx_dyspnea", "sx_dizzy_syncope", "sx_orthopnea_pnd"),
    *("sx_ankle_edema", "sx_palpitations", "sx_claudication", "sx_murmur"),
    *("sx_unusual_fatigue", "sx_acute"),
)
_DAY = "2026-11-22"
_REVIEWED = {"conditions_reviewed": True, "medications_reviewed": True}


def _pressure(systolic: int, diastolic: int) -> dict[str, Any]:
    return {
        "sbp_rest": {"value": systolic, "at": _DAY},
        "dbp_rest": {"value": diastolic, "at": _DAY},
    }


def _example(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.request.json").read_text())


PERSONS: Mapping[str, Any] = {
    "clearance_first": _example("infarction-with-icd"),
    "proceed_with_limits": _example("osteoporosis"),
    "proceed": _example("sedentary-wants-hiit"),
    "intervals": {
        "evaluation_date": _DAY,
        "facts": {
            "age": 40,
            "sex": "male",
            "hr_rest": {"value": 60, "at": _DAY},
            **_pressure(120, 76),
            "days_per_week": 4,
            "session_minutes": 45,
            "habitual_intensity": "moderate",
            "months_sustained": 12,
            "desired_intensity": "vigorous",
            "acute_illness": False,
            "feels_unwell": False,
            **dict.fromkeys(SYMPTOMS, False),
        },
        **_REVIEWED,
        "request": {"modalities": ["hiit"]},
    },
    "insufficient_data": {
        "evaluation_date": _DAY,
        "facts": {"age": 68},
        "medications": [{"display": "Zebulon drops"}],
    },
    "emergency": {
        "evaluation_date": _DAY,
        "facts": {"age": 68, **_pressure(190, 100), "bp_symptoms": True},
        **_REVIEWED,
    },
    "hold_today": {
        "evaluation_date": _DAY,
        "facts": {
            "age": 60,
            **_pressure(205, 100),
            "bp_symptoms": False,
            **dict.fromkeys(SYMPTOMS, False),
        },
        **_REVIEWED,
    },
}
