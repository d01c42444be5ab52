"""The first question is the one whose answer can change most, tried by brute force."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from cds.decide import decide
from cds.http.core import CoreService
from cds.knowledge.fact import FactType
from cds.model.answer import Decision
from cds.model.condition import NUMERIC_TESTS, leaves
from cds.model.consequence import Consequence
from cds.model.intake import Intake, SubmittedFact
from cds.service import Service
from tests.answers.patients import Facts, intake_of
from tests.api.adult import DAY

PATIENTS: dict[str, tuple[Facts, tuple[str, ...]]] = {
    "a symptom and a pressure": ({"sx_dyspnea": None, "sbp_rest": None}, ()),
    "a base and a pulse": ({"regular_exercise": None, "hr_rest": None}, ()),
    "bones": ({"hr_rest": None}, ("osteoporosis",)),
    "the lists": ({"sx_murmur": None, "bp_symptoms": None}, ("type_2_diabetes",)),
    "the heart": ({"hr_rest": None, "dbp_rest": None}, ("coronary_artery_disease",)),
}
_NOTHING = len(Consequence)


def _answers(service: Service, fact: str) -> Iterator[Any]:
    """Every answer that could matter: both flags, every code, both sides of every threshold."""
    definition = service.knowledge.vocabulary[fact]
    if definition.type is FactType.FLAG:
        yield from (True, False)
    elif definition.type is FactType.CODE:
        yield from definition.values
    else:
        bounds = {
            leaf.value
            for rule in service.rules
            for leaf in leaves(rule.when)
            if leaf.fact == fact and leaf.test in NUMERIC_TESTS and isinstance(leaf.value, float)
        }
        low, high = definition.low or 0.0, definition.high or 0.0
        near = {bound + by for bound in bounds for by in (-definition.step, 0, definition.step)}
        yield from sorted(v for v in near | {(low + high) // 2} if definition.is_plausible(v))


def _told(intake: Intake, fact: str, answer: Any) -> Intake:
    if fact.endswith("_reviewed"):
        return replace(intake, **{fact: bool(answer)})
    kept = tuple(f for f in intake.facts if f.name != fact)
    return replace(intake, facts=(*kept, SubmittedFact(fact, answer)))


def _level(before: Decision, after: Decision) -> int:
    """The most important kind of thing that differs, 0 for whether exercise is prescribed."""
    parts: list[tuple[Any, Any]] = [
        ((before.disposition, before.plan is None), (after.disposition, after.plan is None)),
        (before.screening.clearance, after.screening.clearance),
        (
            (before.hiit.eligible, [f.id for f in before.contraindications]),
            (after.hiit.eligible, [f.id for f in after.contraindications]),
        ),
        (before.intensity, after.intensity),
        (before.summary, after.summary),
    ]
    return next((place for place, (old, new) in enumerate(parts) if old != new), _NOTHING)


def _best(service: Service, intake: Intake, fact: str) -> int:
    before = decide(service, intake, DAY)
    changed = (_told(intake, fact, answer) for answer in _answers(service, fact))
    return min(_level(before, decide(service, other, DAY)) for other in changed)


@pytest.mark.parametrize("name", PATIENTS)
def test_no_other_question_can_change_more_than_the_first(
    service: Service, core: CoreService, name: str
) -> None:
    intake = intake_of(core, *PATIENTS[name])
    asked = decide(service, intake, DAY).missing
    assert asked
    submittable = [m for m in asked if "." not in m.fact]
    best = {m.fact: _best(service, intake, m.fact) for m in submittable}
    assert best[asked[0].fact] == min(best.values()), best


def test_questions_are_numbered_and_name_what_they_would_change(
    service: Service, core: CoreService
) -> None:
    decision = decide(service, intake_of(core, {"sx_dyspnea": None, "hr_rest": None}), DAY)
    assert [asked.rank for asked in decision.missing] == [*range(1, len(decision.missing) + 1)]
    known = [kind.value for kind in Consequence]
    for asked in decision.missing:
        kinds = [str(kind) for kind in asked.would_change]
        assert kinds == sorted(kinds, key=known.index)
        assert kinds
    first = decision.missing[0]
    assert (first.fact, first.would_change[0]) == ("sx_dyspnea", "prescription")


def test_an_assumption_names_the_rules_and_the_kind_of_change(
    service: Service, core: CoreService
) -> None:
    decision = decide(service, intake_of(core, {}), DAY)
    by_fact = {assumed.fact: assumed for assumed in decision.assumptions}
    heart = by_fact["condition.heart_failure"]
    assert heart.if_wrong.startswith("Then it would apply: ")
    assert heart.would_change
    titles = {rule.title for rule in service.rules}
    for assumed in decision.assumptions:
        named = assumed.if_wrong.removeprefix("Then it would apply: ")
        assert any(title in named for title in titles)
        assert assumed.would_change or "definitions" in named or named
