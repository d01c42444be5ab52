"""Whoever is told no is told why, and what is offered as a change holds."""

from hypothesis import given
from hypothesis import strategies as st

from cds.answers.goal import Reached, apply, is_reached, reach, verdict
from cds.answers.view import World, asking_for, look
from cds.answers.why_not import why_not
from cds.model.decision import Disposition
from cds.model.intake import Intake
from cds.service import Service
from tests.answers.patients import target_of
from tests.properties.effort import patients
from tests.properties.people import TODAY, intakes

TARGETS = (
    "hiit", "aerobic", "resistance", "swimming", "A03", "A21", "R42", "vigorous", "moderate",
    "home", "aquatic", "proceed", "proceed_with_limits", "clearance_first",
)  # fmt: skip
GOALS = ("hiit", "vigorous", "resistance", "A21", "proceed_with_limits")


def test_a_no_names_at_least_one_thing_in_the_way(service: Service) -> None:
    """Every barrier is traced, so that no search stops without a reason."""
    names = st.lists(st.sampled_from(TARGETS), min_size=4, max_size=4, unique=True)

    @patients(30)
    @given(intake=intakes(service), asked=names)
    def check(intake: Intake, asked: list[str]) -> None:
        for name in asked:
            target = target_of(service, name)
            view = look(World(service), asking_for(intake, target), TODAY)
            told = why_not(view, target)
            if told.verdict in ("block", "insufficient_data"):
                assert told.in_the_way, (name, view.decision.disposition)
            if view.decision.disposition is Disposition.EMERGENCY:
                assert told.still_allowed == ()

    check()


def test_a_set_of_changes_was_tried_and_each_of_it_is_needed(service: Service) -> None:
    """Leaving one change out leaves the goal closed, for anybody."""

    @patients(8)
    @given(intake=intakes(service), goal=st.sampled_from(GOALS))
    def check(intake: Intake, goal: str) -> None:
        target = target_of(service, goal)
        start = look(World(service), asking_for(intake, target), TODAY)
        found = reach(start, target)
        if not isinstance(found, Reached):
            assert found.barriers
            assert verdict(start, target) in ("block", "insufficient_data")
            return
        assert is_reached(look(start.world, apply(start.intake, found.steps), TODAY), target)
        for step in found.steps:
            fewer = tuple(other for other in found.steps if other is not step)
            assert not is_reached(look(start.world, apply(start.intake, fewer), TODAY), target)

    check()
