"""Loads everything a decision needs, once: all of it sound, or the service does not start."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from cds import __version__
from cds.engine.compiler import EngineRule
from cds.engine.engine import Engine, Firing
from cds.engine.evaluator import Reading
from cds.engine.stakes import Stakes, stakes_of
from cds.engine.switches import Switches, switches_of
from cds.engine.triggers import Triggers, triggers_of
from cds.errors import KnowledgeError, LoadError
from cds.knowledge.base import Knowledge
from cds.knowledge.documents import Problems
from cds.knowledge.loader import ROOT, load_knowledge
from cds.knowledge.site_policies import follow_site
from cds.knowledge.vocabulary import Vocabulary
from cds.model.condition import Leaf, Truth
from cds.model.decision import ConditionNote, EvidenceNote
from cds.model.rule import Evidence
from cds.rules.cases import CaseBook, load_cases
from cds.rules.loader import RuleBase, load_rules
from cds.rules.progression_order import check_progression
from cds.rules.references import MissingNameError, References
from cds.rules.topic_schemas import CHECK_IN_STAGES
from cds.rules.topics import STAGES
from cds.stages.outcome import Outcome

#: What carries the truth of one rule for a case.
Decisive = Callable[[Reading], tuple[ConditionNote, ...]]
_NO_CHOICE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Service:
    """The knowledge, the rules and the engine, ready; shared by all decisions of a process."""

    knowledge: Knowledge
    rules: RuleBase
    cases: CaseBook
    engine: Engine
    triggers: Triggers
    switches: Switches

    @cached_property
    def outcomes(self) -> Mapping[str, Mapping[Truth, Outcome]]:
        """Each rule with each truth it can have: made once, as they are the same for all cases."""
        return {rule.id: {truth: Outcome(rule, truth) for truth in Truth} for rule in self.rules}

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
    def stakes(self) -> Stakes:
        """The rules of a decision that hang on each fact."""
        deciding = (rule for rule in self.rules if rule.stage not in CHECK_IN_STAGES)
        return stakes_of(deciding, self.engine.reader)

    @cached_property
    def comparisons(self) -> Mapping[str, Decisive]:
        """What carries the truth of each rule, as it is told of facts that are not given."""
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


class _Comparisons(dict[str, Decisive]):
    """Each rule's when it is first asked for: most rules are silent in most cases."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def __missing__(self, rule_id: str) -> Decisive:
        rule, reader = self._service.rules.rules[rule_id], self._service.engine.reader
        self[rule_id] = made = reader.weigh(rule.when, self._service.compare)
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
    with collecting_nothing():
        return build_service(
            *load_sound(root, with_cases=with_cases), rete, site_policies=site_policies
        )


def load_sound(
    root: Path = ROOT, *, with_cases: bool = True
) -> tuple[Knowledge, RuleBase, CaseBook]:
    """The knowledge and rules under `root`, with what proves them, before a site chooses.

    Raises: LoadError with every problem of every file.
    """
    problems = Problems()
    knowledge = load_knowledge(root, problems)
    rules, cases = _rules(root, knowledge, problems, with_cases)
    if knowledge is None or problems.found:
        raise LoadError(problems.found)
    return knowledge, rules, cases


def build_service(
    knowledge: Knowledge,
    rules: RuleBase,
    cases: CaseBook | None = None,
    rete: Firing | None = None,
    *,
    site_policies: Mapping[str, str] = _NO_CHOICE,
) -> Service:
    """The service of what was found sound; the arguments as in `load_service`.

    Raises: PolicyError when a choice is not known.
    """
    knowledge = replace(knowledge, policies=follow_site(knowledge.policies, site_policies))
    engine = _engine(rules, knowledge, rete)
    deciding = [rule for rule in rules if rule.stage not in CHECK_IN_STAGES]
    return Service(
        knowledge,
        rules,
        cases or CaseBook(),
        engine,
        triggers_of(deciding, engine.reader),
        switches_of(deciding, knowledge.policies.values()),
    )


@contextmanager
def collecting_nothing() -> Iterator[None]:
    """Almost all that is loaded stays, so looking for garbage meanwhile finds next to none."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def find_problems(root: Path = ROOT) -> tuple[KnowledgeError, ...]:
    """Every problem of the knowledge and rules under `root`, in the order of the files."""
    try:
        load_service(root)
    except LoadError as error:
        return error.problems
    return ()


def _rules(
    root: Path, knowledge: Knowledge | None, problems: Problems, with_cases: bool
) -> tuple[RuleBase, CaseBook]:
    """The rules and their cases.

    With a fault in the knowledge a name that is missing there most likely belongs to that fault,
    which is told already; every other fault of the rules is told as well.
    """
    own, sound = Problems(), knowledge is not None and not problems.found
    rules = load_rules(root, references_of(knowledge), own)
    if knowledge is not None:
        check_progression(rules.rules, rules.unread, knowledge.progression, own)
    cases = load_cases(root, rules, own) if with_cases else CaseBook()
    problems.found += [p for p in own.found if sound or not isinstance(p, MissingNameError)]
    return rules, cases


def references_of(knowledge: Knowledge | None) -> References:
    """The names that rules may use; none without knowledge."""
    if knowledge is None:
        nothing: frozenset[str] = frozenset()
        return References(Vocabulary(), nothing, nothing, {}, nothing, nothing, nothing)
    setting = knowledge.vocabulary.get("setting")
    return References(
        vocabulary=knowledge.vocabulary,
        citations=frozenset(knowledge.citations),
        movements=frozenset(knowledge.catalogue.movements),
        removed_by_tag=knowledge.catalogue.removed_by_tag,
        modalities=frozenset(knowledge.names.modalities),
        settings=frozenset(setting.values if setting else ()),
        teams=frozenset(knowledge.names.teams),
    )


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


def _engine(rules: RuleBase, knowledge: Knowledge, rete: Firing | None) -> Engine:
    stages: Mapping[str, list[EngineRule]] = {
        stage: [EngineRule(r.id, r.when, r.location) for r in rules.of_stage(stage)]
        for stage in STAGES
    }
    types = {name: definition.type.value for name, definition in knowledge.vocabulary.items()}
    return Engine(stages, types, rete)


def _threshold(leaf: Leaf) -> str | None:
    if leaf.value is None:
        return None
    if isinstance(leaf.value, tuple):
        return ", ".join(leaf.value)
    if isinstance(leaf.value, str):
        return leaf.value
    return f"{leaf.value:g} {leaf.unit or ''}".strip()
