"""The smallest set of changes: verified, and as small as brute force finds it."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import pytest

from cds.answers.goal import Reached, apply, is_reached, reach
from cds.answers.view import View, look
from cds.http.core import CoreService
from cds.model.change import By
from cds.model.question import Step
from cds.service import Service
from tests.answers.patients import Facts, seen, target_of
from tests.api.adult import DAY, WELL

#: What a fact of the tests is when all is well; WELL holds the others.
GOOD: Facts = {"moderate_base_weeks": 12, "open_wound": False, "temperature": 36.6, "spo2_rest": 98,
               "pool_screen_complete": True}  # fmt: skip
PATIENTS: Mapping[str, tuple[str, Facts, tuple[str, ...]]] = {
    "pressure beside an old base": (
        "hiit",
        {"sbp_rest": 172, "dbp_rest": 104, "open_wound": True, "moderate_base_weeks": 3},
        (),
    ),
    "not used to effort": (
        "hiit",
        {"regular_exercise": False, "sbp_rest": 150, "moderate_base_weeks": 2},
        (),
    ),
    "fever and pressure": (
        "proceed_with_limits",
        {"fever": True, "temperature": 39.2, "sbp_rest": 150, "open_wound": True},
        (),
    ),
    "what is not known": (
        "vigorous",
        {"sx_dyspnea": None, "sbp_rest": 168, "open_wound": True, "spo2_rest": 86},
        (),
    ),
    "a pool with a wound": (
        "swimming",
        {"open_wound": True, "sbp_rest": 165, "pool_screen_complete": None},
        ("osteoporosis",),
    ),
}


def _mended(intake_facts: Facts, names: tuple[str, ...]) -> Facts:
    return {**intake_facts, **{name: {**WELL, **GOOD}[name] for name in names}}


def _brute_force(service: Service, core: CoreService, name: str) -> int | None:
    """The size of the smallest part of what is wrong that, put right, reaches the goal."""
    goal, facts, conditions = PATIENTS[name]
    target = target_of(service, goal)
    for size in range(len(facts) + 1):
        for names in combinations(facts, size):
            view = seen(service, core, target, _mended(facts, names), conditions)
            if is_reached(view, target):
                return size
    return None


def _found(service: Service, core: CoreService, name: str) -> tuple[View, Reached]:
    goal, facts, conditions = PATIENTS[name]
    target = target_of(service, goal)
    start = seen(service, core, target, facts, conditions)
    found = reach(start, target)
    assert isinstance(found, Reached)
    return start, found


@pytest.mark.parametrize("name", PATIENTS)
def test_the_set_is_as_small_as_brute_force_finds_it(
    service: Service, core: CoreService, name: str
) -> None:
    """Every subset of what is wrong is put right, so no smaller set of these facts exists."""
    assert len(_found(service, core, name)[1].steps) == _brute_force(service, core, name)


@pytest.mark.parametrize("name", PATIENTS)
def test_the_set_reaches_the_goal_and_no_part_of_it_does(
    service: Service, core: CoreService, name: str
) -> None:
    start, found = _found(service, core, name)
    target = target_of(service, PATIENTS[name][0])
    again = look(start.world, apply(start.intake, found.steps), DAY)
    assert is_reached(again, target)
    for part in _parts(found.steps):
        assert not is_reached(look(start.world, apply(start.intake, part), DAY), target)


def _parts(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    for size in range(len(steps)):
        yield from combinations(steps, size)


@pytest.mark.parametrize("name", PATIENTS)
def test_only_what_can_change_is_changed_in_its_direction(
    service: Service, core: CoreService, name: str
) -> None:
    start, found = _found(service, core, name)
    changes = service.knowledge.changes.facts
    for step in found.steps:
        before: Any = start.hearing.case.get(step.fact).value
        if before is None:
            assert step.by is By.ASKING
        else:
            assert changes[step.fact].allows(before, step.to)


def test_one_more_thing_in_the_way_never_makes_the_set_smaller(
    service: Service, core: CoreService
) -> None:
    target, sizes = target_of(service, "hiit"), []
    facts: dict[str, Any] = {}
    for name, value in (("sbp_rest", 165), ("moderate_base_weeks", 2), ("fever", True)):
        facts[name] = value
        found = reach(seen(service, core, target, facts, ()), target)
        assert isinstance(found, Reached)
        sizes.append(len(found.steps))
    assert sizes == [1, 2, 3]


def test_of_two_sets_of_one_size_the_one_that_asks_least_is_answered(
    service: Service, core: CoreService
) -> None:
    """An answer to a question before a treatment."""
    target = target_of(service, "vigorous")
    facts = {"desired_intensity": "vigorous", "symptoms_changed": False}
    found = reach(seen(service, core, target, facts, ("type_2_diabetes",)), target)
    assert isinstance(found, Reached)
    assert [step.by for step in found.steps] == [By.ASKING]


def test_no_sign_or_disease_is_supposed_for_the_sake_of_a_goal(
    service: Service, core: CoreService
) -> None:
    """A known disease would change the row of the algorithm; nobody should be told to have it."""
    target = target_of(service, "proceed_with_limits")
    found = reach(seen(service, core, target, {"sx_ischemic_pain": True}, ()), target)
    assert not isinstance(found, Reached)
    assert found.reason == "unchangeable"


def test_the_search_stops_at_its_bounds(service: Service, core: CoreService) -> None:
    """Somebody of whom nothing is known has no small set, and gets that said soon."""
    target = target_of(service, "hiit")
    facts = dict.fromkeys(WELL)
    found = reach(seen(service, core, target, {**facts, "age": 40}, ()), target)
    assert not isinstance(found, Reached)
    assert found.reason in ("not_found", "open_question")
    assert found.tried <= service.knowledge.changes.most_decisions
    assert found.barriers
