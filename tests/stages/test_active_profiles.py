"""Which profiles hold: by condition, procedure, fact and age, and what replaces what."""

from datetime import timedelta
from types import MappingProxyType

import pytest

from cds.model.case import Case, Fact
from cds.stages.active_profiles import active_profiles, keeps_first_doses, unprofiled
from tests.stages.prescribing import TODAY, build_case, profiles


def names(case: Case) -> list[str]:
    return [f"{use.profile}:{use.role}" for use in active_profiles(case, profiles())]


def dated(name: str, weeks: float) -> Case:
    at = TODAY - timedelta(days=round(weeks * 7))
    facts = {name: Fact(name, True, at=at), "age": Fact("age", 50.0)}
    return Case(TODAY, MappingProxyType(facts))


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (17.0, []),
        (18.0, ["gen_adult:full"]),
        (64.0, ["gen_adult:full"]),
        (65.0, ["older_adult:full"]),
        (None, ["older_adult:full"]),
    ],
)
def test_the_age_alone_brings_its_profile_in_full(age: float | None, expected: list[str]) -> None:
    assert names(build_case(age=age)) == expected


def test_beside_a_condition_the_age_profile_is_a_ceiling() -> None:
    assert names(build_case(("asthma",), age=70.0)) == ["asthma:full", "older_adult:ceiling"]


def test_an_age_profile_named_as_such_holds_in_full() -> None:
    found = names(build_case(("hip_oa", "older_adult"), age=70.0))
    assert found == ["hip_oa:full", "older_adult:full"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"dxa_t_score": -2.5}, "osteoporosis"),
        ({"dxa_t_score": -2.4}, "osteopenia"),
        ({"dxa_t_score": -0.9}, None),
        ({"vertebral_fracture": True, "dxa_t_score": -2.8}, "vert_fracture"),
        ({"vertebral_fracture": False}, None),
        ({"sbp_rest": 160.0}, "htn_uncontrolled"),
        ({"sbp_rest": 159.0, "dbp_rest": 99.0}, None),
        ({"dbp_rest": 100.0}, "htn_uncontrolled"),
        ({"bmi": 30.0}, "obesity"),
        ({"bmi": 29.9}, None),
        ({"postpartum_weeks": 26.0}, "postpartum"),
        ({"postpartum_weeks": 26.1}, None),
    ],
)
def test_a_fact_brings_a_profile_from_its_threshold_on(
    facts: dict[str, float | bool], expected: str | None
) -> None:
    found = [use.profile for use in active_profiles(build_case(age=50.0, **facts), profiles())]
    assert found[:-1] == ([expected] if expected else [])
    assert found[-1] == "gen_adult"


def test_the_narrower_profile_takes_the_place_of_the_wider_one() -> None:
    case = build_case(("hypertension", "osteoporosis", "vertebral_fracture"), sbp_rest=165.0)
    found = [use.profile for use in active_profiles(case, profiles())]
    assert found == ["htn_uncontrolled", "vert_fracture", "older_adult"]


@pytest.mark.parametrize(
    ("name", "weeks", "expected"),
    [
        ("procedure.knee_replacement", 12, ["tka:full", "gen_adult:ceiling"]),
        ("procedure.knee_replacement", 13, ["gen_adult:full"]),
        ("procedure.cabg", 6, ["cabg:full", "gen_adult:ceiling"]),
        ("procedure.cabg", 40, ["cad_mi:full", "gen_adult:ceiling"]),
        ("condition.hip_replacement", 3, ["tha:full", "gen_adult:ceiling"]),
    ],
)
def test_an_operation_counts_for_its_weeks(name: str, weeks: int, expected: list[str]) -> None:
    assert names(dated(name, weeks)) == expected


def test_an_undated_operation_counts_unless_somebody_says_how_long_ago_it_was() -> None:
    assert names(build_case(("knee_replacement",), age=50.0))[0] == "tka:full"
    said = build_case(("knee_replacement",), age=50.0, weeks_post_op=30.0)
    assert names(said) == ["gen_adult:full"]


def test_weeks_that_were_derived_from_another_operation_say_nothing() -> None:
    case = build_case(("knee_replacement",), age=50.0)
    derived = Fact("weeks_post_op", 30.0, derived_from=("procedure.lumbar_fusion",))
    assert names(case.with_facts(derived))[0] == "tka:full"


@pytest.mark.parametrize(
    ("malaise", "expected"),
    [("none", "postcovid_nopem"), ("mild", "postcovid_pem"), (None, "postcovid_pem")],
)
def test_long_covid_is_relieved_only_when_malaise_is_known_to_be_absent(
    malaise: str | None, expected: str
) -> None:
    case = build_case(("long_covid",), age=40.0, post_exertional_malaise=malaise)
    assert names(case)[0] == f"{expected}:full"


def test_a_condition_that_sets_no_dose_leaves_the_age_profile_whole() -> None:
    case = build_case(("physical_inactivity",), age=40.0)
    assert names(case) == ["gen_adult:full"]
    assert unprofiled(case, profiles()) == ()


def test_a_condition_without_a_profile_or_without_a_mapping_is_named() -> None:
    case = build_case(("long_qt", "rare_disease", "asthma", "knee_oa"), age=40.0)
    found = [(entry.condition, bool(entry.reason)) for entry in unprofiled(case, profiles())]
    assert found == [("condition.long_qt", True), ("condition.rare_disease", False)]


def test_each_use_names_the_facts_that_brought_it() -> None:
    case = build_case(("osteoporosis",), age=70.0, dxa_t_score=-3.0)
    bone, age = active_profiles(case, profiles())
    assert bone.because == ("condition.osteoporosis", "dxa_t_score")
    assert age.because == ("age",)


@pytest.mark.parametrize(("weeks", "expected"), [(6.0, True), (6.1, False), (None, False)])
def test_after_a_birth_the_first_doses_hold_until_the_review_at_six_weeks(
    weeks: float | None, expected: bool
) -> None:
    case = build_case(("postpartum",), age=30.0, postpartum_weeks=weeks)
    uses = active_profiles(case, profiles())
    assert keeps_first_doses(case, uses, profiles()) is expected
