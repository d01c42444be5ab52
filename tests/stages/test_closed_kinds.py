"""A kind of exercise that a rule rules out for now is not in the plan either."""

import pytest

from tests.stages.prescribing import Prescribed, build_case, prescribe

RULE = ("some.rule",)


def kinds(found: Prescribed) -> set[str]:
    return {e.modality for c in found.plan.components for e in c.exercises}


def test_closed_resistance_leaves_no_component_and_nothing_that_loads() -> None:
    case = build_case(age=40.0)
    assert "resistance" in {c.modality for c in prescribe(case).plan.components}
    found = prescribe(case, closed={"resistance": RULE})
    assert "resistance" not in {c.modality for c in found.plan.components}
    assert kinds(found) & {"resistance", "isometric", "tendon"} == set()


@pytest.mark.parametrize("code", ["balance", "aquatic", "impact", "interval"])
def test_a_closed_kind_is_in_no_exercise_and_no_alternative(code: str) -> None:
    found = prescribe(build_case(age=70.0), closed={code: RULE})
    assert code not in kinds(found)
    barred = {m for m, bars in found.scene.bars.items() if any(b.by == RULE for b in bars)}
    assert barred <= found.scene.unsafe
    assert barred != set()


def test_without_resistance_the_other_components_stay() -> None:
    found = prescribe(build_case(age=40.0), closed={"resistance": RULE})
    assert {"aerobic", "flexibility"} <= {c.modality for c in found.plan.components}
