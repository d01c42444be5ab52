"""The single absences that a rule rests on, found once at load."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from cds.engine.evaluator import Reader, Reading
from cds.model.condition import All, Any, AtLeast, Condition, Leaf, Test
from cds.model.rule import Rule

#: The same few of these tests are true in most cases.
_MOST_KEPT = 64
_LISTED = ("condition.", "medication.", "procedure.")


class Member(NamedTuple):
    """A member of a list, and the rules that it would fire by its presence alone.

    Which of them do depends on the tests of the rest of their conditions: `bits` are all of
    these tests, `ask` gives the rules, by id, for those that are true.
    """

    fact: str
    bits: int
    ask: Callable[[int], tuple[tuple[str, Rule], ...]]


@dataclass(frozen=True, slots=True)
class Triggers:
    """Every member of a list on whose absence a rule rests."""

    members: tuple[Member, ...]

    def resting(
        self, reading: Reading, source: str, but: Collection[str]
    ) -> Iterator[tuple[str, list[Rule]]]:
        """Each fact that is absent according to this source, and the rules it would fire.

        `but` are the ids of rules that are left out.
        """
        find, true = reading.case.facts.get, reading.true
        for name, bits, ask in self.members:
            fact = find(name)
            if fact is not None and fact.value is False and fact.source == source:
                yield name, [rule for id_, rule in ask(true & bits) if id_ not in but]


def triggers_of(rules: Iterable[Rule], reader: Reader) -> Triggers:
    """Found once at load: the single absences that rules rest on. `reader` knows their tests."""
    by_fact: dict[str, list[tuple[Rule, All]]] = defaultdict(list)
    for rule in rules:
        for fact, rest in _triggers(rule.when):
            by_fact[fact].append((rule, All(rest)))
    return Triggers(tuple(_member(fact, found, reader) for fact, found in by_fact.items()))


def _member(fact: str, found: Sequence[tuple[Rule, All]], reader: Reader) -> Member:
    rests = [(rule.id, rule, reader.compile(rest)) for rule, rest in found]

    @lru_cache(_MOST_KEPT)
    def ask(true: int) -> tuple[tuple[str, Rule], ...]:
        return tuple((id_, rule) for id_, rule, holds in rests if holds(true))

    bits = reader.bits_of(All(tuple(rest for _, rest in found)))
    return Member(fact, bits, ask)


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
