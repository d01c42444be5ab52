"""A well, reviewed adult of the tests, and the requests that depart from it."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from flask.testing import FlaskClient

Json = Mapping[str, Any]
DAY = date(2026, 11, 22)
_SYMPTOMS = ("ischemic_pain", "dyspnea", "dizzy_syncope", "orthopnea_pnd", "ankle_edema",
             "palpitations", "claudication", "murmur", "unusual_fatigue", "acute")  # fmt: skip
WELL: Json = {
    "age": 45, "sex": "male", "hr_rest": 66, "sbp_rest": 124, "dbp_rest": 78,
    "regular_exercise": True, "desired_intensity": "moderate", "feels_unwell": False,
    "fever": False, "acute_illness": False, "vomiting_diarrhea_24h": False, "bp_symptoms": False,
    **{f"sx_{name}": False for name in _SYMPTOMS},
}  # fmt: skip


def _condition(entry: str | Json) -> str | Json:
    """An id, or an ICD-10-CM code that began so many days ago."""
    if isinstance(entry, str):
        return entry
    coded = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": entry["code"]}
    if "days" not in entry:
        return coded
    return {**coded, "onset": (DAY - timedelta(days=entry["days"])).isoformat()}


def body(
    facts: Json, conditions: Iterable[str | Json] = (), medications: Iterable[str] = (), **more: Any
) -> Json:
    """A request about somebody well, but for these facts; both lists are reviewed."""
    return {
        "evaluation_date": DAY.isoformat(),
        "facts": {**WELL, **facts},
        "conditions": [_condition(entry) for entry in conditions],
        "conditions_reviewed": True,
        "medications": list(medications),
        "medications_reviewed": True,
        **more,
    }


def decide(client: FlaskClient, request: Json) -> Json:
    """The decision that the service answers and stores."""
    answer = client.post("/v1/decisions", json=request)
    assert answer.status_code == 201, answer.get_json()
    decision: Json = answer.get_json()
    return decision
