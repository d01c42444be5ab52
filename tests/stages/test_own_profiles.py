"""What names a profile brings that profile alone; what it or the rules cover has a dose."""

import pytest

from cds.model.answer import Decision
from cds.service import Service
from tests.stages.deciding import decide_for


def profiles(found: Decision) -> tuple[str, ...]:
    """The profiles of the plan."""
    assert found.plan is not None
    return tuple(found.plan.profiles)


def test_an_acute_back_does_not_bring_the_dose_of_a_chronic_one(service: Service) -> None:
    assert profiles(decide_for(service, ("albp",))) == ("albp",)


def test_an_acute_and_a_chronic_back_bring_both(service: Service) -> None:
    assert profiles(decide_for(service, ("albp", "low_back_pain"))) == ("albp", "clbp")


def test_a_negative_screen_for_malaise_keeps_its_own_dose(service: Service) -> None:
    assert profiles(decide_for(service, ("postcovid_nopem",))) == ("postcovid_nopem",)


def test_malaise_brings_its_dose_whatever_the_condition(service: Service) -> None:
    """Fibromyalgia with worsening after exertion: no quota, and no test of distance is asked."""
    found = decide_for(service, ("fibromyalgia",), post_exertional_malaise="mild")
    assert profiles(found) == ("fibromyalgia", "postcovid_pem")
    assert "six_minute_walk" not in {goal.measure for goal in found.goals}


@pytest.mark.parametrize("condition", ["epilepsy", "diabetic_neuropathy", "lymphoedema"])
def test_what_rules_or_a_profile_cover_does_not_take_the_dose_away(
    service: Service, condition: str
) -> None:
    assert decide_for(service, ("knee_osteoarthritis", condition)).plan is not None


def test_a_pulse_that_may_not_guide_leaves_the_exertion_of_its_rule(service: Service) -> None:
    """Without a test 20 to 30 above rest stands in; kidney disease takes the pulse away."""
    found = decide_for(service, ("cad_mi", "ckd"))
    assert found.intensity.aerobic.rpe_6_20 == (12.0, 13.0)
    assert found.intensity.aerobic.hr_bpm is None


def test_an_alternative_that_another_finding_rules_out_is_not_offered(service: Service) -> None:
    """Impact is wanted for bone, not after falls: what is offered instead is open."""
    found = decide_for(service, ("osteoporosis", "falls"), low_trauma_fracture_count=0)
    assert found.plan is not None
    removed = {movement.id for movement in found.plan.avoided}
    offered = {said for finding in found.contraindications for said in finding.alternatives}
    assert removed & offered == set()
