"""The single absences that a rule rests on, found once at load."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cds.engine.evaluator import Holds, Reader, Reading
from cds.model.condition import All, Any, AtLeast, Condition, Leaf, Test
from cds.model.rule import Rule

_LISTED = ("condition.", "medication.", "procedure.")


class Trigger(NamedTuple):
    """A rule that one member of a list would fire by its presence alone, when `rest` is true.

    `rest` is asked of the true tests of a case.
    """

    id: str
    rule: Rule
    rest: Holds


@dataclass(frozen=True, slots=True)
class Triggers:
    """Every trigger by its fact."""

    by_fact: Mapping[str, tuple[Trigger, ...]]

    def resting(
        self, reading: Reading, source: str, but: Collection[str]
    ) -> Iterator[tuple[str, list[Rule]]]:
        """Each fact that is absent according to this source, and the rules whose rest is true.

        `but` are the ids of rules that are left out.
        """
        find, true = reading.case.facts.get, reading.true
        for name, triggers in self.by_fact.items():
            fact = find(name)
            if fact is not None and fact.value is False and fact.source == source:
                yield name, [r for id_, r, rest in triggers if id_ not in but and rest(true)]


def triggers_of(rules: Iterable[Rule], reader: Reader) -> Triggers:
    """Found once at load: the single absences that rules rest on. `reader` knows their tests."""
    by_fact: dict[str, list[Trigger]] = defaultdict(list)
    for rule in rules:
        for fact, rest in _triggers(rule.when):
            by_fact[fact].append(Trigger(rule.id, rule, reader.compile(All(rest))))
    return Triggers({fact: tuple(triggers) for fact, triggers in by_fact.items()})


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
