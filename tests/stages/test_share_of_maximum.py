"""A limit told as a percentage of the maximal heart rate lowers the beats and the exertion."""

from typing import Any

import pytest

import cds.dosing
from cds.rules.effect_schemas import CODE_LIMITS, NUMERIC_LIMITS
from cds.service import Service
from cds.stages.limits import SetLimit
from tests.stages.deciding import UNKNOWN, decide_for

_AFTER = {"concussion_days_ago": 10, "hr_rest": 66}
_UNASKED = {"concussion_symptoms": UNKNOWN, "concussion_clearance": UNKNOWN}
_TESTED = {"hr_peak_measured": 190, "hr_peak_on_current_drugs": True}
_LOW = {"mets": 2.0, "rpe_6_20": 8.0, "sbp_exercise": 150.0, "supervision_level": 3.0}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"concussion_step": "step_2a"}, ("very_light", (66, 96), 96, (6.0, 8.0))),
        ({"concussion_step": "step_2b"}, ("moderate", (110, 122), 122, (12.0, 13.0))),
        ({"concussion_step": "step_2b", **_TESTED}, ("moderate", (116, 133), 133, (12.0, 13.0))),
        (_UNASKED, ("very_light", (66, 96), 96, (6.0, 8.0))),
        ({"concussion_step": "step_3_or_later"}, ("vigorous", (110, 163), None, (12.0, 17.0))),
        (
            {"concussion_symptoms": False, "concussion_clearance": True},
            ("vigorous", (110, 163), None, (12.0, 17.0)),
        ),
    ],
)
def test_each_step_after_a_concussion_has_its_share_of_the_maximum(
    facts: dict[str, Any], expected: tuple[Any, ...], service: Service
) -> None:
    """55 and 70 % of 175.5/min, the prediction for 45 years, or of the 190/min of a test."""
    aerobic = decide_for(service, **_AFTER, **facts).intensity.aerobic
    shown = (aerobic.category, aerobic.hr_bpm, aerobic.hr_ceiling_bpm, aerobic.rpe_6_20)
    assert shown == expected


@pytest.mark.parametrize(
    "unknown", [{"age": UNKNOWN}, {"hr_rest": UNKNOWN}, {"medications": ("beta_blocker",)}]
)
def test_without_a_maximum_exertion_ends_with_the_category_of_the_share(
    unknown: dict[str, Any], service: Service
) -> None:
    given = {**_AFTER, "concussion_step": "step_2b", **unknown}
    aerobic = decide_for(service, **given).intensity.aerobic
    assert (aerobic.category, aerobic.hr_bpm) == ("moderate", None)
    assert (aerobic.hrr_percent, aerobic.rpe_6_20) == ((40.0, 59.0), (12.0, 13.0))


@pytest.mark.parametrize("attribute", sorted({*NUMERIC_LIMITS, *CODE_LIMITS}))
def test_no_limit_that_a_rule_may_set_is_without_effect(
    attribute: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = decide_for(service)
    code = CODE_LIMITS[attribute][0] if attribute in CODE_LIMITS else None
    value = None if code else _LOW.get(attribute, 40.0)
    limit = SetLimit(attribute, value, code, "rule.new", None, "A limit.")
    monkeypatch.setattr(cds.dosing, "limits", lambda case, outcomes: (limit,))
    assert decide_for(service) != before
