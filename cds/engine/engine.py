"""Every rule evaluated twice. There is no answer unless both evaluators give the same one."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cds.engine.asking import TRUE
from cds.engine.compiler import EngineRule, Networks, compile_turns
from cds.engine.evaluator import Reader, Reading
from cds.engine.projection import UnsendableCaseError
from cds.engine.rete import ReteEngine
from cds.engine.tree import EvaluatedNode, explain
from cds.errors import EngineError, RuleCheckError
from cds.model.case import Case
from cds.model.condition import Truth


class Firing(Protocol):
    """The other evaluator: it knows which rules are true, and whether it is well."""

    @property
    def healthy(self) -> bool:
        """Whether it may still be asked."""

    def fire(self, turn: str, case: Case) -> frozenset[str]:
        """The ids of the rules of the turn that are true of the case."""


class Engine:
    """The rules of every turn, ready to be evaluated. Build it once, before any fork.

    `rete` stands in for the Rete engine in fault tests only; the comparison is always made.
    `networks` are these rules as they were compiled before.

    Raises: RuleCheckError when a rule cannot be compiled or an id is used twice.
    """

    def __init__(
        self,
        rules: Mapping[str, Sequence[EngineRule]],
        fact_types: Mapping[str, str],
        rete: Firing | None = None,
        networks: Networks | None = None,
    ) -> None:
        _check_ids(rules)
        self._rete = rete or ReteEngine(networks or compile_turns(rules, fact_types))
        self.reader = Reader(rule.when for turn in rules for rule in rules[turn])
        self._conditions = {rule.id: rule.when for turn in rules for rule in rules[turn]}
        self._decide = {}
        start = 0
        for turn in rules:
            names = [rule.id for rule in rules[turn]]
            self._decide[turn] = self.reader.truths_of(names, start)
            start += len(names)
        self._all_false = {turn: {rule.id: Truth.FALSE for rule in rules[turn]} for turn in rules}
        self._healthy = True

    @property
    def healthy(self) -> bool:
        """False for ever after a disagreement or a failure of the Rete engine."""
        return self._healthy and self._rete.healthy

    def evaluate(self, turn: str, case: Case) -> Mapping[str, Truth]:
        """The truth of every rule of the turn, in the order of the rules.

        Raises: as `find`.
        """
        found = self.find(turn, self.reader.read(case))
        return self._all_false[turn] | found

    def find(self, turn: str, reading: Reading) -> dict[str, Truth]:
        """The rules of the turn that are not false, in the order of the rules.

        `reading` is a case read by the reader of this engine.
        Raises: UnsendableCaseError when the case holds what must not reach the Rete engine;
        EngineError when the evaluators disagree or the Rete engine failed, now or earlier.
        """
        if not self.healthy:
            raise EngineError(
                f"turn '{turn}': the rule engine is unhealthy, no recommendation can be given. "
                "Restart the worker."
            )
        if turn not in self._decide:
            raise EngineError(f"the rule engine has no turn '{turn}'. Load its rules first.")
        truths = self._decide[turn](reading)
        self._compare(turn, truths, self._fire(turn, reading.case))
        return truths

    def explain(self, rule_id: str, case: Case) -> EvaluatedNode:
        """The whole tree of one rule: every test with the fact it met and its truth.

        Raises: EngineError when there is no such rule.
        """
        if rule_id not in self._conditions:
            raise EngineError(f"the rule engine has no rule '{rule_id}'. Load it first.")
        return explain(self._conditions[rule_id], case)

    def _fire(self, turn: str, case: Case) -> frozenset[str]:
        """What the Rete engine fired; whatever it raises makes this engine unhealthy."""
        well = False
        try:
            fired = self._rete.fire(turn, case)
            well = True
        except UnsendableCaseError:
            well = True
            raise
        finally:
            if not well:
                self._healthy = False
        return fired

    def _compare(self, turn: str, truths: Mapping[str, Truth], fired: frozenset[str]) -> None:
        expected = {rule_id for rule_id, truth in truths.items() if truth is TRUE}
        differing = sorted(expected ^ fired)
        if differing:
            self._healthy = False
            raise EngineError(
                f"turn '{turn}': the two evaluators disagree on {', '.join(differing)}. "
                "No recommendation can be given. Restart the worker and report these rules."
            )


def _check_ids(rules: Mapping[str, Sequence[EngineRule]]) -> None:
    seen: set[str] = set()
    for turn in rules:
        for rule in rules[turn]:
            if rule.id in seen:
                raise RuleCheckError(
                    f"rule '{rule.id}': this id is used twice. A finding must name one rule. "
                    "Give it its own id.",
                    rule.location,
                )
            seen.add(rule.id)
