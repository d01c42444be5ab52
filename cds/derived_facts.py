"""The facts that follow from others: copies, exclusions, the time since an event, products."""

from collections.abc import Iterable, Iterator
from typing import TypeGuard

from cds.knowledge.base import Knowledge
from cds.knowledge.derivations import Copy, Excluded, Shown, Since
from cds.knowledge.vocabulary import Vocabulary
from cds.model.case import Case, Fact
from cds.units import convert

DERIVED = "derived"
WEEKLY_MINUTES = "evs_minutes_week"
_WEEKLY_PARTS = ("evs_days", "evs_minutes")


def derive_facts(case: Case, knowledge: Knowledge) -> Case:
    """The case with the facts that follow from it; known facts are never overwritten."""
    found: dict[str, Fact] = {}
    for fact in _derived(case, knowledge):
        if not _is_known(case.facts.get(fact.name)):
            found.setdefault(fact.name, fact)
    return case.with_facts(*found.values())


def weekly_minutes(case: Case) -> float | None:
    """Days a week times minutes on such a day.

    Units: d/wk and min/d in, min/wk out.
    Source: HL7 Physical Activity IG 1.0.1, Exercise Vital Sign.
    """
    days, minutes = (case.number(name) for name in _WEEKLY_PARTS)
    return None if days is None or minutes is None else days * minutes


def body_mass_index(weight_kg: float, height_cm: float) -> float:
    """Body mass index.

    Units: kg and cm in, kg/m2 out.
    Source: definition (Quetelet).

    >>> round(body_mass_index(80.0, 200.0), 1)
    20.0
    """
    return weight_kg / (height_cm / 100.0) ** 2


def _derived(case: Case, knowledge: Knowledge) -> Iterator[Fact]:
    derivations = knowledge.derivations
    yield from _shown(case, derivations.shown)
    yield from _copied(case, derivations.copies, knowledge.vocabulary)
    yield from _excluded(case, derivations.excluded)
    yield from _elapsed(case, derivations.since)
    yield from _products(case)


def _shown(case: Case, rules: Iterable[Shown]) -> Iterator[Fact]:
    """What a known number or a present flag gives away; first, so that no list denies it."""
    for rule in rules:
        for name in rule.by:
            fact = case.facts.get(name)
            if _is_known(fact) and fact.value is not False:
                yield Fact(rule.fact, True, None, fact.at, DERIVED, (name,))
                break


def _copied(case: Case, copies: Iterable[Copy], vocabulary: Vocabulary) -> Iterator[Fact]:
    facts = case.facts
    for copy in [copy for copy in copies if not facts.keys().isdisjoint(copy.sources)]:
        for name in copy.sources:
            fact = facts.get(name)
            if _is_known(fact):
                unit = vocabulary[copy.fact].unit
                yield Fact(copy.fact, fact.value, unit, fact.at, DERIVED, (name,))
                break


def _excluded(case: Case, rules: Iterable[Excluded]) -> Iterator[Fact]:
    for rule in rules:
        if case.code(rule.by) == rule.equals:
            yield Fact(rule.fact, False, source=DERIVED, derived_from=(rule.by,))


def _elapsed(case: Case, rules: Iterable[Since]) -> Iterator[Fact]:
    own = case.own.keys()  # what is held in common has no date
    for since in [since for since in rules if not own.isdisjoint(since.events)]:
        dated = [(case.days_ago(event), event) for event in since.events if case.flag(event)]
        known_days = [(days, event) for days, event in dated if days is not None]
        if known_days:
            days, event = min(known_days)
            value = convert(float(days), "d", since.unit)
            yield Fact(since.fact, value, since.unit, None, DERIVED, (event,))


def _products(case: Case) -> Iterator[Fact]:
    weekly = weekly_minutes(case)
    if weekly is not None:
        yield Fact(WEEKLY_MINUTES, weekly, "min/wk", None, DERIVED, _WEEKLY_PARTS)
    weight, height = case.number("weight"), case.number("height")
    if weight is not None and height is not None:
        index = body_mass_index(weight, height)
        yield Fact("bmi", index, "kg/m2", None, DERIVED, ("weight", "height"))


def _is_known(fact: Fact | None) -> TypeGuard[Fact]:
    return fact is not None and fact.value is not None
