"""What becomes of each submitted fact: converted, left out with a reason, or the source of more."""

from datetime import date, timedelta
from typing import Any

import pytest

from cds.case import BuiltCase, Refused, build_case
from cds.knowledge.base import Knowledge
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.knowledge.loader import load_knowledge
from cds.model.case import Fact, State
from cds.model.intake import (
    Intake,
    Presence,
    RejectedFact,
    SubmittedCondition,
    SubmittedFact,
    SubmittedMedication,
    SubmittedProcedure,
)

TODAY = date(2026, 11, 22)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    loaded = load_knowledge(ROOT, Problems())
    assert loaded is not None
    return loaded


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def built(knowledge: Knowledge, *facts: SubmittedFact, **parts: Any) -> BuiltCase:
    return build_case(Intake(facts=facts, **parts), knowledge, TODAY)


def test_a_fact_of_the_evaluation_date_is_used_and_one_of_the_day_after_is_refused(
    knowledge: Knowledge,
) -> None:
    today = SubmittedFact("sbp_rest", 120.0, at=TODAY, source="Observation/1")
    tomorrow = SubmittedFact("dbp_rest", 70.0, at=ago(-1), source="Observation/2")
    found = built(knowledge, today, tomorrow)
    assert found.case.number("sbp_rest") == 120.0
    assert found.case.get("dbp_rest").state is State.UNKNOWN
    assert found.rejected == (
        Refused("dbp_rest", "it is dated after the evaluation date", ago(-1), "Observation/2"),
    )
    assert found.stale == ()


@pytest.mark.parametrize(("days", "used"), [(7, True), (8, False)])
def test_a_resting_pressure_is_used_for_a_week(days: int, used: bool, knowledge: Knowledge) -> None:
    found = built(knowledge, SubmittedFact("sbp_rest", 120.0, at=ago(days), source="submitted"))
    reason = "older than it may be for this decision"
    stale = () if used else (Refused("sbp_rest", reason, ago(days), "submitted"),)
    assert (120.0 if used else None) == found.case.number("sbp_rest")
    assert (stale, ()) == (found.stale, found.rejected)


@pytest.mark.parametrize("at", [None, date(1990, 1, 1)])
def test_a_trait_and_an_undated_value_do_not_grow_old(
    at: date | None, knowledge: Knowledge
) -> None:
    found = built(knowledge, SubmittedFact("sex", "male", at=at), SubmittedFact("age", 50.0))
    assert (found.case.code("sex"), found.case.number("age"), found.stale) == ("male", 50.0, ())


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (SubmittedFact("nyha", "V"), "use one of: I, II, III, IV"),
        (SubmittedFact("medicine_count", 4.5), "it is a count and takes whole numbers only"),
        (SubmittedFact("height", 251.0), "it must lie between 90 and 250 cm"),
        (SubmittedFact("height", 89.9), "it must lie between 90 and 250 cm"),
    ],
)
def test_what_cannot_be_is_left_out_with_a_reason_that_holds_no_value(
    fact: SubmittedFact, reason: str, knowledge: Knowledge
) -> None:
    found = built(knowledge, fact)
    assert [Refused(fact.name, reason, None, None)] == list(found.rejected)
    assert found.case.get(fact.name).state is State.UNKNOWN


@pytest.mark.parametrize("limit", [90.0, 250.0])
def test_the_ends_of_the_plausible_range_belong_to_it(limit: float, knowledge: Knowledge) -> None:
    assert built(knowledge, SubmittedFact("height", limit)).case.number("height") == limit


def test_a_value_that_is_stated_as_unknown_stays_unknown_and_is_no_mistake(
    knowledge: Knowledge,
) -> None:
    found = built(
        knowledge,
        SubmittedFact("nyha", None),
        SubmittedFact("hr_rest", None),
        SubmittedFact("sx_dyspnea", None),
    )
    states = {found.case.get(n).state for n in ("nyha", "hr_rest", "sx_dyspnea")}
    assert (states, found.rejected) == ({State.UNKNOWN}, ())


def test_a_measurement_in_another_unit_is_converted_and_keeps_its_day_and_source(
    knowledge: Knowledge,
) -> None:
    found = built(
        knowledge,
        SubmittedFact("height", 1.8, unit="m", at=YESTERDAY, source="Observation/9"),
        SubmittedFact("glucose", 90.0, unit="mg/dL"),
    )
    assert found.case.get("height") == Fact("height", 180.0, "cm", YESTERDAY, "Observation/9")
    assert found.case.number("glucose") == 5.0


def test_a_unit_that_does_not_fit_refuses_the_fact(knowledge: Knowledge) -> None:
    found = built(knowledge, SubmittedFact("height", 180.0, unit="kg"))
    assert [entry.name for entry in found.rejected] == ["height"]
    assert found.case.get("height").state is State.UNKNOWN


def test_what_intake_had_rejected_is_reported_with_the_rest(knowledge: Knowledge) -> None:
    found = built(knowledge, rejected=(RejectedFact("weight", "no unit", "Observation/3"),))
    assert found.rejected == (Refused("weight", "no unit", None, "Observation/3"),)


def test_a_reviewed_list_makes_the_rest_absent_and_any_other_leaves_it_unknown(
    knowledge: Knowledge,
) -> None:
    listed = (SubmittedCondition("asthma"),)
    reviewed = built(knowledge, conditions=listed, conditions_reviewed=True).case
    partial = built(knowledge, conditions=listed).case
    names = ("condition.asthma", "condition.copd", "procedure.pci", "medication.insulin")
    assert [reviewed.flag(n) for n in names] == [True, False, False, None]
    assert [partial.flag(n) for n in names] == [True, None, None, None]
    assert reviewed.get("condition.copd").source == "list reviewed"


def test_an_active_entry_wins_over_a_resolved_one_and_the_latest_date_counts(
    knowledge: Knowledge,
) -> None:
    entries = (
        SubmittedCondition("asthma", Presence.RESOLVED, ago(5)),
        SubmittedCondition("asthma", onset=ago(900)),
        SubmittedCondition("asthma", onset=ago(400)),
        SubmittedCondition("copd", Presence.RESOLVED, ago(10)),
    )
    case = built(knowledge, conditions=entries).case
    assert (case.flag("condition.asthma"), case.days_ago("condition.asthma")) == (True, 400)
    assert case.flag("condition.copd") is False


def test_a_medicine_that_was_stopped_does_not_deny_the_others_of_its_class(
    knowledge: Knowledge,
) -> None:
    """Whoever no longer takes metoprolol may take bisoprolol; a complete list would show it."""
    stopped = (SubmittedMedication("beta_blocker", Presence.RESOLVED, ago(30)),)
    assert built(knowledge, medications=stopped).case.flag("medication.beta_blocker") is None
    complete = built(knowledge, medications=stopped, medications_reviewed=True).case
    assert complete.flag("medication.beta_blocker") is False
    denied = (SubmittedMedication("beta_blocker", Presence.ABSENT),)
    assert built(knowledge, medications=denied).case.flag("medication.beta_blocker") is False


def test_a_listed_drug_answers_the_question_about_it(knowledge: Knowledge) -> None:
    listed = (SubmittedMedication("insulin", at=ago(3)),)
    derived = built(knowledge, medications=listed).case.get("on_insulin")
    assert derived == Fact("on_insulin", True, None, ago(3), "derived", ("medication.insulin",))


def test_what_was_said_outright_is_not_overwritten_by_what_follows(knowledge: Knowledge) -> None:
    listed = (SubmittedMedication("insulin"),)
    found = built(knowledge, SubmittedFact("on_insulin", False), medications=listed)
    assert found.case.flag("on_insulin") is False


def test_the_exercise_vital_sign_gives_days_and_minutes(knowledge: Knowledge) -> None:
    case = built(knowledge, SubmittedFact("evs_days", 3), SubmittedFact("evs_minutes", 20)).case
    assert (case.number("days_per_week"), case.number("session_minutes")) == (3.0, 20.0)


@pytest.mark.parametrize(
    ("days", "minutes", "stated", "expected"),
    [
        (3, 20, None, 60.0),
        (3, 20, 60, 60.0),
        (3, 20, 80, 60.0),
        (None, 20, 80, 80.0),
        (3, None, 80, 80.0),
        (3, None, None, None),
    ],
)
def test_minutes_a_week_are_days_times_minutes_and_a_stated_number_never_differs_silently(
    days: float | None,
    minutes: float | None,
    stated: float | None,
    expected: float | None,
    knowledge: Knowledge,
) -> None:
    given = {"evs_days": days, "evs_minutes": minutes, "evs_minutes_week": stated}
    found = built(knowledge, *(SubmittedFact(name, value) for name, value in given.items()))
    told = [(refused.name, refused.reason) for refused in found.rejected]
    overruled = [("evs_minutes_week", "days times minutes give another number, which is used")]
    assert found.case.number("evs_minutes_week") == expected
    assert told == (overruled if stated not in (None, expected) else [])


def test_minutes_a_week_that_follow_say_from_what(knowledge: Knowledge) -> None:
    case = built(knowledge, SubmittedFact("evs_days", 3), SubmittedFact("evs_minutes", 20)).case
    derived = Fact("evs_minutes_week", 60.0, "min/wk", None, "derived", ("evs_days", "evs_minutes"))
    assert case.get("evs_minutes_week") == derived


def test_the_time_since_an_operation_counts_from_the_latest_one(knowledge: Knowledge) -> None:
    done = (
        SubmittedProcedure("knee_replacement", ago(700)),
        SubmittedProcedure("hip_replacement", ago(21)),
        SubmittedProcedure("lumbar_fusion"),
    )
    derived = built(knowledge, procedures=done).case.get("weeks_post_op")
    assert (derived.value, derived.derived_from) == (3.0, ("procedure.hip_replacement",))


def test_an_event_without_a_date_gives_no_time_since_it(knowledge: Knowledge) -> None:
    case = built(knowledge, procedures=(SubmittedProcedure("cabg"),)).case
    assert case.flag("procedure.cabg") is True
    assert case.get("weeks_since_cabg").state is State.UNKNOWN


def test_an_infarction_gives_the_days_since_it(knowledge: Knowledge) -> None:
    listed = (SubmittedCondition("myocardial_infarction", onset=ago(40)),)
    assert built(knowledge, conditions=listed).case.number("days_since_mi") == 40.0


@pytest.mark.parametrize(("sex", "pregnant"), [("male", False), ("female", None), (None, None)])
def test_only_a_man_is_known_not_to_be_pregnant(
    sex: str | None, pregnant: bool | None, knowledge: Knowledge
) -> None:
    assert built(knowledge, SubmittedFact("sex", sex)).case.flag("pregnant") is pregnant


@pytest.mark.parametrize(
    ("found", "pregnant"),
    [
        (SubmittedFact("fetuses", 1.0), True),
        (SubmittedFact("gestation_weeks", 20.0), True),
        (SubmittedFact("placenta_previa", True), True),
        (SubmittedFact("placenta_previa", False), False),
        (SubmittedFact("gestation_weeks", None), False),
    ],
)
def test_what_only_pregnancy_brings_shows_it_though_the_reviewed_list_leaves_it_out(
    found: SubmittedFact, pregnant: bool, knowledge: Knowledge
) -> None:
    case = built(knowledge, found, conditions_reviewed=True).case
    assert case.flag("pregnant") is pregnant


def test_a_statement_on_pregnancy_wins_over_what_would_show_it(knowledge: Knowledge) -> None:
    found = built(
        knowledge, SubmittedFact("pregnant", False), SubmittedFact("placenta_previa", True)
    )
    assert found.case.flag("pregnant") is False


def test_the_body_mass_index_needs_weight_and_height(knowledge: Knowledge) -> None:
    weight, height = SubmittedFact("weight", 80.0), SubmittedFact("height", 200.0)
    both = built(knowledge, weight, height).case.get("bmi")
    assert (both.value, both.unit, both.derived_from) == (20.0, "kg/m2", ("weight", "height"))
    assert built(knowledge, weight).case.get("bmi").state is State.UNKNOWN


def test_the_policy_that_was_chosen_is_a_fact_and_the_default_stands_without_a_choice(
    knowledge: Knowledge,
) -> None:
    policy = knowledge.policies["hr_max_women"]
    other = next(o.code for o in policy.options if o.code != policy.default)
    chosen = built(knowledge, policy={"hr_max_women": other}).case
    assert chosen.code("policy.hr_max_women") == other
    assert built(knowledge).case.code("policy.hr_max_women") == policy.default
