"""Goals come from what was measured: own words first, and no number that nobody measured."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from cds.decide import decide
from cds.model.answer import Decision
from cds.model.decision import Disposition
from cds.model.goal import Goal
from cds.service import Service
from tests.properties.people import TODAY, build, healthy
from tests.stages.deciding import UNKNOWN, decide_for

FIT = "What would be different in daily life? Name one thing to do, how much of it, and by when."


def wishing(service: Service, *wishes: str, **facts: Any) -> Decision:
    """The decision for somebody healthy with these goals and departures."""
    known = {n: v for n, v in {**healthy(service), **facts}.items() if v is not UNKNOWN}
    return decide(service, build(known, preferences={"goals": list(wishes)}), TODAY)


def by_measure(decision: Decision) -> Mapping[str | None, Goal]:
    return {goal.measure: goal for goal in decision.goals}


@pytest.mark.parametrize(
    ("fact", "value", "target", "weeks"),
    [
        ("phq9", 12, 7, 8),
        ("phq9", 10, 5, 8),
        ("gad7", 10, 6, 8),
        ("tsk11", 29, 23, 8),
        ("tsk17", 38, 32, 8),
        ("pseq", 30, 36, 8),
        ("isi", 15, 9, 8),
        ("psqi", 6, 3, 8),
        ("pain_rest", 4, 2, 8),
        ("gait_speed", 0.8, 0.9, 8),
        ("chair_stands_30s", 13, 15, 8),
        ("tug", 12, 11.9, 8),
        ("falls_12mo", 1, 0, 26),
        ("sbp_rest", 142, 137, 12),
        ("hba1c", 7.5, 7, 12),
        ("confidence", 6, 7, 4),
        ("fes_i", 23, 22, 12),
        ("dual_task_cost", 10, 9, 8),
        ("dxa_t_score", -1, -1, 52),
    ],
)
def test_a_goal_is_the_measured_value_and_a_change_that_matters_by_a_date(
    service: Service, fact: str, value: float, target: float, weeks: int
) -> None:
    """Whole scores move by no less than the change; the reference gives the size of each."""
    goal = by_measure(decide_for(service, **{fact: value}))[fact]
    days = (goal.by - TODAY).days if isinstance(goal.by, date) else None
    assert (value, target, 7 * weeks) == (goal.baseline, goal.target, days)
    assert goal.mark in ("V", "K", "O")
    assert goal.citation in service.knowledge.citations


@pytest.mark.parametrize(
    ("fact", "value"),
    [("phq9", 9), ("tsk11", 28), ("pseq", 31), ("chair_stands_30s", 14), ("sbp_rest", 139)],
)
def test_what_is_well_needs_no_goal(service: Service, fact: str, value: float) -> None:
    """One short of the mark: a target would be beyond what is sensible."""
    assert fact not in by_measure(decide_for(service, **{fact: value}))


def test_weight_is_a_goal_by_the_body_mass_index(service: Service) -> None:
    """Two kilograms, the honest figure of exercise alone."""
    heavy = by_measure(decide_for(service, weight=100, bmi=30))["weight"]
    others = [by_measure(decide_for(service, weight=100, bmi=b)) for b in (29.9, UNKNOWN)]
    assert (heavy.target, heavy.citation) == (98, "oppert-2021")
    assert ["weight" in goals for goals in others] == [False, False]


def test_own_goals_come_first_then_safety_then_conditions(service: Service) -> None:
    """The order of the reference: the person's value, falls and heart, then the rest."""
    decision = wishing(service, "sing", phq9=12, falls_12mo=1)
    kinds = [goal.kind for goal in decision.goals]
    order = ["own", "safety", "condition"]
    assert kinds == sorted(kinds, key=order.index)
    assert order == list(dict.fromkeys(kinds))


def test_an_own_goal_keeps_its_words_and_takes_the_measure_that_serves_it(
    service: Service,
) -> None:
    """Climbing stairs is leg strength; the same measure sets no second goal."""
    decision = wishing(service, "Climb the STAIRS to my flat", chair_stands_30s=10)
    found = [goal for goal in decision.goals if goal.measure == "chair_stands_30s"]
    assert [(goal.text, goal.kind, goal.baseline, goal.target) for goal in found] == [
        ("Climb the STAIRS to my flat", "own", 10, 12)
    ]


@pytest.mark.parametrize(
    ("wish", "ask"),
    [
        ("get fit", FIT),
        ("garden again", "How much of it, how will it be measured, and by when?"),
        ("garden 30 minutes twice a week", None),
        ("walk to the shop", "Measure it first. How far did the person walk in six minutes?"),
    ],
)
def test_a_goal_that_is_not_concrete_is_asked_back(
    service: Service, wish: str, ask: str | None
) -> None:
    """A vague goal gets the question what would be different; a number is concrete enough."""
    goal = wishing(service, wish, six_minute_walk=UNKNOWN).goals[0]
    assert (wish, ask, None) == (goal.text, goal.ask, goal.target)


def test_an_own_goal_whose_measure_is_well_still_asks_how_much(service: Service) -> None:
    """Somebody who walks well and wants to walk more is asked how much, by when."""
    goal = wishing(service, "walk more", six_minute_walk=640).goals[0]
    assert (goal.measure, goal.target) == ("six_minute_walk", None)
    assert goal.ask == "How much of it, how will it be measured, and by when?"


def test_what_nobody_measured_is_asked_for_and_not_invented(service: Service) -> None:
    """An older person without tests gets one question for a domain, and no numbers."""
    tests = ("gait_speed", "tug", "chair_stands_30s", "sppb", "six_minute_walk")
    decision = decide_for(service, age=70, **dict.fromkeys(tests, UNKNOWN))
    asked = [goal for goal in decision.goals if goal.ask]
    assert {"function", "strength"} == {goal.domain for goal in asked}
    assert all(goal.baseline is None and goal.target is None for goal in asked)


def test_weekly_minutes_are_a_goal_until_they_are_reached(service: Service) -> None:
    """The plan's own weekly goal, against the minutes of the activity vital sign."""
    little = [g for g in decide_for(service, evs_days=2, evs_minutes=20).goals if not g.measure]
    enough = [g for g in decide_for(service, evs_days=7, evs_minutes=60).goals if not g.measure]
    assert ([(g.baseline, g.unit) for g in little], enough) == ([(40, "min/wk")], [])


def test_without_a_plan_only_the_persons_own_words_remain(service: Service) -> None:
    """A target under a hold would read as a prescription."""
    held = wishing(service, "climb stairs", fever=True, temperature=39, chair_stands_30s=10)
    assert held.plan is None
    assert [(goal.text, goal.target) for goal in held.goals] == [("climb stairs", None)]


def test_an_emergency_has_no_goals_no_team_and_teaches_nothing(service: Service) -> None:
    """Nothing but the pathway."""
    decision = wishing(service, "run", suicidality=True, phq9=20, isi=20)
    assert decision.disposition is Disposition.EMERGENCY
    assert (decision.goals, decision.team, decision.education) == ((), None, ())
