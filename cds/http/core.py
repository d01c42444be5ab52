"""The loaded service as the edges see it: decisions, calculators, and readable knowledge."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from cds.answers.audience import tell
from cds.answers.targets import find_target
from cds.answers.view import World, asking_for, look
from cds.answers.what_if import what_if, what_it_takes
from cds.answers.why_not import why_not
from cds.calculators import CALCULATORS, calculate, request_schema
from cds.decide import decide
from cds.explain.overdue import flag_overdue
from cds.fhir.intake import read_bundle
from cds.follow_up import Earlier, follow_up
from cds.http.exercise_filters import ExerciseFilters
from cds.http.fhir_answers import FhirAnswers
from cds.http.library import Draft, Library
from cds.http.own_words import OwnWords
from cds.http.rule_view import citation_view, full_view, short_view
from cds.http.source_attributes import Attributed
from cds.knowledge.search_words import search_words
from cds.model.answer import Decision
from cds.model.audience import Told
from cds.model.decision import as_json
from cds.model.feedback import FeedbackTerms
from cds.model.follow_up import FollowUp
from cds.model.governance import IntendedUse
from cds.model.hooks import HookTables
from cds.model.intake import Intake, SubmittedFact
from cds.model.question import GoalAnswer, WhatIf, WhyNot
from cds.model.wording import Wording
from cds.schemas.recorded_intake import read_recorded, recall, take_over
from cds.schemas.request_terms import RequestTerms
from cds.service import Service, build_service

Json = Mapping[str, Any]


class CoreService:
    """Implements cds.http.service.DecisionService over the loaded knowledge."""

    def __init__(self, service: Service, terms: RequestTerms) -> None:
        self._service = service
        self._knowledge = service.knowledge
        self._terms = terms
        self._world = World(service, terms.contradictions)
        self._attributed = Attributed(service.rules, service.knowledge)
        self._own_words = OwnWords(service.knowledge)

    @property
    def knowledge_sha256(self) -> str:
        """The hash of all knowledge and rules in use."""
        return self._knowledge.sha256

    @property
    def knowledge_version(self) -> str:
        """The version of the knowledge as people name it."""
        return self._service.version

    @property
    def site_policies(self) -> Mapping[str, str]:
        """The option that the site follows, by policy."""
        policies = self._knowledge.policies.items()
        return {name: policy.site for name, policy in policies if policy.site is not None}

    @property
    def healthy(self) -> bool:
        """False once the two evaluators have disagreed."""
        return self._service.healthy

    @property
    def terms(self) -> RequestTerms:
        """The closed lists that a request is checked against."""
        return self._terms

    @property
    def fhir(self) -> FhirAnswers:
        """What is answered in FHIR."""
        return FhirAnswers(self._service)

    @property
    def library(self) -> Library:
        """The knowledge and the rules, to be looked through."""
        return Library(self._knowledge, self._service.rules)

    @property
    def wording(self) -> Wording:
        """The plain words for patients, in every language."""
        return self._knowledge.wording

    @property
    def hooks(self) -> HookTables:
        """The services of CDS Hooks and their cards."""
        return self._knowledge.hooks

    @property
    def feedback(self) -> FeedbackTerms:
        """The reasons for overriding, and when the firing of a rule asks for a look."""
        return self._knowledge.feedback

    @property
    def intended_use(self) -> IntendedUse:
        """What the service is for, for whom, and what it is not."""
        return self._knowledge.intended_use

    def decide(self, intake: Intake, evaluation_date: date, today: date | None = None) -> Decision:
        """The decision for one day, given `today`; on the same day where none is named.

        Raises: EngineError when the two evaluators disagree.
        """
        decision = decide(self._service, intake, evaluation_date)
        return flag_overdue(decision, self._service, today or evaluation_date)

    def follow_up(
        self,
        intake: Intake,
        evaluation_date: date,
        earlier: Earlier | None = None,
        today: date | None = None,
    ) -> FollowUp:
        """The answer to one check-in, given `today` as a decision is.

        Raises: EngineError when the two evaluators disagree.
        """
        answer = follow_up(self._service, intake, evaluation_date, earlier)
        return flag_overdue(answer, self._service, today or evaluation_date)

    def take_over(self, told: Intake, recorded: Json, decided_on: date) -> Intake:
        """What was told at a check-in, completed by the recorded input of a decision."""
        knowledge = self._knowledge
        earlier, anew = read_recorded(recorded), knowledge.progression.asked_anew
        return take_over(told, earlier, decided_on, anew, knowledge.vocabulary)

    def recall(self, recorded: Json) -> Intake:
        """The whole input of a recorded decision."""
        return recall(recorded)

    def why_not(self, intake: Intake, evaluation_date: date, of: str) -> WhyNot:
        """Why something is not allowed on this intake.

        Raises: IntakeError when nothing of that name is known; EngineError.
        """
        target = find_target(of, self._service, "/of")
        view = look(self._world, asking_for(intake, target), evaluation_date)
        return why_not(view, target)

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
        return what_if(look(self._world, intake, evaluation_date), facts, reviewed)

    def what_it_takes(self, intake: Intake, evaluation_date: date, goal: str) -> GoalAnswer:
        """The smallest set of changes that reaches a goal.

        Raises: IntakeError when nothing of that name is known; EngineError.
        """
        target = find_target(goal, self._service, "/goal", rules=False)
        view = look(self._world, asking_for(intake, target), evaluation_date)
        return what_it_takes(view, target)

    def tell(self, decision: Json, audience: str) -> Told:
        """A recorded decision for one audience."""
        return tell(decision, audience, self._knowledge)

    def read_bundle(self, bundle: Any, evaluation_date: date) -> Intake:
        """What a FHIR bundle says of its one patient on that day.

        Raises: IntakeError when it is not a bundle about one patient.
        """
        return read_bundle(
            bundle,
            evaluation_date=evaluation_date,
            vocabulary=self._knowledge.vocabulary,
            terminology=self._knowledge.terminology,
            contradictions=self._terms.contradictions,
        )

    def calculate(self, name: str, inputs: Json) -> Json | None:
        """The answer of one calculator; None when there is none of that name.

        Raises: IntakeError.
        """
        if name not in CALCULATORS:
            return None
        return calculate(name, inputs, self._knowledge.intensity).to_json()

    def calculators(self) -> Mapping[str, Json]:
        """Each calculator with the JSON schema of its inputs."""
        intensity = self._knowledge.intensity
        return {
            name: request_schema(intensity.calculators[name], intensity.selection.recognised)
            for name in CALCULATORS
        }

    def facts(self) -> Sequence[Json]:
        """The vocabulary, without the members of the lists."""
        return [
            {**as_json(fact), "accepted_units": list(fact.accepted_units)}
            for name, fact in self._knowledge.vocabulary.items()
            if "." not in name
        ]

    def conditions(self) -> Json:
        """Conditions, medication classes, procedures and policies with their ids."""
        members = self._knowledge.members
        return {
            "conditions": [
                {**entry, "has_codes": entry["id"] in self._knowledge.terminology.conditions}
                for entry in self._labelled("condition", members["condition"])
            ],
            "medications": self._labelled("medication", members["medication"]),
            "procedures": self._labelled("procedure", members["procedure"]),
            "policies": [as_json(policy) for policy in self._knowledge.policies.values()],
        }

    def search_words(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """The list → the id → the names and codes that it can be searched by."""
        return search_words(self._knowledge.terminology)

    def rules(self) -> Sequence[Json]:
        """Every rule in short."""
        return [short_view(rule) for rule in self._service.rules]

    def rule(self, id: str) -> Json | None:
        """One rule with its source attributes."""
        rule = self._service.rules.rules.get(id)
        if rule is None:
            return None
        return full_view(rule, self._knowledge.citations, self._attributed.of(rule))

    def exercises(self, filters: Mapping[str, Sequence[str]]) -> Sequence[Json]:
        """The movements that no `avoid` tag removes and that pass the other filters.

        Raises: IntakeError when a filter or its value is not known.
        """
        return [as_json(movement) for movement in self._filters.find(filters)]

    @cached_property
    def _filters(self) -> ExerciseFilters:
        return ExerciseFilters(self._knowledge.catalogue)

    def exercise_filters(self) -> Mapping[str, Sequence[str]]:
        """Each filter of the movements with its values."""
        return self._filters.allowed

    def evidence(self, id: str) -> Json | None:
        """One citation."""
        citation = self._knowledge.citations.get(id)
        return None if citation is None else citation_view(citation)

    def understood(self, kind: str, text: str) -> str:
        """What of a goal, a like, a dislike or a piece of equipment counts for a decision."""
        return self._own_words.understood(kind, text)

    def names(self) -> Mapping[str, str]:
        """Ids of all that a decision names, each with the words that people read."""
        return self._names

    @cached_property
    def _names(self) -> Mapping[str, str]:
        catalogue, names = self._knowledge.catalogue, self._knowledge.names
        rules = {rule.id: rule.title for rule in self._service.rules}
        facts = {name: fact.label for name, fact in self._knowledge.vocabulary.items()}
        profiles = {id_: about.name for id_, about in self._knowledge.profiles.profiles.items()}
        movements = {movement.id: movement.name for movement in catalogue.movements.values()}
        tags = {tag: tag.removeprefix("AV_").replace("_", " ").lower() for tag in catalogue.tags}
        texts = {**facts, **rules, **profiles, **movements, **tags}
        return {**texts, **names.modalities, **names.teams}

    def with_draft(self, draft: Draft) -> "CoreService":
        """The service that would decide with the draft.

        Its networks are never freed, so it is made in a process that ends.
        """
        service = build_service(
            self._knowledge, draft.rules, site_policies=self.site_policies, networks=draft.networks
        )
        return CoreService(service, self._terms)

    def _labelled(self, namespace: str, ids: Sequence[str]) -> list[Json]:
        vocabulary = self._knowledge.vocabulary
        return [{"id": id_, "label": vocabulary[f"{namespace}.{id_}"].label} for id_ in ids]
