"""An effect holds when its rule is true, or unknown and to be read cautiously."""

from dataclasses import replace

import pytest

from cds.model.condition import Truth
from cds.model.effect import Limit
from cds.model.rule import IfUnknown
from cds.service import Service
from cds.stages.contraindications import contraindications
from cds.stages.outcome import Outcome, effects_of

HOLD = "contraindications.blood_pressure.bp-hold"
ISCHEMIA = "cardiac.ischemia.below-threshold"


@pytest.mark.parametrize(
    ("if_unknown", "truth", "holds"),
    [
        (IfUnknown.ASSUME, Truth.TRUE, True),
        (IfUnknown.ASSUME, Truth.UNKNOWN, False),
        (IfUnknown.APPLY, Truth.UNKNOWN, True),
        (IfUnknown.APPLY, Truth.FALSE, False),
        (IfUnknown.REQUIRE, Truth.UNKNOWN, False),
    ],
)
def test_a_contraindication_is_found_only_when_its_rule_holds(
    if_unknown: IfUnknown, truth: Truth, holds: bool, service: Service
) -> None:
    rule = replace(service.rules.rules[HOLD], if_unknown=if_unknown)
    found = contraindications([Outcome(rule, truth)])
    assert ({HOLD} if holds else set()) == {finding.id for finding in found}


def test_effects_of_another_kind_are_passed_over(service: Service) -> None:
    """The rule also sets a method and a stop criterion."""
    outcome = Outcome(service.rules.rules[ISCHEMIA], Truth.TRUE)
    assert [effect.attribute for _, effect in effects_of([outcome], Limit)] == ["hr_bpm"]


def test_the_state_of_an_outcome_has_the_names_of_the_contract(service: Service) -> None:
    rule = service.rules.rules[ISCHEMIA]
    states = [Outcome(rule, truth).state for truth in (Truth.TRUE, Truth.FALSE, Truth.UNKNOWN)]
    assert states == ["fired", "not_fired", "unknown"]
