"""Loads everything a decision needs, once: all of it sound, or the service does not start."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from cds import __version__
from cds.engine.compiler import EngineRule, Networks, compile_turns
from cds.engine.engine import Engine, Firing
from cds.engine.evaluator import Reading
from cds.engine.stakes import Stakes, stakes_of
from cds.engine.switches import Switches, switches_of
from cds.engine.triggers import Member, triggers_of
from cds.errors import KnowledgeError, LoadError
from cds.garbage import collecting_nothing
from cds.knowledge.base import Knowledge
from cds.knowledge.files import ROOT
from cds.knowledge.policy import Policy
from cds.knowledge.site_policies import follow_site
from cds.model.condition import Leaf, Truth
from cds.model.decision import ConditionNote, Decisive, EvidenceNote, Explanation
from cds.model.rule import Evidence
from cds.rules.base import CHECK_IN_STAGES, STAGES, TURNS, RuleBase
from cds.rules.case_book import CaseBook
from cds.stages.assumed import Assuming
from cds.stages.other_positions import OtherPositions
from cds.stages.outcome import Outcome, outcomes_of
from cds.stages.phase_dose import Merging
from cds.stages.settings import members_of

#: What carries the truth of one outcome for a case.
Weigh = Callable[[Reading], Decisive]
_NO_CHOICE: Mapping[str, str] = MappingProxyType({})


class Service(Struct, frozen=True, dict=True):
    """The knowledge, the rules and the engine, ready; shared by all decisions of a process."""

    knowledge: Knowledge
    rules: RuleBase
    cases: CaseBook
    engine: Engine
    triggers: tuple[Member, ...]
    switches: Switches

    @cached_property
    def outcomes(self) -> Mapping[str, Mapping[Truth, Outcome]]:
        """Each rule with each truth it can have: made once, as they are the same for all cases."""
        return {rule.id: outcomes_of(rule) for rule in self.rules}

    @cached_property
    def silent(self) -> Mapping[str, dict[str, Outcome]]:
        """Of each stage every rule, as it is when it is false."""
        return {
            stage: {r.id: self.outcomes[r.id][Truth.FALSE] for r in self.rules.of_stage(stage)}
            for stage in STAGES
        }

    @cached_property
    def evidence(self) -> Mapping[str, tuple[EvidenceNote, ...]]:
        """What each rule rests on, as it is told: made once for the same reason."""
        return {
            rule.id: tuple(_evidence(entry, self.knowledge) for entry in rule.evidence)
            for rule in self.rules
        }

    @cached_property
    def explanations(self) -> Mapping[Outcome, Explanation]:
        """What is told of each outcome in all cases: its explanation without comparisons."""
        return _Explanations(self)

    def explain(self, outcome: Outcome) -> Explanation:
        """An outcome as it is told without its comparisons."""
        rule = outcome.rule
        return Explanation(
            id=rule.id,
            rule=rule.id,
            version=rule.version,
            title=rule.title,
            state=outcome.state,
            text=rule.because,
            conditions=(),
            evidence=self.evidence[rule.id],
            limitations=rule.limitations,
            reference=rule.reference,
            clinical_sign_off=rule.topic.clinical_sign_off,
        )

    @cached_property
    def first_review(self) -> date:
        """The earliest day on which the review of a rule is due."""
        return min((rule.topic.review_due for rule in self.rules), default=date.max)

    @cached_property
    def stakes(self) -> Stakes:
        """The rules of a decision that hang on each fact."""
        deciding = (rule for rule in self.rules if rule.stage not in CHECK_IN_STAGES)
        return stakes_of(deciding, self.engine.reader)

    @cached_property
    def assuming(self) -> Assuming:
        """What decisions take as given."""
        return Assuming(self.triggers, self.engine.reader, self.stakes, self.knowledge.messages)

    @cached_property
    def other_positions(self) -> OtherPositions:
        """What another position on each policy would change."""
        return OtherPositions(self.switches, self.outcomes)

    @cached_property
    def positions(self) -> Mapping[str, Policy]:
        """Each policy by the fact that holds what is taken of it."""
        return {f"policy.{id_}": policy for id_, policy in self.knowledge.policies.items()}

    @cached_property
    def elements(self) -> Mapping[str, frozenset[str]]:
        """The movements that belong to each element of a plan."""
        elements = self.knowledge.delivery.supervision.elements
        return members_of(elements, self.knowledge.catalogue.movements.values())

    @cached_property
    def merging(self) -> Merging:
        """The merged doses of profiles."""
        return Merging(self.knowledge.profiles)

    @cached_property
    def comparisons(self) -> Mapping[Outcome, Weigh]:
        """What carries the truth of each outcome, as it is told of facts that are not given."""
        return _Comparisons(self)

    def compare(self, leaf: Leaf, truth: Truth) -> ConditionNote:
        """A test with its truth, as it is told of a fact that is not given."""
        label, test = self.knowledge.vocabulary[leaf.fact].label, leaf.test.value
        threshold, state = _threshold(leaf), truth.value
        return ConditionNote(leaf.fact, label, test, threshold, None, None, None, None, state)

    @property
    def healthy(self) -> bool:
        """False once the two evaluators have disagreed or the engine has failed."""
        return self.engine.healthy

    @property
    def version(self) -> str:
        """The version of the software whose knowledge this is."""
        return __version__


class _Comparisons(dict[Outcome, Weigh]):
    """Those of each rule when one is first asked for: most rules are silent in most cases."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def __missing__(self, outcome: Outcome) -> Weigh:
        service, rule = self._service, outcome.rule
        weighing = service.engine.reader.weigh(rule.when, service.compare, Decisive.of)
        self.update({service.outcomes[rule.id][truth]: weigh for truth, weigh in weighing.items()})
        return weighing[outcome.truth]


class _Explanations(dict[Outcome, Explanation]):
    """Each outcome's when it is first asked for."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def __missing__(self, outcome: Outcome) -> Explanation:
        self[outcome] = made = self._service.explain(outcome)
        return made


def load_service(
    root: Path = ROOT,
    rete: Firing | None = None,
    *,
    with_cases: bool = True,
    site_policies: Mapping[str, str] = _NO_CHOICE,
) -> Service:
    """The service with the knowledge and rules under `root`.

    `rete` stands in for the Rete engine in fault tests only. Without its cases a service decides
    as well; leave them out only when these very files were found sound before. `site_policies`
    names, by policy, the option that the site follows where guidelines disagree.
    Raises: LoadError with every problem of every file; PolicyError when a choice is not known.
    """
    from cds.loading import load_sound  # a service of kept knowledge reads no files

    with collecting_nothing():
        return build_service(
            *load_sound(root, with_cases=with_cases), rete, site_policies=site_policies
        )


def build_service(
    knowledge: Knowledge,
    rules: RuleBase,
    cases: CaseBook | None = None,
    rete: Firing | None = None,
    *,
    site_policies: Mapping[str, str] = _NO_CHOICE,
    networks: Networks | None = None,
) -> Service:
    """The service of what was found sound; the arguments as in `load_service`.

    `networks` are those that `compile_networks` made of these rules before.

    Raises: PolicyError when a choice is not known.
    """
    knowledge = replace(knowledge, policies=follow_site(knowledge.policies, site_policies))
    engine = Engine(_engine_rules(rules), _fact_types(knowledge), rete, networks)
    deciding = [rule for rule in rules if rule.stage not in CHECK_IN_STAGES]
    return Service(
        knowledge,
        rules,
        cases or CaseBook(),
        engine,
        triggers_of(deciding, engine.reader),
        switches_of(deciding, knowledge.policies.values(), engine.reader),
    )


def compile_networks(knowledge: Knowledge, rules: RuleBase) -> Networks:
    """The rules as the Rete engine takes them.

    Raises: RuleCheckError for the first rule that it cannot take.
    """
    return compile_turns(_engine_rules(rules), _fact_types(knowledge))


def find_problems(root: Path = ROOT) -> tuple[KnowledgeError, ...]:
    """Every problem of the knowledge and rules under `root`, in the order of the files."""
    try:
        load_service(root)
    except LoadError as error:
        return error.problems
    return ()


def _evidence(entry: Evidence, knowledge: Knowledge) -> EvidenceNote:
    citation = knowledge.citations[entry.citation]
    return EvidenceNote(
        citation=entry.citation,
        text=citation.text,
        url=citation.url,
        locator=entry.locator,
        direction=entry.direction,
        strength=entry.strength,
        certainty=entry.certainty,
        mark=entry.mark.value,
        mark_means=knowledge.messages[f"mark.{entry.mark.value}"],
    )


def _engine_rules(rules: RuleBase) -> Mapping[str, Sequence[EngineRule]]:
    return {
        turn: [
            EngineRule(r.id, r.when, r.location) for stage in stages for r in rules.of_stage(stage)
        ]
        for turn, stages in TURNS.items()
    }


def _fact_types(knowledge: Knowledge) -> Mapping[str, str]:
    return {name: definition.type.value for name, definition in knowledge.vocabulary.items()}


def _threshold(leaf: Leaf) -> str | None:
    if leaf.value is None:
        return None
    if isinstance(leaf.value, tuple):
        return ", ".join(leaf.value)
    if isinstance(leaf.value, str):
        return leaf.value
    return f"{leaf.value:g} {leaf.unit or ''}".strip()
