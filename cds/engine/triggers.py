"""The single absences that a rule rests on, found once at load."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cds.engine.evaluator import Holds, compile_together
from cds.model.case import Case
from cds.model.condition import All, Any, AtLeast, Condition, Leaf, Test
from cds.model.rule import Rule

_LISTED = ("condition.", "medication.", "procedure.")


@dataclass(frozen=True, slots=True)
class Trigger:
    """A member of a list whose presence alone would fire the rule, when `rest` is true.

    `rest` is asked of a reading of the case.
    """

    fact: str
    rule: Rule
    rest: Holds


@dataclass(frozen=True, slots=True)
class Triggers:
    """Every trigger, and the reading that serves all of them: the true tests of a case."""

    found: tuple[Trigger, ...]
    read: Callable[[Case], tuple[int, int]]

    def resting(self, case: Case, counts: Callable[[Trigger], bool]) -> Iterator[Trigger]:
        """Those that count and whose rest is true."""
        true, _ = self.read(case)
        return (trigger for trigger in self.found if counts(trigger) and trigger.rest(true))


def triggers_of(rules: Iterable[Rule]) -> Triggers:
    """Found once at load: the single absences that rules rest on."""
    found = [(fact, rule, All(rest)) for rule in rules for fact, rest in _triggers(rule.when)]
    read, rests = compile_together([rest for _, _, rest in found])
    return Triggers(
        tuple(Trigger(f, rule, rest) for (f, rule, _), rest in zip(found, rests, strict=True)),
        read,
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
