"""A rule rests on an absence when the presence alone would fire it."""

from dataclasses import replace

from cds.engine.evaluator import Reader
from cds.engine.triggers import triggers_of
from cds.model.case import Case, Fact
from cds.model.condition import All, AtLeast, Condition, Leaf
from cds.model.condition import Test as Ask
from cds.service import Service
from tests.engine.worlds import TODAY

A, B = Leaf("condition.copd", Ask.PRESENT), Leaf("condition.asthma", Ask.PRESENT)


def resting(service: Service, when: Condition) -> list[str]:
    """The facts on whose absence a rule with this condition rests, all of them being absent."""
    rule = replace(next(iter(service.rules)), when=when)
    reader = Reader([when])
    facts = {leaf.fact: Fact(leaf.fact, False, source="list") for leaf in (A, B)}
    true = reader.read(Case(TODAY, facts)).true
    found = (member.ask(true & member.bits) for member in triggers_of([rule], reader))
    return sorted(one.fact for one in found if one.rules)


def test_one_of_several_is_enough(service: Service) -> None:
    assert resting(service, AtLeast(1, (A, B))) == ["condition.asthma", "condition.copd"]


def test_where_two_are_needed_neither_is_enough(service: Service) -> None:
    assert resting(service, AtLeast(2, (A, B))) == []
    assert resting(service, All((A, B))) == []


def test_what_else_is_needed_may_be_a_group_of_tests_of_one_fact(service: Service) -> None:
    """Its truth is found as one test; what a rule rests on looks at that test too."""
    known_absent = All((Leaf(B.fact, Ask.KNOWN), Leaf(B.fact, Ask.ABSENT)))
    assert resting(service, All((A, known_absent))) == ["condition.copd"]
