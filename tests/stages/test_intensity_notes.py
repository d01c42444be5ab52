"""What the rules say of the limits that are shown stands beside the limits, with the rules."""

from cds.model.answer import Decision
from cds.model.decision import Statement
from cds.model.intensity import LimitedBy
from cds.service import Service
from cds.stages.intensity_notes import tell_limits
from cds.stages.limits import SetLimit, SetMethod
from tests.stages.deciding import UNKNOWN, decide_for

_ICD = "cardiac.icd.margin-10"
_AF = "cardiac.atrial_fibrillation.exertion-only"


def told(decision: Decision) -> dict[str, tuple[str, ...]]:
    return {note.message: note.because for note in decision.intensity.notes}


def test_a_ceiling_and_the_method_that_is_left_say_why(service: Service) -> None:
    found = told(decide_for(service, ("icd", "atrial_fibrillation"), icd_lowest_detection_rate=180))
    ceiling = next(message for message, by in found.items() if by == (_ICD,))
    assert "below the lowest rate at which the defibrillator detects" in ceiling
    assert any("use RPE and the talk test" in m for m, by in found.items() if by == (_AF,))


def test_what_does_not_limit_is_not_told(service: Service) -> None:
    """A limit of 80 % stands beside a profile that ends lower; pressures are told elsewhere."""
    found = decide_for(service, ("heart_failure",), lvef=35)
    setters = {by for limit in found.intensity.limited_by for by in limit.by.split(", ")}
    assert {by for because in told(found).values() for by in because} <= setters
    assert told(decide_for(service)) == {}


def test_what_is_told_is_explained(service: Service) -> None:
    given = {"concussion_days_ago": 1, "concussion_step": UNKNOWN, "concussion_clearance": UNKNOWN}
    found = decide_for(service, **given)
    explained = {each.rule for each in found.explanations}
    assert told(found)
    assert {by for because in told(found).values() for by in because} <= explained


def test_a_sentence_is_told_once_with_every_rule_that_says_it() -> None:
    """A rule that ends two scales with one sentence stands once, one that ends none not at all."""
    limits = [
        SetLimit(attribute, 40.0, None, by, None, "No harder.")
        for by in ("a.one", "b.two", "c.none")
        for attribute in ("hrr_percent", "hr_bpm")
    ]
    shown = [LimitedBy("hrr_percent.high", 40.0, "a.one, b.two")]
    method = SetMethod("rpe_only", ("b.two", "c.none"), ("By exertion.", "By exertion."))
    assert tell_limits(shown, limits, method) == (
        Statement("No harder.", ("a.one", "b.two")),
        Statement("By exertion.", ("b.two",)),
    )
