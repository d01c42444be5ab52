"""A published check-in in the words of `POST /v1/follow-ups`, and its answer in those of the case.

What the case does not speak of is well: "others green", as the reference has it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from cds.http.core import CoreService
from cds.model.follow_up import FollowUp
from cds.schemas.follow_up_request import read_follow_up_request
from tests.acceptance.patients import DAY, Body, UntranslatedError, empty_body, fill_neutrally
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


def observe_check_in(core: CoreService, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row and the action that answer, as the case names them."""
    body = fill_neutrally(empty_body())
    body["facts"] |= WELL
    for name, value in inputs.items():
        _submit(body, name, value)
    target, done = inputs.get("weekly_target"), inputs.get("weekly_minutes")
    if target is not None and done is not None:
        body["facts"]["weekly_minutes_share"] = 100 * done / target
    asked = read_follow_up_request(body, core.terms, date.fromisoformat(DAY))
    found: FollowUp = core.follow_up(asked.told.intake, asked.told.evaluation_date)
    return {"row": found.row, "action": found.action}


def _submit(body: Body, name: str, value: Any) -> None:
    if name in ("weekly_target", "weekly_minutes"):
        return
    if name == "conditions":
        body["conditions"] += value
        return
    if name == "rec_flags":
        for sign in _SIGNS[:value]:
            body["facts"] |= sign
        return
    if name not in _RENAMED:
        raise UntranslatedError(f"no translation for the input {name!r}")
    body["facts"][_RENAMED[name]] = "unknown" if value is None else value
