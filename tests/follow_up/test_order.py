"""The order of the progression table and its rules name each other, each once."""

from collections.abc import Callable, Mapping
from dataclasses import replace as replace_dataclass

import pytest
from msgspec.structs import replace

from cds.knowledge.documents import Problems
from cds.model.effect import Direction, Progress
from cds.model.follow_up import ProgressionOrder
from cds.model.rule import IfUnknown, Rule
from cds.rules.progression_order import check_progression
from cds.service import Service

ROW = "progression.response.flare"
Rules = Mapping[str, Rule]
Change = Callable[[Rules, ProgressionOrder], tuple[Rules, ProgressionOrder]]


def _told(rules: Rules, order: ProgressionOrder, unread: frozenset[str] = frozenset()) -> list[str]:
    problems = Problems()
    check_progression(rules, unread, order, problems)
    return [problem.message for problem in problems.found]


def _left_out(rules: Rules, order: ProgressionOrder) -> tuple[Rules, ProgressionOrder]:
    return rules, replace(order, rules=tuple(id_ for id_ in order.rules if id_ != ROW))


def _twice(rules: Rules, order: ProgressionOrder) -> tuple[Rules, ProgressionOrder]:
    return rules, replace(order, rules=(*order.rules, ROW))


def _gone(rules: Rules, order: ProgressionOrder) -> tuple[Rules, ProgressionOrder]:
    return {id_: rule for id_, rule in rules.items() if id_ != ROW}, order


def _no_default(rules: Rules, order: ProgressionOrder) -> tuple[Rules, ProgressionOrder]:
    return rules, replace(order, otherwise="progression.default.held")


def _silent(rules: Rules, order: ProgressionOrder) -> tuple[Rules, ProgressionOrder]:
    kept = tuple(effect for effect in rules[ROW].then if not isinstance(effect, Progress))
    return {**rules, ROW: replace_dataclass(rules[ROW], then=kept)}, order


FAULTS: list[tuple[Change, str]] = [
    (_left_out, f"'{ROW}' stands nowhere in knowledge/progression.yaml"),
    (_twice, f"'{ROW}' stands twice"),
    (_gone, f"There is no active rule '{ROW}'"),
    (_no_default, "There is no active rule 'progression.default.held'"),
    (_silent, f"'{ROW}' does not have exactly one 'progress'"),
]


def test_the_order_as_shipped_has_no_fault(service: Service) -> None:
    assert _told(service.rules.rules, service.knowledge.progression) == []


@pytest.mark.parametrize(
    ("change", "told"), FAULTS, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_fault_of_the_order_is_told(service: Service, change: Change, told: str) -> None:
    rules, order = change(service.rules.rules, service.knowledge.progression)
    found = _told(rules, order)
    assert any(message.startswith(told) for message in found), found


def test_a_topic_that_cannot_be_read_is_no_second_fault(service: Service) -> None:
    rules, order = _gone(service.rules.rules, service.knowledge.progression)
    assert _told(rules, order, frozenset({"progression.response"})) == []


def test_without_a_rule_of_the_stage_there_is_nothing_to_order(service: Service) -> None:
    assert _told({}, service.knowledge.progression) == []


def test_what_lowers_or_holds_is_never_taken_as_not_so(service: Service) -> None:
    """Only a rise, and the default, may be passed over while they are unknown."""
    progression = service.knowledge.progression
    for rule in service.rules.of_stage("progression"):
        effect = next(effect for effect in rule.then if isinstance(effect, Progress))
        passed_over = effect.direction is Direction.PROGRESS or rule.id == progression.otherwise
        assert (rule.if_unknown is IfUnknown.ASSUME) == passed_over, rule.id
        assert passed_over or rule.if_unknown is IfUnknown.REQUIRE, rule.id
