"""Stop or go: today's values against the rules, and against this person's own limits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from cds.knowledge.vocabulary import Vocabulary
from cds.model.case import Case
from cds.model.condition import Truth
from cds.model.decision import Contraindication, Disposition, Screening
from cds.model.effect import Contraindicate, Kind, ScopeType
from cds.model.intensity import Intensity
from cds.model.session import Session, SessionReason, SessionValue, SessionVerdict
from cds.stages.contraindications import covers_all
from cds.stages.limits import SetLimit
from cds.stages.outcome import Outcome, effects_of
from cds.stages.own_limits import OwnLimit, own_limits

_ENDING = frozenset({"absolute", "hold_today"})
_EASING = frozenset({Kind.PRECAUTION, Kind.RELATIVE, Kind.HOLD_TODAY})
_EASED = frozenset({ScopeType.ALL, ScopeType.INTENSITY})
_ORDER = tuple(SessionVerdict)


class SessionInputs(Struct, frozen=True):
    """Everything that stop or go is judged by."""

    case: Case
    vocabulary: Vocabulary
    applied: Sequence[Outcome]
    found: Sequence[Contraindication]
    disposition: Disposition
    screening: Screening
    intensity: Intensity
    limits: Sequence[SetLimit]
    messages: Mapping[str, str]


def judge_session(inputs: SessionInputs) -> Session | None:
    """Stop, go easier or go on; None when nothing of a session was given for today."""
    values = tuple(_values(inputs.case, inputs.vocabulary))
    if not values:
        return None
    given = frozenset(value.fact for value in values)
    reasons = list(_stops(inputs.found))
    if inputs.disposition is Disposition.CLEARANCE_FIRST and not reasons:
        reasons.append(_clearance(inputs))
    reasons += _exceeded(inputs)
    reasons += _eased(inputs.applied, given)
    reasons.sort(key=lambda reason: (_ORDER.index(reason.verdict), reason.scope != "all"))
    verdict = _verdict(reasons, inputs.disposition)
    return Session(verdict, inputs.messages[f"session.{verdict.value}"], values, tuple(reasons))


def _values(case: Case, vocabulary: Vocabulary) -> Iterator[SessionValue]:
    """What was given for today of the facts that a session shows; undated counts as today."""
    facts = case.facts
    for fact in [facts[name] for name in vocabulary.during_exercise if name in facts]:
        if fact.value is not None and fact.at in (None, case.evaluation_date):
            name = fact.name
            yield SessionValue(name, vocabulary[name].label, fact.value, fact.unit, fact.at)


def _verdict(reasons: Sequence[SessionReason], disposition: Disposition) -> SessionVerdict:
    """Values that are fine do not open what the decision keeps closed."""
    asked = [reason.verdict for reason in reasons]
    if disposition is Disposition.INSUFFICIENT_DATA:
        asked.append(SessionVerdict.INSUFFICIENT_DATA)
    if disposition in (Disposition.EMERGENCY, Disposition.DO_NOT_EXERCISE, Disposition.HOLD_TODAY):
        asked.append(SessionVerdict.STOP)
    return min(asked, key=_ORDER.index, default=SessionVerdict.GO)


def _stops(found: Iterable[Contraindication]) -> Iterator[SessionReason]:
    for finding in found:
        ends_all = covers_all(finding) and finding.kind in _ENDING
        if ends_all or finding.action == "stop":
            yield _reason(SessionVerdict.STOP, finding)


def _reason(verdict: SessionVerdict, finding: Contraindication) -> SessionReason:
    return SessionReason(
        verdict,
        finding.message,
        finding.scope.type,
        finding.reopens,
        finding.decided_by,
        finding.because,
    )


def _clearance(inputs: SessionInputs) -> SessionReason:
    """Somebody who has to be cleared first does not go on because a value is fine."""
    weighed = [f for f in inputs.found if covers_all(f) and f.kind == Kind.RELATIVE.value]
    if weighed:
        return _reason(SessionVerdict.STOP, weighed[0])
    screening = inputs.screening
    message = inputs.messages["session.clearance"].format(reason=screening.message)
    return SessionReason(SessionVerdict.STOP, message, "all", None, None, screening.because)


def _eased(applied: Iterable[Outcome], given: frozenset[str]) -> Iterator[SessionReason]:
    """What a rule asks to change because of one of today's values."""
    for outcome, effect in effects_of(applied, Contraindicate):
        if outcome.truth is not Truth.TRUE or effect.action == "stop":
            continue
        if effect.kind not in _EASING or effect.scope.type not in _EASED:
            continue
        if effect.kind is Kind.HOLD_TODAY and effect.scope.type is ScopeType.ALL:
            continue
        if not given.isdisjoint(outcome.rule.facts):
            yield SessionReason(
                SessionVerdict.GO_EASIER,
                effect.message,
                effect.scope.type.value,
                effect.reopens,
                effect.decided_by,
                (outcome.rule.id,),
            )


def _exceeded(inputs: SessionInputs) -> Iterator[SessionReason]:
    """Each of this person's own limits that a value of today is above."""
    for limit in own_limits(inputs.intensity, inputs.limits, inputs.messages):
        value = inputs.case.number(limit.fact)
        if value is not None and value > limit.value:
            yield _above(limit)


def _above(limit: OwnLimit) -> SessionReason:
    verdict = SessionVerdict.STOP if limit.ends else SessionVerdict.GO_EASIER
    return SessionReason(verdict, limit.message, "all", None, None, limit.by)
