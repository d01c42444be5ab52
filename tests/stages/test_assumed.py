"""What was taken as given: what lists deny, but for what the case says itself or a rule tells."""

from cds.decide import decide_and_hear
from cds.model.answer import Decision
from cds.model.intake import Presence, SubmittedCondition
from cds.service import Service
from tests.properties.people import TODAY, build, healthy

_FACT = "condition.heart_failure"


def _decide(service: Service, *conditions: SubmittedCondition) -> Decision:
    return decide_and_hear(service, build(healthy(service), conditions=conditions), TODAY)[0]


def _assumed(decision: Decision) -> list[str]:
    return [assumption.fact for assumption in decision.assumptions]


def test_what_a_reviewed_list_denies_is_assumed_once_and_in_order(service: Service) -> None:
    facts = _assumed(_decide(service))
    assert _FACT in facts
    assert facts == sorted(set(facts))


def test_what_is_submitted_as_absent_is_no_assumption(service: Service) -> None:
    absent = SubmittedCondition("heart_failure", Presence.ABSENT)
    assert _FACT not in _assumed(_decide(service, absent))


def test_a_rule_that_holds_already_is_not_said_to_hang_on_an_absence(service: Service) -> None:
    """What another condition brought would not change, were this one there as well."""
    decision = _decide(service, SubmittedCondition("coronary_artery_disease"))
    holding = {told.title for told in decision.explanations if told.state == "fired"}
    named = {
        title
        for assumption in decision.assumptions
        for title in assumption.if_wrong.removeprefix("Then it would apply: ").split("; ")
    }
    assert holding
    assert not holding & named
