"""A check-in at which all is well, and how it is told to the service."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from cds.http.core import CoreService
from cds.model.follow_up import FollowUp
from cds.schemas.follow_up_request import read_follow_up_request

DAY = date(2026, 11, 22)
Facts = Mapping[str, Any]
WELL: Facts = {
    "pain_during": 1, "delta24": 0, "session_rpe": 4, "reps_over_target": 0,
    "sessions_hard_streak": 0, "sessions_easy_streak": 0, "adherence_14d": 100,
    "completion_7d": 100, "missed_weeks": 0, "sleep_quality": "good", "fatigue": 2, "mood": "good",
    "confidence": 8, "swelling": False, "red_flag": False, "post_exertional_malaise": "none",
}  # fmt: skip
REVIEWED = {"conditions_reviewed": True, "medications_reviewed": True}


def body_of(facts: Facts, **beside: Any) -> dict[str, Any]:
    """The body of a check-in: all well but for these facts; None leaves a fact out."""
    told = {name: value for name, value in {**WELL, **facts}.items() if value is not None}
    return {"facts": told, "conditions": [], "medications": [], **REVIEWED, **beside}


def answer_to(core: CoreService, facts: Facts, **beside: Any) -> FollowUp:
    """The answer to a check-in, read as a client's body is read."""
    asked = read_follow_up_request(body_of(facts, **beside), core.terms, DAY)
    return core.follow_up(asked.told.intake, asked.told.evaluation_date)
