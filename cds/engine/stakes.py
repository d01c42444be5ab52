"""The rules that hang on one fact in one case: which of them could its answer turn?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from cds.engine.evaluator import Reader, Reading
from cds.engine.holding import Holds
from cds.model.consequence import Consequence, order_of
from cds.model.rule import Rule

Known = set[Consequence] | frozenset[Consequence]
#: More than there are facts; on most of them the same kinds hang.
_MOST_KEPT = 4096


class Stake(Struct, frozen=True):
    """The rules that read a fact, and the bits of all tests of it."""

    bits: int
    rules: tuple[tuple[Rule, Holds], ...]


_NOTHING = Stake(0, ())


class Stakes(Struct, frozen=True, eq=False):
    """Every fact that some rule reads; `changes` is what hangs on a rule, by its flags too.

    There is one for a service, so two are never compared and each can be a key.
    """

    by_fact: Mapping[str, Stake]
    changes: Mapping[str, tuple[Consequence, ...]]

    def turned_by(self, reading: Reading, fact: str, known: Known = frozenset()) -> Iterator[Rule]:
        """The rules that one answer could make true and another not, those of its flags too.

        Rules on which nothing but `known` hangs are left out; it may grow meanwhile.
        """
        open_facts, seen, hanging = [fact], {fact}, self.changes
        while open_facts:
            stake = _beyond(self, open_facts.pop(), frozenset(known))
            without, withal = reading.true & ~stake.bits, reading.possible | stake.bits
            for rule, holds in stake.rules:
                if known.issuperset(hanging[rule.id]):
                    continue
                if holds(withal) and not holds(without):
                    yield rule
                    if rule.defines:
                        open_facts += [flag for flag in rule.defines if flag not in seen]
                        seen.update(rule.defines)


@lru_cache(_MOST_KEPT)
def _beyond(stakes: Stakes, fact: str, known: frozenset[Consequence]) -> Stake:
    """What hangs on the fact; without the rules on which nothing but `known` hangs."""
    stake = stakes.by_fact.get(fact, _NOTHING)
    rules = [pair for pair in stake.rules if not known.issuperset(stakes.changes[pair[0].id])]
    return Stake(stake.bits, tuple(rules)) if rules else _NOTHING


def stakes_of(rules: Iterable[Rule], reader: Reader) -> Stakes:
    """Found once at load; `reader` knows the tests of the rules."""
    all_rules, found = tuple(rules), defaultdict[str, list[Rule]](list)
    for rule in all_rules:
        for fact in rule.facts:
            found[fact].append(rule)
    holds = {rule.id: reader.compile(rule.when) for rule in all_rules}
    tests = reader.tests_by_fact()
    by_fact = {
        fact: Stake(tests[fact], tuple((rule, holds[rule.id]) for rule in found[fact]))
        for fact in found
    }
    return Stakes(by_fact, {rule.id: order_of(_hanging(rule, found)) for rule in all_rules})


def _hanging(rule: Rule, reading: Mapping[str, list[Rule]]) -> Iterator[Consequence]:
    yield from rule.changes
    for flag in rule.defines:
        for other in reading.get(flag, ()):
            yield from _hanging(other, reading)
