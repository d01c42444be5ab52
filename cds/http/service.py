"""What the edges ask of the decision service."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from cds.follow_up import Earlier
from cds.http.fhir_answers import FhirAnswers
from cds.http.library import Draft, Library
from cds.model.answer import Decision
from cds.model.audience import Told
from cds.model.feedback import FeedbackTerms
from cds.model.follow_up import FollowUp
from cds.model.governance import IntendedUse
from cds.model.hooks import HookTables
from cds.model.intake import Intake, SubmittedFact
from cds.model.question import GoalAnswer, WhatIf, WhyNot
from cds.model.wording import Wording
from cds.schemas.request_terms import RequestTerms

Json = Mapping[str, Any]


class DecisionService(Protocol):
    """The core: decides, calculates, and shows what it knows."""

    @property
    def knowledge_sha256(self) -> str:
        """The hash of all knowledge and rules in use."""

    @property
    def knowledge_version(self) -> str:
        """The version of the knowledge as people name it."""

    @property
    def site_policies(self) -> Mapping[str, str]:
        """The option that the site follows where guidelines disagree, by policy."""

    @property
    def healthy(self) -> bool:
        """False once the two evaluators have disagreed."""

    @property
    def terms(self) -> RequestTerms:
        """The closed lists that a request is checked against."""

    @property
    def fhir(self) -> FhirAnswers:
        """What is answered in FHIR."""

    @property
    def library(self) -> Library:
        """The knowledge and the rules, to be looked through."""

    @property
    def wording(self) -> Wording:
        """The plain words for patients, in every language."""

    @property
    def hooks(self) -> HookTables:
        """The services of CDS Hooks and their cards."""

    @property
    def feedback(self) -> FeedbackTerms:
        """The reasons for overriding, and when the firing of a rule asks for a look."""

    @property
    def intended_use(self) -> IntendedUse:
        """What the service is for, for whom, and what it is not."""

    def decide(self, intake: Intake, evaluation_date: date, today: date | None = None) -> Decision:
        """The decision for one day, given `today`, without id, created and receipt.

        Rules whose review is overdue `today` (where none is named, on the same day) are flagged.

        Raises: EngineError when the two evaluators disagree.
        """

    def follow_up(
        self,
        intake: Intake,
        evaluation_date: date,
        earlier: Earlier | None = None,
        today: date | None = None,
    ) -> FollowUp:
        """The answer to one check-in, as `decide` gives its own.

        Raises: EngineError when the two evaluators disagree.
        """

    def take_over(self, told: Intake, recorded: Json, decided_on: date) -> Intake:
        """What was told at a check-in, completed by the recorded input of a decision."""

    def recall(self, recorded: Json) -> Intake:
        """The whole input of a recorded decision."""

    def why_not(self, intake: Intake, evaluation_date: date, of: str) -> WhyNot:
        """Why something is not allowed on this intake.

        Raises: IntakeError when nothing of that name is known; EngineError.
        """

    def what_if(
        self,
        intake: Intake,
        evaluation_date: date,
        facts: Sequence[SubmittedFact],
        reviewed: Mapping[str, bool],
    ) -> WhatIf:
        """The difference that other facts would make.

        Raises: IntakeError when they contradict the record; EngineError.
        """

    def what_it_takes(self, intake: Intake, evaluation_date: date, goal: str) -> GoalAnswer:
        """The smallest set of changes that reaches a goal.

        Raises: IntakeError when nothing of that name is known; EngineError.
        """

    def tell(self, decision: Json, audience: str) -> Told:
        """A recorded decision for one audience."""

    def read_bundle(self, bundle: Any, evaluation_date: date) -> Intake:
        """What a FHIR bundle says of its one patient on that day.

        Raises: IntakeError when it is not a bundle about one patient.
        """

    def calculate(self, name: str, inputs: Json) -> Json | None:
        """The answer of one calculator; None when there is none of that name.

        Raises: IntakeError.
        """

    def calculators(self) -> Mapping[str, Json]:
        """Each calculator with the JSON schema of its inputs."""

    def facts(self) -> Sequence[Json]:
        """The vocabulary."""

    def conditions(self) -> Json:
        """The conditions, medication classes and procedures with their ids."""

    def search_words(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """The list → the id → the names and codes that it can be searched by."""

    def rules(self) -> Sequence[Json]:
        """Every rule in short."""

    def rule(self, id: str) -> Json | None:
        """One rule with its source attributes."""

    def exercises(self, filters: Mapping[str, Sequence[str]]) -> Sequence[Json]:
        """The movements that pass the filters.

        Raises: IntakeError when a filter or its value is not known.
        """

    def exercise_filters(self) -> Mapping[str, Sequence[str]]:
        """Each filter of the movements with its values."""

    def evidence(self, id: str) -> Json | None:
        """One citation."""

    def understood(self, kind: str, text: str) -> str:
        """What of a goal, a like, a dislike or a piece of equipment counts for a decision."""

    def names(self) -> Mapping[str, str]:
        """Ids of all that a decision names, each with the words that people read."""

    def with_draft(self, draft: Draft) -> "DecisionService":
        """The service that would decide with the draft.

        Its networks are never freed, so it is made in a process that ends.
        """
