"""What can change is knowledge: never a diagnosis, an event, an age or a danger sign."""

import pytest

from cds.model.change import By, Changeable, Moves
from cds.service import Service
from tests.properties.people import REASSURING_WHEN_TRUE


def test_a_diagnosis_a_medicine_an_event_and_an_age_never_change(service: Service) -> None:
    facts = service.knowledge.changes.facts
    never = ("age", "sex", "falls_12mo", "vertebral_fracture", "low_trauma_fracture_count",
             "cardiac_arrest_history", "cancer_history", "steroid_months", "diabetes_years",
             "pregnant", "gestation_weeks")  # fmt: skip
    assert [name for name in never if name in facts] == []
    assert [name for name in facts if "." in name] == []


def test_a_sign_that_wants_an_assessment_is_no_lever(service: Service) -> None:
    facts = service.knowledge.changes.facts
    signs = ("sx_ischemic_pain", "sx_dizzy_syncope", "sx_acute", "saddle_anesthesia",
             "sudden_neurological_deficit", "tearing_back_pain", "suicidality")  # fmt: skip
    assert [name for name in signs if name in facts] == []


def test_what_becomes_or_may_be_supposed_present_is_reassuring(service: Service) -> None:
    """No search makes a sign or a disease true."""
    changes = service.knowledge.changes
    present = {name for name, change in changes.facts.items() if change.moves is Moves.PRESENT}
    practical = {"hr_peak_on_current_drugs", "support_person", "cardiac_programme",
                 "keyhole_surgery"}  # fmt: skip
    assert (present | changes.good_news) - practical <= REASSURING_WHEN_TRUE


@pytest.mark.parametrize(
    ("moves", "before", "allowed", "refused"),
    [
        (Moves.DOWN, 165, 159, 170),
        (Moves.UP, 2, 4, 1),
        (Moves.ABSENT, True, False, True),
        (Moves.PRESENT, False, True, False),
        (Moves.ANY, 5, 9, "high"),
    ],
)
def test_a_change_goes_in_its_direction_only(
    moves: Moves, before: float, allowed: float, refused: float
) -> None:
    change = Changeable(By.TIME, moves)
    assert change.allows(before, allowed)
    assert not change.allows(before, refused)


def test_a_code_becomes_one_of_its_codes(service: Service) -> None:
    nyha = service.knowledge.changes.facts["nyha"]
    assert nyha.allows("IV", "II")
    assert not nyha.allows("I", "IV")


def test_of_an_unknown_code_the_mildest_or_a_reachable_one_is_tried(service: Service) -> None:
    changes = service.knowledge.changes
    assert changes.may_suppose("aortic_stenosis", "none", "none")
    assert not changes.may_suppose("aortic_stenosis", "severe", "none")
    assert changes.may_suppose("supervision_available", "in_person", "none")
    assert not changes.may_suppose("lvad", True, None)
    assert changes.may_suppose("lvad", False, None)
