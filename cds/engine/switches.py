"""The rules that read each policy, found once at load: what would another position change?"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

from msgspec import Struct

from cds.engine.evaluator import Reader, Reading
from cds.engine.holding import Holds
from cds.knowledge.policy import Policy
from cds.model.case import Case, Fact
from cds.model.condition import Truth
from cds.model.rule import Rule

_PREFIX = "policy."
_MOST_KEPT = 256


class Switch(Struct, frozen=True):
    """One policy and the rules that read it, each with its condition.

    `tests` are the bits of its tests, `options` those of them that each option makes true, `read`
    the bits of all tests of these rules. `is_open` says whether one of them is undecided.
    """

    policy: str
    tests: int
    read: int
    options: Mapping[str, int]
    readers: Mapping[str, Holds]
    is_open: Callable[[int, int], bool]

    def truths(self, option: str, true: int, possible: int) -> Mapping[str, Truth]:
        """The truth of each rule that reads the policy, were this option chosen.

        `true` and `possible` are the bits of a case, of which only `read` count.
        """
        chosen, others = self.options[option], ~self.tests
        true, possible = true & others | chosen, possible & others | chosen
        return {rule: _truth(check, true, possible) for rule, check in self.readers.items()}


class Switches(Struct, frozen=True):
    """Every policy that some rule reads; `tests` are the bits of the tests of all of them."""

    by_policy: Mapping[str, Switch]
    tests: int

    def undecided(self, reading: Reading) -> Iterator[Switch]:
        """The policies on which some rule hangs in this case, whatever else it reads.

        A rule that has a truth while every policy is unknown has it under every option.
        """
        true, possible = reading.true & ~self.tests, reading.possible | self.tests
        for switch in self.by_policy.values():
            if switch.is_open(true & switch.read, possible & switch.read):
                yield switch


def switches_of(rules: Iterable[Rule], policies: Iterable[Policy], reader: Reader) -> Switches:
    """Found once at load. `reader` knows the tests of the rules."""
    named = [(rule, frozenset(_policies(rule))) for rule in rules]
    reading = [(rule, names) for rule, names in named if names]
    found: dict[str, Switch] = {}
    for policy in policies:
        readers = [rule for rule, names in reading if policy.id in names]
        if readers:
            found[policy.id] = _switch(policy, reader, readers)
    return Switches(found, _all(switch.tests for switch in found.values()))


def _switch(policy: Policy, reader: Reader, rules: Sequence[Rule]) -> Switch:
    """The tests of a policy are those that change when it becomes known and nothing else is."""
    nothing = reader.read(Case(date.min))
    stated = {option.code: reader.read(_only(policy, option.code)) for option in policy.options}
    tests = _all(_changed(nothing, reading) for reading in stated.values())
    options = {code: reading.true & tests for code, reading in stated.items()}
    read = _all(reader.bits_of(rule.when) for rule in rules)
    checks = {rule.id: reader.compile(rule.when) for rule in rules}
    return Switch(policy.id, tests, read, options, checks, _kept(tuple(checks.values())))


def _kept(checks: Sequence[Holds]) -> Callable[[int, int], bool]:
    """Whether one of the conditions is possible and not true; in most cases as in another."""

    @lru_cache(_MOST_KEPT)
    def is_open(true: int, possible: int) -> bool:
        return any(check(possible) and not check(true) for check in checks)

    return is_open


def _only(policy: Policy, option: str) -> Case:
    fact = Fact(f"{_PREFIX}{policy.id}", option)
    return Case(date.min, {fact.name: fact})


def _changed(before: Reading, after: Reading) -> int:
    return (before.true ^ after.true) | (before.possible ^ after.possible)


def _all(sets: Iterable[int]) -> int:
    found = 0
    for bits in sets:
        found |= bits
    return found


def _truth(check: Holds, true: int, possible: int) -> Truth:
    if not check(possible):
        return Truth.FALSE
    return Truth.TRUE if check(true) else Truth.UNKNOWN


def _policies(rule: Rule) -> Iterator[str]:
    for fact in rule.facts:
        if fact.startswith(_PREFIX):
            yield fact.removeprefix(_PREFIX)
