"""Runs the cases beside the rules through the real engine, as a request would be."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from cds.decide import hear
from cds.engine.tree import EvaluatedLeaf, EvaluatedNode, needed_facts
from cds.errors import IntakeError, KnowledgeError, RuleCheckError
from cds.follow_up import hear_check_in
from cds.hearing import Hearing
from cds.model.case import Case
from cds.model.condition import Truth
from cds.rules.base import CHECK_IN_STAGES
from cds.rules.case_book import RuleCase
from cds.schemas.decision_request import read_decision_request
from cds.schemas.request_terms import RequestTerms
from cds.service import Service

# What a body holds beside its facts; in a case the facts stand among them.
_BESIDE = (
    *("conditions", "conditions_reviewed", "medications", "medications_reviewed", "procedures"),
    *("request", "preferences"),
)
_WORDS = {Truth.TRUE: "fires", Truth.FALSE: "stays silent", Truth.UNKNOWN: "is unknown"}


class CaseRun(Struct, frozen=True):
    """One case as it went: the facts the rules saw, and what was not as expected."""

    case: RuleCase
    seen: Case | None
    problems: tuple[KnowledgeError, ...]


def run_cases(service: Service, terms: RequestTerms) -> Iterator[CaseRun]:
    """Each case, heard at every stage.

    Raises: EngineError when the two evaluators disagree.
    """
    dated = {rule.topic.path: rule.topic.dated for rule in service.rules}
    dated |= {rule.topic.path: rule.topic.dated for rule in service.rules.inactive.values()}
    for case in service.cases:
        path = case.location.path.removesuffix(".cases.yaml") + ".yaml"
        yield _run(service, terms, case, case.evaluation_date or dated[path])


def _run(service: Service, terms: RequestTerms, case: RuleCase, day: date) -> CaseRun:
    try:
        request = read_decision_request(body_of(case), terms, day)
    except IntakeError as error:
        return CaseRun(case, None, tuple(_refusals(case, error)))
    told = hear_check_in if _is_check_in(case) else hear
    hearing = told(service, request.intake, day)
    return CaseRun(case, hearing.case, tuple(_differences(service, case, hearing)))


def _is_check_in(case: RuleCase) -> bool:
    """Whether a rule that it names is heard at a check-in only."""
    return any(id_.partition(".")[0] in CHECK_IN_STAGES for _, id_ in case.expectations())


def body_of(case: RuleCase) -> dict[str, Any]:
    """The request that the case stands for."""
    given = {name: _plain(value) for name, value in case.given.items()}
    beside = {name: given.pop(name) for name in _BESIDE if name in given}
    return {"facts": given, "policy": dict(case.policy), **beside}


def _plain(value: Any) -> Any:
    """The value as JSON holds it: YAML knows days, JSON does not."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def _refusals(case: RuleCase, error: IntakeError) -> Iterator[KnowledgeError]:
    for refusal in error.refusals:
        pointer = refusal.pointer.removeprefix("/facts")
        yield RuleCheckError(
            f"The case '{case.name}' is no request that the service takes, at 'given{pointer}': "
            f"{refusal.detail}",
            case.location,
        )


def _differences(service: Service, case: RuleCase, hearing: Hearing) -> Iterator[KnowledgeError]:
    live = {outcome.rule.id: outcome.truth for outcome in hearing.live}
    for expected, id_ in case.expectations():
        if id_ in service.rules.inactive:
            yield from _asleep(service, case, id_)
        elif (found := live.get(id_, Truth.FALSE)) is not expected:
            reason = _why(service.engine.explain(id_, hearing.case))
            yield RuleCheckError(
                f"In the case '{case.name}' {id_} {_WORDS[found]}, and the case expects "
                f"that it {_WORDS[expected]}.{reason} Correct the rule, or the case.",
                case.location,
            )


def _asleep(service: Service, case: RuleCase, id_: str) -> Iterator[KnowledgeError]:
    """A case of an active topic must not expect what does not run."""
    topic = service.rules.inactive[id_].topic
    if topic.path != case.location.path.removesuffix(".cases.yaml") + ".yaml":
        yield RuleCheckError(
            f"The case '{case.name}' names {id_}, which is {topic.status} and does not run. Take "
            "it out.",
            case.location,
        )


def _why(node: EvaluatedNode) -> str:
    """Which facts made it so; names only."""
    if node.truth is Truth.UNKNOWN:
        return f" Not known: {', '.join(needed_facts(node))}."
    names = dict.fromkeys(leaf.fact.name for leaf in _leaves(node) if leaf.truth is node.truth)
    word = "Satisfied" if node.truth is Truth.TRUE else "Not satisfied"
    return f" {word}: {', '.join(names)}." if names else ""


def _leaves(node: EvaluatedNode) -> Iterable[EvaluatedLeaf]:
    if isinstance(node, EvaluatedLeaf):
        yield node
    else:
        for child in node.children:
            yield from _leaves(child)
