"""The single absences that a rule rests on, found once at load."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from cds.engine.evaluator import Reader
from cds.model.condition import All, Any, AtLeast, Condition, Leaf, Test
from cds.model.rule import Rule

#: The same few of these tests are true in most cases.
_MOST_KEPT = 64
_LISTED = ("condition.", "medication.", "procedure.")


class Resting(Struct, frozen=True, eq=False):
    """The rules that one fact would fire if it were present; most often those of other cases."""

    fact: str
    rules: tuple[Rule, ...]
    ids: frozenset[str]

    def without(self, ids: Set[str]) -> "Resting":
        """The same without the rules of these ids."""
        return _resting(self.fact, (rule for rule in self.rules if rule.id not in ids))


class Member(NamedTuple):
    """A member of a list, and the rules that it would fire by its presence alone.

    Which of them do depends on the tests of the rest of their conditions: `bits` are all of
    these tests, `ask` gives the rules for those that are true.
    """

    fact: str
    bits: int
    ask: Callable[[int], Resting]


def triggers_of(rules: Iterable[Rule], reader: Reader) -> tuple[Member, ...]:
    """Every member of a list on whose absence a rule rests, found once at load.

    `reader` knows the tests of the rules.
    """
    by_fact: dict[str, list[tuple[Rule, All]]] = defaultdict(list)
    for rule in rules:
        for fact, rest in _triggers(rule.when):
            by_fact[fact].append((rule, All(rest)))
    return tuple(_member(fact, found, reader) for fact, found in by_fact.items())


def _member(fact: str, found: Sequence[tuple[Rule, All]], reader: Reader) -> Member:
    rests = [(rule, reader.compile(rest)) for rule, rest in found]

    @lru_cache(_MOST_KEPT)
    def ask(true: int) -> Resting:
        return _resting(fact, (rule for rule, holds in rests if holds(true)))

    bits = reader.bits_of(All(tuple(rest for _, rest in found)))
    return Member(fact, bits, ask)


def _resting(fact: str, rules: Iterable[Rule]) -> Resting:
    found = tuple(rules)
    return Resting(fact, found, frozenset(rule.id for rule in found))


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
