"""One case before the rules: stages are heard in order, what they find enters the case."""

from cds.engine.evaluator import EvaluatedNode
from cds.model.case import Case, Fact
from cds.model.condition import Truth
from cds.service import Service
from cds.stages.outcome import Outcome


class Hearing:
    """The case as it stands, and the outcome of every rule heard so far.

    `live` are those that are not false, `applied` those whose effects hold.
    """

    def __init__(self, service: Service, case: Case) -> None:
        self._service = service
        self._trees: dict[str, EvaluatedNode] = {}
        self.case = case
        self.outcomes: list[Outcome] = []
        self.live: list[Outcome] = []
        self.applied: list[Outcome] = []

    def hear(self, stage: str) -> list[Outcome]:
        """The outcome of every rule of the stage.

        Raises: EngineError when the two evaluators disagree.
        """
        truths = self._service.engine.evaluate(stage, self.case)
        outcomes = self._service.outcomes
        heard = [outcomes[id_][truth] for id_, truth in truths.items()]
        self.outcomes += heard
        live = [outcome for outcome in heard if outcome.truth is not Truth.FALSE]
        self.live += live
        self.applied += [outcome for outcome in live if outcome.applies]
        return heard

    def learn(self, *facts: Fact) -> None:
        """Enter what a stage found as facts of the case."""
        self.case = self.case.with_facts(*facts)

    def tree(self, rule_id: str) -> EvaluatedNode:
        """Every comparison of one rule; facts that stages added later change none of them."""
        if rule_id not in self._trees:
            self._trees[rule_id] = self._service.engine.explain(rule_id, self.case)
        return self._trees[rule_id]
