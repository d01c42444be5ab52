"""The single absences that a rule rests on, found once at load."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cds.engine.evaluator import truth_of
from cds.model.case import Case
from cds.model.condition import All, Any, AtLeast, Condition, Leaf, Test, Truth
from cds.model.rule import Rule

_LISTED = ("condition.", "medication.", "procedure.")


@dataclass(frozen=True, slots=True)
class Trigger:
    """A member of a list whose presence alone would fire the rule, when `rest` is true."""

    fact: str
    rule: Rule
    rest: tuple[Callable[[Case], Truth], ...]


def triggers_of(rules: Iterable[Rule]) -> tuple[Trigger, ...]:
    """Found once at load: the single absences that rules rest on."""
    return tuple(
        Trigger(fact, rule, tuple(truth_of(part) for part in rest))
        for rule in rules
        for fact, rest in _triggers(rule.when)
    )


def _triggers(condition: Condition) -> Iterator[tuple[str, tuple[Condition, ...]]]:
    if isinstance(condition, Leaf):
        if condition.test is Test.PRESENT and condition.fact.startswith(_LISTED):
            yield condition.fact, ()
    elif isinstance(condition, Any):
        for part in condition.parts:
            yield from _triggers(part)
    elif isinstance(condition, All):
        for index, part in enumerate(condition.parts):
            others = condition.parts[:index] + condition.parts[index + 1 :]
            for fact, rest in _triggers(part):
                yield fact, (*rest, *others)
    else:
        assert isinstance(condition, AtLeast)
        if condition.count == 1:
            yield from _triggers(Any(condition.parts))
