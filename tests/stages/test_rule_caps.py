"""Rules cap the impact and raise the supervision of a dose, never the other way round."""

from itertools import permutations

import pytest

from cds.model.dose import Attributed
from cds.stages.limits import SetLimit
from cds.stages.rule_caps import cap_dose
from tests.stages.prescribing import build_case, prescribe

DOSE = prescribe(build_case(("osteoporosis",), age=60.0)).dose


def impact(code: str | None, by: str) -> SetLimit:
    return SetLimit("impact", None, code, by, None, "")


def supervision(level: float | None, by: str) -> SetLimit:
    return SetLimit("supervision_level", level, None, by, None, "")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("high", Attributed("moderate", ("osteoporosis",))),
        ("moderate", Attributed("moderate", ("osteoporosis", "rule.a"))),
        ("low", Attributed("low", ("rule.a",))),
        (None, Attributed("moderate", ("osteoporosis",))),
    ],
)
def test_the_strictest_impact_ceiling_wins(code: str | None, expected: Attributed[str]) -> None:
    assert cap_dose(DOSE, [impact(code, "rule.a")]).impact == expected


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0.0, Attributed(1, ("osteoporosis",))),
        (1.0, Attributed(1, ("osteoporosis", "rule.a"))),
        (3.0, Attributed(3, ("rule.a",))),
        (None, Attributed(1, ("osteoporosis",))),
    ],
)
def test_the_highest_supervision_wins(level: float | None, expected: Attributed[int]) -> None:
    assert cap_dose(DOSE, [supervision(level, "rule.a")]).supervision == expected


def test_the_order_of_rules_never_matters() -> None:
    rules = [impact("low", "b"), impact("low", "a"), impact("none", "c"), supervision(2.0, "d")]
    capped = [cap_dose(DOSE, order) for order in permutations(rules)]
    assert all(dose == capped[0] for dose in capped)
    assert (capped[0].impact.value, capped[0].supervision.value) == ("none", 2)


def test_a_limit_on_something_else_changes_nothing() -> None:
    assert cap_dose(DOSE, [SetLimit("mets", 5.0, None, "rule.a", None, "")]) == DOSE
