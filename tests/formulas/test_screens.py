"""Falls and cardiac risk: any test flags, a low tier needs everything known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.formulas.falls import FallsFacts, screen_falls
from cds.formulas.risk import RiskTier, stratify_risk
from cds.model.formula import IntensityKnowledge

LOW: dict[str, Any] = {
    "complex_va_test": False,
    "angina_on_test": False,
    "normal_hemodynamics_on_test": True,
    "functional_capacity": 8.0,
    "lvef": 55.0,
    "uncomplicated_event": True,
    "complex_dysrhythmia_rest": False,
    "heart_failure": False,
    "post_event_ischemia": False,
    "depression": False,
}


@pytest.mark.parametrize(
    ("sex", "age", "limit"),
    [
        ("male", 60, 14), ("male", 65, 12), ("male", 70, 12), ("male", 75, 11),
        ("male", 80, 10), ("male", 85, 8), ("male", 94, 7),
        ("female", 64, 12), ("female", 69, 11), ("female", 74, 10), ("female", 79, 10),
        ("female", 84, 9), ("female", 89, 8), ("female", 90, 4),
    ],
)  # fmt: skip
def test_chair_stands_flag_below_the_limit_and_not_at_it(
    intensity: IntensityKnowledge, sex: str, age: float, limit: int
) -> None:
    below, at = (
        screen_falls(FallsFacts(age=age, sex=sex, chair_stands_30s=count), intensity.falls).flag
        for count in (limit - 1, limit)
    )
    assert (below, at) == (True, False)


@pytest.mark.parametrize(
    ("facts", "flag", "missing"),
    [
        (FallsFacts(age=70, chair_stands_30s=9), True, ()),
        (FallsFacts(age=70, chair_stands_30s=12), False, ()),
        (FallsFacts(age=70, chair_stands_30s=11), None, ("sex",)),
        (FallsFacts(sex="female", chair_stands_30s=3), True, ()),
        (FallsFacts(sex="female", chair_stands_30s=10), None, ("age",)),
        (FallsFacts(age=59, sex="male", chair_stands_30s=3), None, ()),
        (FallsFacts(tug=11.9), False, ()),
        (FallsFacts(tug=12), None, ("age",)),
        (FallsFacts(age=65, tug=12), True, ()),
        (FallsFacts(age=64, tug=12), None, ()),
        (FallsFacts(tandem_stance=9.9), True, ()),
        (FallsFacts(falls_12mo=1), False, ()),
        (FallsFacts(falls_12mo=2), True, ()),
        (FallsFacts(history={"feels_unsteady": True}), True, ()),
        (FallsFacts(falls_12mo=0, history={"fear_of_falling": None}), False, ()),
        (FallsFacts(), None, ()),
    ],
)
def test_falls_flag_has_three_states(
    intensity: IntensityKnowledge, facts: FallsFacts, flag: bool | None, missing: tuple[str, ...]
) -> None:
    result = screen_falls(facts, intensity.falls)
    assert flag is result.flag
    assert missing == tuple(name for test in result.tests for name in test.missing)


def test_test_outside_its_ages_is_named(intensity: IntensityKnowledge) -> None:
    facts = FallsFacts(age=50, sex="male", tug=20, chair_stands_30s=5)
    result = screen_falls(facts, intensity.falls)
    assert result.not_applicable == ("chair_stands_30s", "tug")


def _tier(intensity: IntensityKnowledge, tested: bool | None = None, **facts: Any) -> RiskTier:
    return stratify_risk({**LOW, **facts}, intensity.risk, tested).tier


@pytest.mark.parametrize(
    ("facts", "tier"),
    [
        ({}, "low"),
        ({"functional_capacity": 7.0}, "low"),
        ({"functional_capacity": 6.9}, "moderate"),
        ({"functional_capacity": 4.9}, "moderate"),
        ({"lvef": 50.0}, "low"),
        ({"lvef": 49.9}, "moderate"),
        ({"lvef": 40.0}, "moderate"),
        ({"lvef": 39.9}, "high"),
        ({"st_depression": 1.0}, "moderate"),
        ({"st_depression": 2.0}, "high"),
        ({"ischemia_on_test": True}, "insufficient_data"),
        ({"ischemia_on_test": True, "st_depression": 2.5}, "high"),
        ({"angina_on_test": True}, "insufficient_data"),
        (
            {"angina_on_test": True, "angina_onset_mets": 7.0, "angina_in_recovery": False},
            "moderate",
        ),
        ({"angina_on_test": True, "angina_onset_mets": 4.9}, "high"),
        ({"angina_on_test": True, "angina_in_recovery": True}, "high"),
        ({"normal_hemodynamics_on_test": False}, "high"),
        ({"chronotropic_incompetence": True}, "high"),
        ({"uncomplicated_event": False}, "high"),
        ({"complex_va_test": True}, "high"),
        ({"complex_dysrhythmia_rest": True}, "high"),
        ({"post_event_ischemia": True}, "high"),
        ({"cardiac_arrest_history": True}, "high"),
        ({"icd": True}, "high"),
    ],
)
def test_each_item_sets_its_tier(
    intensity: IntensityKnowledge, facts: dict[str, Any], tier: str
) -> None:
    assert tier == _tier(intensity, **facts).value


@pytest.mark.parametrize("name", sorted(LOW))
def test_any_unknown_low_item_is_never_low(intensity: IntensityKnowledge, name: str) -> None:
    result = stratify_risk({**LOW, name: None}, intensity.risk)
    assert result.tier is RiskTier.INSUFFICIENT_DATA
    assert result.at_least is RiskTier.MODERATE
    assert name in result.missing


def test_without_a_test_clinical_items_count_and_low_is_not_given(
    intensity: IntensityKnowledge,
) -> None:
    untested = {
        name: value
        for name, value in LOW.items()
        if not name.endswith("_test") and name != "functional_capacity"
    }
    result = stratify_risk(untested, intensity.risk, tested=False)
    assert (result.tier, result.estimated) == (RiskTier.MODERATE, True)
    assert stratify_risk(untested, intensity.risk).tier is RiskTier.INSUFFICIENT_DATA


def test_every_reason_of_a_high_tier_is_listed(intensity: IntensityKnowledge) -> None:
    result = stratify_risk({**LOW, "heart_failure": True, "lvef": 35.0}, intensity.risk)
    assert [reason.item.id for reason in result.reasons] == ["RISK-HIGH-EF", "RISK-HIGH-CHF"]


RANK = {"low": 0, "insufficient_data": 1, "moderate": 1, "high": 2}


@given(dropped=st.lists(st.sampled_from(sorted(LOW)), unique=True), icd=st.booleans())
def test_leaving_items_out_never_lowers_the_tier(
    intensity: IntensityKnowledge, dropped: list[str], icd: bool
) -> None:
    known = {**LOW, "icd": icd}
    partial = {name: value for name, value in known.items() if name not in dropped}
    full, less = (stratify_risk(facts, intensity.risk).tier for facts in (known, partial))
    assert RANK[less.value] >= RANK[full.value]
