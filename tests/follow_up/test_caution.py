"""Whatever is added or left out: the dose of a check-in never becomes less cautious by it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cds.http.core import CoreService
from cds.model.effect import Direction
from cds.model.follow_up import FollowUp
from tests.follow_up.checking_in import WELL, Facts, answer_to

_CAUTION = [direction.value for direction in Direction]
_RISES = Direction.PROGRESS.value

# What may be told, from well to worse. Steps of one list only ever get worse.
WORSE: dict[str, list[Any]] = {
    "pain_during": [0, 2, 3, 5, 6, 10],
    "delta24": [-1, 0, 1, 2, 3, 10],
    "sessions_hard_streak": [0, 1, 2, 5],
    "adherence_14d": [100, 80, 79, 50, 49, 0],
    "completion_7d": [100, 80, 79, 0],
    "missed_weeks": [0, 1, 2, 3, 4, 5, 20],
    "sleep_quality": ["good", "fair"],
    "mood": ["good", "low", "very_low"],
    "confidence": [10, 7, 6, 4, 3, 0],
    "swelling": [False, True],
    "red_flag": [False, True],
    "fatigue_rise": [0, 1, 2, 3, 10],
    "phq9": [0, 9, 10, 14, 15, 27],
    "phq9_item9": [0, 1, 3],
    "phq9_rise": [0, 4, 5],
    "gad7": [0, 9, 10, 14, 15],
    "isi": [0, 7, 8, 14, 15],
    "short_nights": [0, 2, 3],
    "new_night_pain_nights": [0, 1, 2],
    "morning_stiffness_longer": [0, 29, 30],
    "progress_weeks": [0, 5, 6],
    "post_exertional_malaise": ["none", "mild", "moderate", "severe"],
    "sessions_over_ceiling": [0, 2],
    "care_changed_since_screening": [False, True],
    "injurious_fall_since": [False, True],
    "months_since_screening": [0, 2, 3],
}
# What raises a dose, told beside.
RISES: list[Facts] = [
    {},
    {"reps_over_target": 1},
    {"reps_over_target": 2, "trained_region": "lower"},
    {"sessions_easy_streak": 2},
    {"trained_modality": "aerobic", "weekly_minutes_share": 60},
    {"trained_modality": "aerobic", "weekly_minutes_share": 100, "sessions_easy_streak": 2},
    {"trained_modality": "balance", "balance_held_twice": True},
    {"phase_goal_met": True, "stage_time_reached": True},
]
# Asked only behind another answer that is not green, or counted only when somebody tells it.
# A check-in is held for every other answer that is left out.
COUNTED_WHEN_TOLD = frozenset(
    {
        *("phq9", "phq9_item9", "phq9_rise", "gad7", "isi", "short_nights", "progress_weeks"),
        *("new_night_pain_nights", "morning_stiffness_longer", "fatigue_rise", "completion_7d"),
        *("sessions_over_ceiling", "care_changed_since_screening", "injurious_fall_since"),
        *("months_since_screening", "post_exertional_malaise"),
    }
)


@st.composite
def check_ins(draw: st.DrawFn) -> dict[str, Any]:
    """A check-in: a few answers differ from well, and something may call for a rise."""
    names = draw(st.lists(st.sampled_from(sorted(WORSE)), max_size=4, unique=True))
    told: dict[str, Any] = {"pem_last_crash_days": draw(st.sampled_from([0, 14, 15, 60]))}
    told |= {name: draw(st.sampled_from(WORSE[name])) for name in names}
    return {**told, **draw(st.sampled_from(RISES))}


def _allowed(found: FollowUp) -> tuple[int, float]:
    """How much the next dose allows: the direction, and for a step down how far."""
    direction = found.dose.direction
    lowest = min((step.change[0] for step in found.dose.changes), default=0.0)
    return _CAUTION.index(direction), lowest if direction == Direction.REGRESS.value else 0.0


@given(facts=check_ins(), name=st.sampled_from(sorted(WORSE)), data=st.data())
@settings(max_examples=120, deadline=None)
def test_a_worse_answer_never_allows_more(
    core: CoreService, facts: Facts, name: str, data: st.DataObject
) -> None:
    values = WORSE[name]
    worse = data.draw(st.integers(1, len(values) - 1))
    better = data.draw(st.integers(0, worse - 1))
    before = answer_to(core, {**facts, name: values[better]})
    after = answer_to(core, {**facts, name: values[worse]})
    assert _allowed(after) <= _allowed(before), (before.dose, after.dose)


@given(facts=check_ins(), name=st.sampled_from(sorted(set(WORSE) - COUNTED_WHEN_TOLD)))
@settings(max_examples=80, deadline=None)
def test_nothing_rises_on_an_answer_that_was_left_out(
    core: CoreService, facts: Facts, name: str
) -> None:
    found = answer_to(core, {**facts, name: None})
    assert found.dose.direction != _RISES
    assert found.direction != _RISES


@given(facts=check_ins(), name=st.sampled_from(sorted(COUNTED_WHEN_TOLD)))
@settings(max_examples=60, deadline=None)
def test_telling_what_is_well_never_allows_less_than_leaving_it_out(
    core: CoreService, facts: Facts, name: str
) -> None:
    left_out = answer_to(core, {**facts, name: None})
    told = answer_to(core, {**facts, name: WORSE[name][0]})
    assert _allowed(told) >= _allowed(left_out)


@given(
    facts=check_ins(),
    malaise=st.sampled_from(["mild", "moderate", "severe"]),
    crash=st.sampled_from([None, 0, 14, 15, 400]),
)
@settings(max_examples=40, deadline=None)
def test_worsening_after_exertion_blocks_every_fixed_rise(
    core: CoreService, facts: Facts, malaise: str, crash: int | None
) -> None:
    told = {**facts, "post_exertional_malaise": malaise, "pem_last_crash_days": crash}
    found = answer_to(core, told)
    assert found.dose.direction != _RISES
    assert all(step.change[0] <= 0 for step in found.dose.changes)


def test_a_disease_with_worsening_after_exertion_is_asked_before_a_rise(core: CoreService) -> None:
    told: Facts = {"post_exertional_malaise": None, "reps_over_target": 2}
    for condition in ("long_covid", "chronic_fatigue"):
        found = answer_to(core, told, conditions=[condition])
        assert (found.row, found.dose.direction) == ("PR-48", "hold")
        assert "post_exertional_malaise" in [missing.fact for missing in found.missing]
    unreviewed = answer_to(core, told, conditions_reviewed=False)
    assert unreviewed.dose.direction == "hold"


def test_every_answer_that_is_well_is_needed_or_counted_only_when_told() -> None:
    neutral = {"reps_over_target", "sessions_easy_streak", "session_rpe", "fatigue"}
    assert set(WELL) - neutral <= set(WORSE)
