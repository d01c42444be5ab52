"""Promises 1 and 3: silence never loosens an answer, and neither does one more condition, drug or
symptom."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from cds.decide import decide
from cds.model.answer import Decision
from cds.model.decision import Disposition
from cds.model.intake import Intake, SubmittedCondition, SubmittedFact, SubmittedMedication
from cds.service import Service
from tests.properties.caution import Caution, caution_of
from tests.properties.effort import patients
from tests.properties.people import (
    NORMAL,
    OF_AN_EVENT,
    REASSURING_WHEN_TRUE,
    SETS_A_DOSE,
    TODAY,
    build,
    healthy,
    intakes,
    reassuring_value,
    used_facts,
)

_START = ("hr_bpm", "hrr_percent", "rpe_6_20", "rpe_0_10", "mets", "percent_1rm", "category")


def judge(service: Service, intake: Intake, day: date = TODAY) -> Caution:
    return caution_of(decide(service, intake, day))


def lost_by_adding(service: Service, before: Intake, after: Intake) -> list[str]:
    """Where the second answer is less cautious, but for the start figures of ADR 3.

    Somebody of whom only the age is known starts by the age profile; a first condition brings
    start figures of its own, as published, below the ceiling of the age.
    """
    decision = decide(service, before, TODAY)
    lost = caution_of(decision).lost_in(judge(service, after))
    return [f for f in lost if not (starts_by_age(service, decision) and f.startswith(_START))]


def starts_by_age(service: Service, decision: Decision) -> bool:
    age, plan = service.knowledge.profiles.age, decision.plan
    by_age = {(age.adult_profile,), (age.older_profile,)}
    return plan is not None and plan.phase == "start" and plan.profiles in by_age


def without(intake: Intake, name: str) -> Intake:
    return replace(intake, facts=tuple(f for f in intake.facts if f.name != name))


def test_every_fact_that_rules_use_has_a_reassuring_value_or_a_reason(service: Service) -> None:
    unspoken = [
        name
        for name, definition in used_facts(service).items()
        if definition.type.value != "flag" and name not in NORMAL and name not in SETS_A_DOSE
    ]
    assert unspoken == [], "say in tests/properties/people.py which value reassures"


def test_somebody_healthy_may_exercise(service: Service) -> None:
    """The comparison below means something: the reassuring values do reassure."""
    decision = decide(service, build(healthy(service)), TODAY)
    assert decision.disposition is Disposition.PROCEED
    assert decision.plan is not None


def test_leaving_out_a_reassuring_value_never_loosens_the_answer_for_somebody_healthy(
    service: Service,
) -> None:
    known = healthy(service)
    stated = judge(service, build(known))
    looser = {
        name: stated.lost_in(judge(service, build({k: v for k, v in known.items() if k != name})))
        for name, definition in used_facts(service).items()
        if reassuring_value(name, definition) is not None
    }
    assert {name: lost for name, lost in looser.items() if lost} == {}


@pytest.mark.parametrize("name", sorted(OF_AN_EVENT))
def test_leaving_out_how_long_ago_never_loosens_the_answer(service: Service, name: str) -> None:
    parts = {"conditions": (SubmittedCondition(OF_AN_EVENT[name]),)}
    stated = judge(service, build(healthy(service) | {name: NORMAL[name]}, **parts))
    assert stated.lost_in(judge(service, build(healthy(service), **parts))) == []


def test_leaving_out_a_reassuring_value_never_loosens_the_answer(service: Service) -> None:
    used = used_facts(service)

    @patients(15)
    @given(intake=intakes(service), data=st.data())
    def check(intake: Intake, data: st.DataObject) -> None:
        stated = judge(service, intake)
        reassuring = [
            f.name for f in intake.facts if f.value == reassuring_value(f.name, used[f.name])
        ]
        some = data.draw(st.lists(st.sampled_from(sorted(reassuring)), max_size=8, unique=True))
        for name in some:
            lost = stated.lost_in(judge(service, without(intake, name)))
            assert lost == [], f"leaving out {name}"

    check()


def test_leaving_a_list_unreviewed_never_loosens_the_answer(service: Service) -> None:
    @patients(25)
    @given(intake=intakes(service))
    def check(intake: Intake) -> None:
        # Fibrillation that a complete list does not hold is new: there the list alarms.
        assume(not any(f.value == "atrial_fibrillation" for f in intake.facts))
        stated = judge(service, intake)
        for name in ("conditions_reviewed", "medications_reviewed"):
            unread = judge(service, replace(intake, **{name: False}))
            assert stated.lost_in(unread) == [], name

    check()


def test_one_more_condition_never_loosens_the_answer(service: Service) -> None:
    members = sorted(service.knowledge.members["condition"])

    @patients(30)
    @given(intake=intakes(service), more=st.lists(st.sampled_from(members), min_size=1, max_size=3))
    def check(intake: Intake, more: list[str]) -> None:
        for id_ in more:
            added = (*intake.conditions, SubmittedCondition(id_))
            lost = lost_by_adding(service, intake, replace(intake, conditions=added))
            assert lost == [], f"adding {id_}"

    check()


@pytest.mark.parametrize("known", [True, False], ids=["everything known", "nothing known"])
def test_each_single_condition_never_loosens_the_answer(service: Service, known: bool) -> None:
    facts = healthy(service) if known else {"age": 45}
    before = judge(service, build(facts))
    looser = {
        id_: before.lost_in(judge(service, build(facts, conditions=(SubmittedCondition(id_),))))
        for id_ in service.knowledge.members["condition"]
    }
    assert {id_: lost for id_, lost in looser.items() if lost} == {}


def test_one_more_drug_never_loosens_the_answer(service: Service) -> None:
    members = sorted(service.knowledge.members["medication"])

    @patients(30)
    @given(intake=intakes(service), more=st.lists(st.sampled_from(members), min_size=1, max_size=3))
    def check(intake: Intake, more: list[str]) -> None:
        # The first drug of a list that nobody reviewed says that there is a list at all.
        assume(intake.medications or intake.medications_reviewed)
        for id_ in more:
            added = (*intake.medications, SubmittedMedication(id_))
            lost = lost_by_adding(service, intake, replace(intake, medications=added))
            assert lost == [], f"adding {id_}"

    check()


def test_each_single_drug_never_loosens_the_answer(service: Service) -> None:
    before = judge(service, build(healthy(service)))
    looser = {
        id_: before.lost_in(
            judge(service, build(healthy(service), medications=(SubmittedMedication(id_),)))
        )
        for id_ in service.knowledge.members["medication"]
    }
    assert {id_: lost for id_, lost in looser.items() if lost} == {}


def test_one_more_symptom_or_finding_never_loosens_the_answer(service: Service) -> None:
    findings = [
        name
        for name, definition in used_facts(service).items()
        if definition.type.value == "flag" and name not in REASSURING_WHEN_TRUE | set(SETS_A_DOSE)
    ]

    @patients(30)
    @given(intake=intakes(service), more=st.lists(st.sampled_from(findings), min_size=1))
    def check(intake: Intake, more: list[str]) -> None:
        without_it = {f.name for f in intake.facts if f.value is False}
        for name in sorted(without_it.intersection(more)):
            facts = (*without(intake, name).facts, SubmittedFact(name, True))
            lost = lost_by_adding(service, intake, replace(intake, facts=facts))
            assert lost == [], f"adding {name}"

    check()
