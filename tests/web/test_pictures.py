"""The pictures of effort and of the week show what the answer says, and who set it."""

from typing import Any

import pytest

from cds.web.scales import scales_of
from cds.web.week import week_of


def limit(attribute: str, value: Any, by: str) -> dict[str, Any]:
    return {"attribute": attribute, "value": value, "by": by}


def intensity(*limits: dict[str, Any], **aerobic: Any) -> dict[str, Any]:
    return {"aerobic": {"hr_bpm": None, "rpe_6_20": None, **aerobic}, "limited_by": limits}


def test_every_limit_of_the_heart_rate_is_marked_with_who_set_it() -> None:
    """The ceiling that is not reached is shown too: it holds when the other one falls."""
    (scale,) = scales_of(
        intensity(
            limit("hr_bpm.high", 88, "no-test"),
            limit("hr_ceiling_bpm", 88, "no-test, hf"),
            limit("hr_ceiling_bpm", 160, "icd"),
            limit("rpe_6_20.high", 12, "hf"),
            limit("hr_method", "rpe_only", "medicine"),
            hr_bpm=[78, 88],
        )
    )
    assert [(m.letter, m.value, m.by, m.cuts) for m in scale.marks] == [
        ("A", 88, ("no-test", "hf"), True),
        ("B", 160, ("icd",), False),
    ]
    assert scale.numbers[0][0] == 40
    assert scale.numbers[-1][0] >= 160


def test_the_zone_lies_between_its_two_values_on_the_axis() -> None:
    (scale,) = scales_of(intensity(rpe_6_20=[10, 13]))
    places = dict(scale.numbers)
    assert scale.left == places[10]
    assert scale.left + scale.width == pytest.approx((places[12] + places[14]) / 2, abs=0.2)
    assert scale.marks == ()


def test_without_a_zone_there_is_no_picture() -> None:
    assert scales_of(intensity()) == ()


@pytest.mark.parametrize(
    ("frequency", "sure", "maybe"),
    [([2, 2], [0, 3], []), ([2, 3], [0, 3], [5]), ([7, 7], list(range(7)), []), ([0, 1], [], [0])],
)
def test_the_days_of_a_week_are_as_many_as_the_plan_says_and_apart(
    frequency: list[float], sure: list[int], maybe: list[int]
) -> None:
    (row,) = week_of({"components": [{"modality": "resistance", "frequency": frequency}]})
    assert [day for day, state in enumerate(row.days) if state == "sure"] == sure
    assert [day for day, state in enumerate(row.days) if state == "maybe"] == maybe


def test_no_plan_has_no_week() -> None:
    assert week_of(None) == ()
