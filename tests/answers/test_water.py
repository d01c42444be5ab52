"""Why not in this water: its temperature and depth stand in the way like any other fact."""

from typing import Any

import pytest

from cds.answers.view import World, asking_for, look
from cds.answers.why_not import why_not
from cds.service import Service
from tests.answers.patients import target_of
from tests.properties.people import TODAY, build, healthy


@pytest.mark.parametrize(
    ("facts", "fact"),
    [
        ({"water_temperature": 40}, "water_temperature"),
        ({"water_temperature": 12}, "water_temperature"),
        ({"water_depth": "deep"}, "water_depth"),
    ],
)
def test_a_water_that_does_not_fit_is_named(
    service: Service, facts: dict[str, Any], fact: str
) -> None:
    chronic = {"condition.fibromyalgia": True}
    person = build(healthy(service) | chronic | facts)
    target = target_of(service, "swimming")
    view = look(World(service), asking_for(person, target), TODAY)
    told = why_not(view, target)
    assert told.verdict == "block"
    named = {test.fact for barrier in told.in_the_way for test in barrier.conditions}
    assert fact in named
