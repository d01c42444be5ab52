"""One case before the rules: turns are heard in order, what they find enters the case."""

from collections import defaultdict
from collections.abc import Sequence

from cds.model.case import Case, Fact
from cds.model.decision import Decisive
from cds.service import Service
from cds.stages.outcome import Applied, Outcome


class Hearing:
    """The case as it stands, and what was heard of it so far.

    `live` are the outcomes of rules that are not false, `applied` those whose effects hold.
    `reading` is the case with every test of every rule, asked once.
    """

    def __init__(self, service: Service, case: Case) -> None:
        self._service = service
        self._decisive: dict[Outcome, Decisive] = {}
        self._by_stage: dict[str, list[Outcome]] = defaultdict(list)
        self.reading = service.engine.reader.read(case)
        self.live: list[Outcome] = []
        self.applied = Applied()

    @property
    def case(self) -> Case:
        """What was submitted, what follows from it, and what the stages found."""
        return self.reading.case

    def hear(self, turn: str) -> None:
        """Hear every rule of every stage of the turn.

        Raises: EngineError when the two evaluators disagree.
        """
        truths = self._service.engine.find(turn, self.reading)
        outcomes = self._service.outcomes
        live = [outcomes[id_][truth] for id_, truth in truths.items()]
        self.live += live
        for outcome in live:
            self._by_stage[outcome.rule.stage].append(outcome)
        self.applied.add(live)

    def live_of(self, stage: str) -> Sequence[Outcome]:
        """The outcome of every rule of a stage that was heard, without those that are false."""
        return self._by_stage[stage]

    def all_of(self, stage: str) -> list[Outcome]:
        """The outcome of every rule of a stage that was heard, those that are false too."""
        live = {outcome.rule.id: outcome for outcome in self.live_of(stage)}
        return list((self._service.silent[stage] | live).values())

    def learn(self, *facts: Fact) -> None:
        """Enter what a stage found as facts of the case."""
        self.reading = self._service.engine.reader.learn(self.reading, facts)

    def decisive(self, outcome: Outcome) -> Decisive:
        """What carries the truth of one rule.

        What stages added later changes none of them.
        """
        found = self._decisive.get(outcome)
        if found is None:
            self._decisive[outcome] = found = self._service.comparisons[outcome](self.reading)
        return found
