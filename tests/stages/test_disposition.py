"""What must be known before anything is prescribed, whatever else was found."""

from typing import Any

import pytest

from cds.model.decision import Disposition
from cds.service import Service
from tests.stages.deciding import UNKNOWN, decide_for

FOR_CLEARANCE = {"vascular_ehlers_danlos": True}
OPEN: dict[str, dict[str, Any]] = {
    "a child": {"age": 12},
    "a symptom that was not asked for": {"sx_unusual_fatigue": UNKNOWN},
}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_open_closes_the_plan_also_beside_a_call_for_clearance(
    service: Service, name: str
) -> None:
    alone = decide_for(service, **OPEN[name])
    beside = decide_for(service, **OPEN[name], **FOR_CLEARANCE)
    assert alone.disposition is Disposition.INSUFFICIENT_DATA
    assert beside.disposition is Disposition.CLEARANCE_FIRST
    assert (alone.plan, beside.plan) == (None, None)
    assert beside.intensity.aerobic.hr_bpm is None


def test_a_call_for_clearance_alone_leaves_the_plan_for_after_it(service: Service) -> None:
    decision = decide_for(service, **FOR_CLEARANCE)
    assert decision.disposition is Disposition.CLEARANCE_FIRST
    assert decision.plan is not None
