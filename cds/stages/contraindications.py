"""Every stage's contraindications, worst first, and what they mean for the whole session."""

from collections.abc import Iterable

from cds.model.decision import Contraindication, ScopeNote
from cds.model.effect import Avoid, Contraindicate, Kind, ScopeType, Severity
from cds.stages.outcome import Outcome, effects_of

_SEVERITIES = tuple(Severity)
_KINDS = tuple(Kind)


def contraindications(outcomes: Iterable[Outcome]) -> tuple[Contraindication, ...]:
    """Every contraindication and movement restriction that holds, worst first."""
    held = list(outcomes)
    found = [_whole(outcome, effect) for outcome, effect in effects_of(held, Contraindicate)]
    found += [
        _movement(outcome, effect, tag)
        for outcome, effect in effects_of(held, Avoid)
        for tag in effect.tags
    ]
    return tuple(sorted(found, key=_rank))


def kinds_for_all(outcomes: Iterable[Outcome]) -> frozenset[Kind]:
    """How binding the contraindications are that concern exercise as such."""
    held = effects_of(outcomes, Contraindicate)
    return frozenset(effect.kind for _, effect in held if effect.scope.type is ScopeType.ALL)


def covers_all(finding: Contraindication) -> bool:
    """Whether it concerns exercise as such, not one kind of it."""
    return finding.scope.type == "all"


def _whole(outcome: Outcome, effect: Contraindicate) -> Contraindication:
    return Contraindication(
        id=outcome.rule.id,
        kind=effect.kind.value,
        scope=ScopeNote(effect.scope.type.value, effect.scope.code or None),
        severity=effect.severity.value,
        action=effect.action.value,
        urgency=effect.urgency.value if effect.urgency else None,
        message=effect.message,
        alternatives=effect.alternatives,
        reopens=effect.reopens,
        decided_by=effect.decided_by,
        state=outcome.state,
        because=(outcome.rule.id,),
    )


def _movement(outcome: Outcome, effect: Avoid, tag: str) -> Contraindication:
    return Contraindication(
        id=outcome.rule.id,
        kind=Kind.PRECAUTION.value,
        scope=ScopeNote("movement", tag),
        severity=effect.severity.value,
        action="avoid",
        urgency=None,
        message=effect.message,
        alternatives=effect.alternatives,
        reopens=None,
        decided_by=None,
        state=outcome.state,
        because=(outcome.rule.id,),
    )


def _rank(finding: Contraindication) -> tuple[int, int, str, str]:
    return (
        _SEVERITIES.index(Severity(finding.severity)),
        _KINDS.index(Kind(finding.kind)),
        finding.id,
        finding.scope.code or "",
    )
