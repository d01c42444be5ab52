"""The selection of a heart-rate method: unknown is never "no"."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cds.formulas.selection import (
    BLOCKED,
    DRUG,
    INSUFFICIENT_DATA,
    MEASURED,
    NOT_PREDICTABLE,
    RPE_ONLY,
    SelectionFacts,
    select_method,
)
from cds.model.formula import IntensityKnowledge


def _healthy(
    intensity: IntensityKnowledge, present: Iterable[str] = (), **more: object
) -> SelectionFacts:
    names = frozenset().union(*intensity.selection.recognised.values())
    states = {name: name in set(present) for name in names}
    facts = SelectionFacts(age=50, sex="male", states=states)
    return replace(facts, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("present", "reason", "rule"),
    [
        ("atrial_fibrillation", BLOCKED, "FORM-SEL-2"),
        ("heart_transplant", BLOCKED, "FORM-SEL-2"),
        ("pacemaker", BLOCKED, "FORM-SEL-2"),
        ("autonomic_neuropathy", BLOCKED, "FORM-SEL-2"),
        ("spinal_cord_injury", BLOCKED, "FORM-SEL-2"),
        ("beta_blocker", DRUG, "FORM-SEL-3"),
        ("ivabradine", DRUG, "FORM-SEL-3"),
        ("ccb_non_dhp", DRUG, "FORM-SEL-3"),
        ("antiarrhythmic", DRUG, "FORM-SEL-3"),
        ("digoxin", DRUG, "FORM-SEL-3"),
        ("pregnancy", DRUG, "FORM-SEL-3"),
        ("dialysis", DRUG, "FORM-SEL-3"),
    ],
)
def test_each_blocker_leaves_exertion_only(
    intensity: IntensityKnowledge, present: str, reason: str, rule: str
) -> None:
    chosen = select_method(_healthy(intensity, [present]), intensity.selection)
    assert (RPE_ONLY, reason, rule) == (chosen.method, chosen.reason, chosen.rule)
    assert chosen.because == (present,)


@pytest.mark.parametrize("rhythm", ["atrial_fibrillation", "other"])
def test_rhythm_other_than_sinus_leaves_exertion_only(
    intensity: IntensityKnowledge, rhythm: str
) -> None:
    chosen = select_method(_healthy(intensity, rhythm=rhythm), intensity.selection)
    assert (chosen.method, chosen.because) == (RPE_ONLY, ("rhythm",))


@pytest.mark.parametrize(
    ("condition", "flag"),
    [("pacemaker", "pacemaker_fixed_rate"), ("spinal_cord_injury", "tetraplegia")],
)
def test_explicit_absence_lifts_the_condition(
    intensity: IntensityKnowledge, condition: str, flag: str
) -> None:
    facts = _healthy(intensity, [condition])
    lifted = replace(facts, states={**facts.states, flag: False})
    assert select_method(lifted, intensity.selection).method == "gellish"
    set_ = replace(facts, states={**facts.states, condition: False, flag: True})
    assert select_method(set_, intensity.selection).reason == BLOCKED


@pytest.mark.parametrize(
    ("sex", "policy", "expected"),
    [
        ("female", None, ("gulati",)),
        ("female", "gellish", ("gellish",)),
        ("male", None, ("gellish",)),
        ("male", "tanaka", ("tanaka",)),
        ("male", "gulati", ("gellish",)),
        (None, None, ("gulati", "gellish")),
    ],
)
def test_prediction_follows_sex_and_policy(
    intensity: IntensityKnowledge, sex: str | None, policy: str | None, expected: tuple[str, ...]
) -> None:
    chosen = select_method(_healthy(intensity, sex=sex), intensity.selection, policy)
    assert expected == chosen.methods


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (17, NOT_PREDICTABLE),
        (18, None),
        (90, None),
        (91, NOT_PREDICTABLE),
        (None, INSUFFICIENT_DATA),
    ],
)
def test_no_prediction_outside_18_to_90(
    intensity: IntensityKnowledge, age: float | None, reason: str | None
) -> None:
    assert reason == select_method(_healthy(intensity, age=age), intensity.selection).reason


@pytest.mark.parametrize(
    ("current", "method"), [(True, MEASURED), (None, RPE_ONLY), (False, "gellish")]
)
def test_measured_peak_counts_only_on_the_current_drugs(
    intensity: IntensityKnowledge, current: bool | None, method: str
) -> None:
    facts = _healthy(intensity, hr_peak_measured=150.0)
    facts = replace(facts, states={**facts.states, "hr_peak_on_current_drugs": current})
    assert method == select_method(facts, intensity.selection).method


def test_measured_peak_on_a_beta_blocker_is_used(intensity: IntensityKnowledge) -> None:
    facts = _healthy(intensity, ["beta_blocker"], hr_peak_measured=128.0)
    facts = replace(facts, states={**facts.states, "hr_peak_on_current_drugs": True})
    assert (
        (chosen := select_method(facts, intensity.selection)).method,
        chosen.rule,
    ) == (MEASURED, "FORM-SEL-1")


def test_measured_peak_in_fibrillation_is_not_used(intensity: IntensityKnowledge) -> None:
    facts = _healthy(intensity, ["atrial_fibrillation"], hr_peak_measured=128.0)
    facts = replace(facts, states={**facts.states, "hr_peak_on_current_drugs": True})
    assert select_method(facts, intensity.selection).method == RPE_ONLY


@pytest.mark.parametrize(
    ("age", "lvef", "hint"),
    [(60, 55.0, "brawner"), (60, 45.0, None), (60, None, None), (39, 55.0, None), (81, 55.0, None)],
)
def test_brawner_is_hinted_only_for_whom_it_was_studied(
    intensity: IntensityKnowledge, age: float, lvef: float | None, hint: str | None
) -> None:
    facts = _healthy(intensity, ["beta_blocker", "coronary_artery_disease"], age=age, lvef=lvef)
    assert hint == select_method(facts, intensity.selection).hint


@given(data=st.data())
def test_leaving_a_state_out_never_turns_exertion_into_a_prediction(
    intensity: IntensityKnowledge, data: st.DataObject
) -> None:
    """Dropping what is known to be absent may only lead to exertion or to the same method."""
    names = sorted(
        {b.item for b in intensity.selection.no_method.blockers}
        | {b.item for b in intensity.selection.measured_only.blockers}
        | {"heart_failure", "tetraplegia", "pacemaker_fixed_rate"}
    )
    absent = data.draw(st.lists(st.sampled_from(names), unique=True))
    facts = _healthy(intensity)
    stated = select_method(facts, intensity.selection)
    states = {name: state for name, state in facts.states.items() if name not in absent}
    omitted = select_method(replace(facts, states=states), intensity.selection)
    assert omitted.method in (stated.method, RPE_ONLY)
