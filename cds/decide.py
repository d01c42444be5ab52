"""The story of one decision.

What was submitted becomes a case. Each stage's rules are evaluated twice on that case, and what
they find enters the case for the next stage. Contraindications, limits and heart-rate methods
narrow the profiles' dose; the plan is built from what remains. Everything says why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from cds.case import BuiltCase, build_case
from cds.engine.engine import Engine
from cds.engine.evaluator import EvaluatedNode
from cds.explain.assumed import Trigger
from cds.knowledge.base import Knowledge
from cds.model.case import Case, Fact
from cds.model.decision import Screening
from cds.model.intake import Intake
from cds.rules.loader import RuleBase
from cds.stages.definitions import define
from cds.stages.outcome import Outcome
from cds.stages.screening import screen


@dataclass(frozen=True)
class Service:
    """The knowledge, the rules and the engine, loaded and ready; shared by all decisions."""

    knowledge: Knowledge
    rules: RuleBase
    engine: Engine
    triggers: tuple[Trigger, ...]

    @property
    def healthy(self) -> bool:
        """False once the two evaluators have disagreed or the engine has failed."""
        return self.engine.healthy


class Hearing:
    """One case before the rules: stages are heard in order, findings enter the case."""

    def __init__(self, service: Service, case: Case) -> None:
        self._service = service
        self.case = case
        self.outcomes: list[Outcome] = []
        self._trees: dict[str, EvaluatedNode] = {}

    def hear(self, stage: str) -> list[Outcome]:
        """The outcome of every rule of the stage.

        Raises: EngineError when the two evaluators disagree.
        """
        truths = self._service.engine.evaluate(stage, self.case)
        heard = [Outcome(self._service.rules.rules[id_], truth) for id_, truth in truths.items()]
        self.outcomes += heard
        return heard

    def learn(self, *facts: Fact) -> None:
        """Enter what a stage found as facts of the case."""
        self.case = self.case.with_facts(*facts)

    def tree(self, rule_id: str) -> EvaluatedNode:
        """Every comparison of one rule for this case."""
        if rule_id not in self._trees:
            self._trees[rule_id] = self._service.engine.explain(rule_id, self.case)
        return self._trees[rule_id]
