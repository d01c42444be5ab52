"""A bound is a number, or a fact or a share of it with something added; unknown stays unknown."""

from datetime import date

import pytest

from cds.model.case import Case, Fact
from cds.model.effect import Bound
from cds.service import Service
from cds.stages.limits import resolve
from tests.stages.deciding import UNKNOWN, decide_for

_CASE = Case(date(2026, 11, 22), {"hr_rest": Fact("hr_rest", 60.0, "/min")})


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        (Bound(value=110.0), 110.0),
        (Bound(fact="hr_rest"), 60.0),
        (Bound(fact="hr_rest", plus=-10.0), 50.0),
        (Bound(fact="hr_rest", times=0.5), 30.0),
        (Bound(fact="hr_rest", plus=20.0, times=0.5), 50.0),
        (Bound(fact="hr_peak_measured", times=0.5), None),
    ],
)
def test_a_bound_becomes_a_number_of_its_case(bound: Bound, expected: float | None) -> None:
    assert resolve(_CASE, bound) == expected


@pytest.mark.parametrize(("threshold", "ceiling"), [(143, 128), (140, 126), (UNKNOWN, None)])
def test_the_ceiling_after_a_concussion_is_nine_tenths_of_the_threshold_rounded_down(
    service: Service, threshold: object, ceiling: int | None
) -> None:
    decision = decide_for(
        service, ("concussion",), concussion_symptom_hr=threshold, concussion_symptoms=True,
        concussion_days_ago=20, concussion_step="step_3_or_later",
    )  # fmt: skip
    assert decision.intensity.aerobic.hr_ceiling_bpm == ceiling
