"""A published check-in in the words of `POST /v1/follow-ups`, and its answer in those of the case.

What the case does not speak of is well: "others green", as the reference has it.
"""

from collections.abc import Mapping
from typing import Any

from tests.acceptance.door import Door
from tests.acceptance.patients import Body, UntranslatedError, empty_body, fill_neutrally
from tests.acceptance.vectors import Vector
from tests.follow_up.checking_in import WELL

_RENAMED = {
    "pain_during": "pain_during",
    "delta24": "delta24",
    "reps_over": "reps_over_target",
    "ceiling": "pain_ceiling",
    "item9": "phq9_item9",
    "complete": "completion_7d",
    "srpe_under": "sessions_easy_streak",
    "modality": "trained_modality",
    "weight_gain_kg_3d": "weight_gain_3d",
    "pem": "post_exertional_malaise",
    "crash_days_ago": "pem_last_crash_days",
}
# One amber answer for each recovery sign.
_SIGNS: tuple[Mapping[str, Any], ...] = (
    {"sleep_quality": "fair"},
    {"fatigue_rise": 2},
    {"confidence": 6},
)


def is_check_in(vector: Vector) -> bool:
    """Whether the case asks for a row of the progression table."""
    return "row" in vector.expected


def observe_check_in(door: Door, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row and the action that answer, as the case names them."""
    body = fill_neutrally(empty_body())
    body["facts"] |= WELL
    for name, value in inputs.items():
        _submit(body, name, value)
    target, done = inputs.get("weekly_target"), inputs.get("weekly_minutes")
    if target is not None and done is not None:
        body["facts"]["weekly_minutes_share"] = 100 * done / target
    found = door.follow_up(body)
    return {"row": found["row"], "action": found["action"], "carb_g": _carbohydrate(found)}


def _carbohydrate(found: Mapping[str, Any]) -> list[float] | None:
    """The grams to eat before the start, where the answer asks for any."""
    steps = [s for s in found["dose"]["changes"] if s["attribute"] == "carbohydrate"]
    return steps[0]["change"] if steps else None


def _submit(body: Body, name: str, value: Any) -> None:
    if name in ("weekly_target", "weekly_minutes"):
        return
    if name == "conditions":
        body["conditions"] += value
        return
    if name == "drugs":
        body["medications"] += value
        body["facts"]["on_insulin"] = "insulin" in value
        return
    if name == "glucose":
        body["facts"]["glucose"] = {"value": value, "unit": "mg/dL"}
        return
    if name == "ketones":
        body["facts"]["urine_ketones"] = value
        return
    if name == "rec_flags":
        for sign in _SIGNS[:value]:
            body["facts"] |= sign
        return
    if name not in _RENAMED:
        raise UntranslatedError(f"no translation for the input {name!r}")
    body["facts"][_RENAMED[name]] = "unknown" if value is None else value
