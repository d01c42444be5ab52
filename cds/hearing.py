"""One case before the rules: turns are heard in order, what they find enters the case."""

from cds.model.case import Case, Fact
from cds.model.decision import Decisive
from cds.service import Service
from cds.stages.outcome import Outcome


class Hearing:
    """The case as it stands, and what was heard of it so far.

    `live` are the outcomes of rules that are not false, `applied` those whose effects hold.
    `reading` is the case with every test of every rule, asked once.
    """

    def __init__(self, service: Service, case: Case) -> None:
        self._service = service
        self._decisive: dict[str, Decisive] = {}
        self._found: dict[str, Outcome] = {}
        self.reading = service.engine.reader.read(case)
        self.live: list[Outcome] = []
        self.applied: list[Outcome] = []

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
        found = {id_: outcomes[id_][truth] for id_, truth in truths.items()}
        self._found |= found
        self.live += found.values()
        self.applied += [outcome for outcome in found.values() if outcome.applies]

    def live_of(self, stage: str) -> list[Outcome]:
        """The outcome of every rule of a stage that was heard, without those that are false."""
        found = self._found
        return [found[id_] for id_ in self._service.silent[stage] if id_ in found]

    def all_of(self, stage: str) -> list[Outcome]:
        """The outcome of every rule of a stage that was heard, those that are false too."""
        found = self._found
        return [found.get(id_, false) for id_, false in self._service.silent[stage].items()]

    def learn(self, *facts: Fact) -> None:
        """Enter what a stage found as facts of the case."""
        self.reading = self._service.engine.reader.learn(self.reading, facts)

    def decisive(self, rule_id: str) -> Decisive:
        """What carries the truth of one rule.

        What stages added later changes none of them.
        """
        kept = self._decisive.get(rule_id)
        if kept is None:
            kept = self._decisive[rule_id] = self._service.comparisons[rule_id](self.reading)
        return kept
