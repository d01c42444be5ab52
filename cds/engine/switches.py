"""The rules that read each policy, found once at load: what would another position change?"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cds.engine.evaluator import Holds, compile_together
from cds.knowledge.policy import Policy
from cds.model.case import Case, Fact
from cds.model.condition import Truth, leaves
from cds.model.rule import Rule

Truths = Mapping[str, Truth]
_PREFIX = "policy."


@dataclass(frozen=True, slots=True)
class Switch:
    """One policy: its options, and the rules that read it, each with its condition."""

    policy: str
    options: tuple[str, ...]
    readers: Mapping[str, Holds]


@dataclass(frozen=True, slots=True)
class Switches:
    """Every policy that some rule reads, and the reading of a case that serves them all."""

    by_policy: Mapping[str, Switch]
    read: Callable[[Case], tuple[int, int]]

    def undecided(self, case: Case) -> Iterator[Switch]:
        """The policies on which some rule hangs in this case, whatever else it reads.

        A rule that has a truth while every policy is unknown has it under every option.
        """
        blank = (Fact(f"{_PREFIX}{name}", None) for name in self.by_policy)
        true, possible = self.read(case.with_facts(*blank))
        for switch in self.by_policy.values():
            if any(check(possible) and not check(true) for check in switch.readers.values()):
                yield switch

    def truths(self, switch: Switch, option: str, case: Case) -> Truths:
        """The truth of each rule that reads the policy, were this option chosen."""
        true, possible = self.read(case.with_facts(Fact(f"{_PREFIX}{switch.policy}", option)))
        return {
            rule: Truth.FALSE
            if not check(possible)
            else Truth.TRUE
            if check(true)
            else Truth.UNKNOWN
            for rule, check in switch.readers.items()
        }


def switches_of(rules: Iterable[Rule], policies: Iterable[Policy]) -> Switches:
    """Found once at load."""
    read_by = [(rule, frozenset(_policies(rule))) for rule in rules]
    reading = [(rule, names) for rule, names in read_by if names]
    read, checks = compile_together([rule.when for rule, _ in reading])
    found = {policy.id: _switch(policy, reading, checks) for policy in policies}
    return Switches({id_: switch for id_, switch in found.items() if switch.readers}, read)


def _switch(
    policy: Policy, reading: Iterable[tuple[Rule, frozenset[str]]], checks: Iterable[Holds]
) -> Switch:
    pairs = zip(reading, checks, strict=True)
    readers = {rule.id: check for (rule, names), check in pairs if policy.id in names}
    return Switch(policy.id, tuple(option.code for option in policy.options), readers)


def _policies(rule: Rule) -> Iterator[str]:
    for leaf in leaves(rule.when):
        if leaf.fact.startswith(_PREFIX):
            yield leaf.fact.removeprefix(_PREFIX)
