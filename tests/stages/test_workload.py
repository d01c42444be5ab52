"""METs of the plan stay under the table for the age, the capacity, and the load of ischaemia."""

from typing import Any

import pytest

from cds.service import Service
from tests.stages.deciding import UNKNOWN, decide_for


def mets(service: Service, *conditions: str, **facts: Any) -> tuple[float, float] | None:
    return decide_for(service, conditions, **facts).intensity.aerobic.mets


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"age": UNKNOWN}, (3.0, 8.7)),
        ({"age": 19}, (3.0, 8.7)),
        ({"age": 39}, (3.0, 8.7)),
        ({"age": 40}, (3.0, 8.4)),
        ({"age": 65}, (3.0, 6.7)),
    ],
)
def test_the_upper_end_is_the_lower_of_both_tables(
    facts: dict[str, Any], expected: tuple[float, float], service: Service
) -> None:
    assert mets(service, **facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"functional_capacity": 20}, (3.0, 8.4)),
        ({"functional_capacity": 5}, (2.6, 4.5)),
        ({"vo2max": 17.5}, (2.6, 4.5)),
        ({"vo2max": 17.5, "functional_capacity": 4}, (2.2, 3.6)),
        ({"functional_capacity": 1}, (1.0, 1.0)),
    ],
)
def test_nobody_is_asked_for_more_than_the_share_of_the_own_capacity(
    facts: dict[str, Any], expected: tuple[float, float], service: Service
) -> None:
    """40 to 89 % of the reserve above one MET, rounded inward."""
    assert mets(service, **facts) == expected


@pytest.mark.parametrize(("threshold", "top"), [(2.5, 2.4), (3.0, 2.9), (5.0, 4.9), (9.0, 5.9)])
def test_the_load_of_ischaemia_is_not_reached(
    threshold: float, top: float, service: Service
) -> None:
    """Without its heart rate nothing is prescribed by heart rate either."""
    found = decide_for(service, ischemic_threshold_mets=threshold).intensity
    assert found.aerobic.mets is not None
    assert (found.aerobic.mets[1], found.hr_method, found.aerobic.hr_bpm) == (top, "rpe_only", None)


def test_the_fallback_exertion_keeps_to_the_capacity_too(service: Service) -> None:
    """Without a zone under the ceiling only exertion of 9 to 11 is left: light, 30 to 39 %."""
    near = {"hr_rest": 80, "hr_peak_measured": 90, "hr_peak_on_current_drugs": True}
    assert mets(service, functional_capacity=5, **near) == (2.0, 2.5)
