"""An answer turns no rule that the stakes of its fact do not name."""

from collections.abc import Iterator

import pytest

from cds.engine.evaluator import truth_of
from cds.model.case import Case, Fact
from cds.model.condition import Truth
from cds.service import Service
from tests.properties.people import TODAY, healthy


def _well(service: Service) -> dict[str, Fact]:
    return {name: Fact(name, value, at=TODAY) for name, value in healthy(service).items()}


def _answers(name: str) -> Iterator[Fact]:
    values = (True, False) if name.startswith("sx_") else (1.0, 30.0, 60.0, 121.0, 181.0, 250.0)
    return (Fact(name, value, at=TODAY) for value in values)


@pytest.mark.parametrize("name", ["sbp_rest", "hr_rest", "sx_dyspnea", "temperature", "glucose"])
def test_a_rule_that_two_answers_tell_apart_is_named(service: Service, name: str) -> None:
    """Brute force over answers, for every rule that reads the fact."""
    rest = {other: fact for other, fact in _well(service).items() if other != name}
    reading = service.engine.reader.read(Case(TODAY, rest))
    named = {rule.id for rule in service.stakes.turned_by(reading, name)}
    told_apart = set()
    for rule, _ in service.stakes.by_fact[name].rules:
        truth = truth_of(rule.when)
        found = {truth(Case(TODAY, {**rest, name: answer})) for answer in _answers(name)}
        if {Truth.TRUE, Truth.FALSE} <= found:
            told_apart.add(rule.id)
    assert told_apart
    assert told_apart <= named


def test_what_hangs_on_a_flag_hangs_on_the_facts_that_define_it(service: Service) -> None:
    """A symptom makes somebody symptomatic, and that turns rows of the screening."""
    reading = service.engine.reader.read(Case(TODAY))
    named = {rule.id for rule in service.stakes.turned_by(reading, "sx_ankle_edema")}
    assert {"definitions.symptoms.any-of-nine", "screening.acsm.row-01"} <= named


def test_nothing_hangs_on_a_fact_that_no_rule_reads(service: Service) -> None:
    reading = service.engine.reader.read(Case(TODAY))
    assert list(service.stakes.turned_by(reading, "waist")) == []
