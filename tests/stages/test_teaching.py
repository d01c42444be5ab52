"""What is told: safety first, then lessons in the order of use, with the rest on demand."""

from msgspec.structs import replace

from cds.knowledge.documents import Problems
from cds.rules.teaching_order import check_teaching
from cds.service import Service
from tests.stages.deciding import decide_for

MANY = {
    "pain_rest": 6, "pain_months": 6, "tsk11": 38, "phq9": 12, "confidence": 5, "bmi": 31,
    "isi": 16, "adherence_14d": 60, "falls_12mo": 1,
}  # fmt: skip


def test_no_more_is_told_at_once_than_a_person_takes_in(service: Service) -> None:
    """Six lessons, the most useful first; the others wait until they are asked for."""
    told = decide_for(service, **MANY).education
    lessons = [e for e in told if e.because[0].startswith("prescription.")]
    places = [service.knowledge.teaching.rules.index(e.because[0]) for e in lessons]
    assert places == sorted(places)
    assert [sum(not e.on_demand for e in lessons), len(lessons) > 6] == [6, True]
    assert not any(e.on_demand for e in told if e not in lessons)


def test_nothing_is_taught_under_a_hold_and_no_rule_that_teaches_is_told(
    service: Service,
) -> None:
    """'Pain is no measure of damage' is wrong before a red flag is cleared up."""
    held = decide_for(service, temperature=39, **MANY)
    rules = {id_ for entry in held.education for id_ in entry.because}
    rules |= {entry.rule for entry in held.explanations}
    assert held.plan is None
    assert not any(id_.startswith("prescription.") for id_ in rules)


def test_both_sides_on_consistency_and_intensity_are_told_in_depression(service: Service) -> None:
    """The source article and a later analysis differ."""
    told = [e for e in decide_for(service, ["depression"]).explanations if "mood" in e.rule]
    sides = {(e.citation, e.direction) for e in told[0].evidence}
    assert {("noetel-2024", "for"), ("service-policy", "against")} <= sides


def test_the_order_of_teaching_and_its_rules_name_each_other(service: Service) -> None:
    """A lesson without a place, a place without a lesson, and a place that stands twice."""
    order, rules = service.knowledge.teaching, service.rules.rules
    first, *others = order.rules

    def told(*ids: str) -> list[str]:
        problems = Problems()
        check_teaching(rules, frozenset(), replace(order, rules=ids), problems)
        return [problem.message for problem in problems.found]

    assert told(*order.rules) == []
    assert told(*others) == [
        f"'{first}' stands nowhere in knowledge/teaching.yaml, so nobody would know how useful it "
        "is. Put it in its place."
    ]
    assert told(*order.rules, first) == [
        f"'{first}' stands twice. Only its first place counts. Keep one."
    ]
    assert told(*order.rules, "prescription.plan_lessons.pacin") == [
        "There is no active rule 'prescription.plan_lessons.pacin' of stage prescription that "
        "teaches. Did you mean 'prescription.plan_lessons.pacing'? Correct the name."
    ]


def test_without_any_lesson_there_is_nothing_to_order(service: Service) -> None:
    """A small set of rules is sound without the stage."""
    problems = Problems()
    check_teaching({}, frozenset(), service.knowledge.teaching, problems)
    assert problems.found == []
