"""Every rule evaluated twice. There is no answer unless both evaluators give the same one."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cds.engine.compiler import EngineRule, Networks, compile_stages
from cds.engine.evaluator import EvaluatedNode, Reader, Reading, explain
from cds.engine.projection import UnsendableCaseError
from cds.engine.rete import ReteEngine
from cds.errors import EngineError, RuleCheckError
from cds.model.case import Case
from cds.model.condition import Truth


class Firing(Protocol):
    """The other evaluator: it knows which rules are true, and whether it is well."""

    @property
    def healthy(self) -> bool:
        """Whether it may still be asked."""

    def fire(self, stage: str, case: Case) -> frozenset[str]:
        """The ids of the rules of the stage that are true of the case."""


class Engine:
    """The rules of every stage, ready to be evaluated. Build it once, before any fork.

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
        self._rete = rete or ReteEngine(networks or compile_stages(rules, fact_types))
        self.reader = Reader(rule.when for stage in rules for rule in rules[stage])
        self._conditions = {rule.id: rule.when for stage in rules for rule in rules[stage]}
        self._decide = {
            stage: self.reader.truths_of({rule.id: rule.when for rule in rules[stage]})
            for stage in rules
        }
        self._all_false = {
            stage: {rule.id: Truth.FALSE for rule in rules[stage]} for stage in rules
        }
        self._healthy = True

    @property
    def healthy(self) -> bool:
        """False for ever after a disagreement or a failure of the Rete engine."""
        return self._healthy and self._rete.healthy

    def evaluate(self, stage: str, case: Case) -> Mapping[str, Truth]:
        """The truth of every rule of the stage, in the order of the rules.

        Raises: as `find`.
        """
        found = self.find(stage, self.reader.read(case))
        return self._all_false[stage] | found

    def find(self, stage: str, reading: Reading) -> dict[str, Truth]:
        """The rules of the stage that are not false, in the order of the rules.

        `reading` is a case read by the reader of this engine.
        Raises: UnsendableCaseError when the case holds what must not reach the Rete engine;
        EngineError when the evaluators disagree or the Rete engine failed, now or earlier.
        """
        if not self.healthy:
            raise EngineError(
                f"stage '{stage}': the rule engine is unhealthy, no recommendation can be given. "
                "Restart the worker."
            )
        if stage not in self._decide:
            raise EngineError(f"the rule engine has no stage '{stage}'. Load its rules first.")
        truths = self._decide[stage](reading)
        self._compare(stage, truths, self._fire(stage, reading.case))
        return truths

    def explain(self, rule_id: str, case: Case) -> EvaluatedNode:
        """The whole tree of one rule: every test with the fact it met and its truth.

        Raises: EngineError when there is no such rule.
        """
        if rule_id not in self._conditions:
            raise EngineError(f"the rule engine has no rule '{rule_id}'. Load it first.")
        return explain(self._conditions[rule_id], case)

    def _fire(self, stage: str, case: Case) -> frozenset[str]:
        """What the Rete engine fired; whatever it raises makes this engine unhealthy."""
        well = False
        try:
            fired = self._rete.fire(stage, case)
            well = True
        except UnsendableCaseError:
            well = True
            raise
        finally:
            if not well:
                self._healthy = False
        return fired

    def _compare(self, stage: str, truths: Mapping[str, Truth], fired: frozenset[str]) -> None:
        expected = {rule_id for rule_id, truth in truths.items() if truth is Truth.TRUE}
        differing = sorted(expected ^ fired)
        if differing:
            self._healthy = False
            raise EngineError(
                f"stage '{stage}': the two evaluators disagree on {', '.join(differing)}. "
                "No recommendation can be given. Restart the worker and report these rules."
            )


def _check_ids(rules: Mapping[str, Sequence[EngineRule]]) -> None:
    seen: set[str] = set()
    for stage in rules:
        for rule in rules[stage]:
            if rule.id in seen:
                raise RuleCheckError(
                    f"rule '{rule.id}': this id is used twice. A finding must name one rule. "
                    "Give it its own id.",
                    rule.location,
                )
            seen.add(rule.id)
