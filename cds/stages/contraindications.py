"""Every stage's contraindications, worst first, and what they mean for the whole session."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter

from cds.model.decision import Contraindication, ScopeNote
from cds.model.effect import Avoid, Contraindicate, Effect, Kind, ScopeType, Severity
from cds.stages.outcome import Applied, Outcome, effects_of

#: More than there are rules that bar something, each with two truths.
_MOST_KEPT = 4096
_SEVERITIES = tuple(Severity)
_KINDS = tuple(Kind)
_Rank = tuple[int, int, str, str]
_Ranked = tuple[_Rank, Contraindication]
_place = itemgetter(0)


def contraindications(outcomes: Sequence[Outcome]) -> tuple[Contraindication, ...]:
    """Every contraindication and movement restriction that holds, worst first."""
    return _ranked((*effects_of(outcomes, Contraindicate), *effects_of(outcomes, Avoid)))


def without_movements(applied: Applied) -> tuple[Contraindication, ...]:
    """Those of rules that bar more than single movements, worst first."""
    return _ranked(effects_of(applied, Contraindicate))


def _ranked(barring: Iterable[tuple[Outcome, Effect]]) -> tuple[Contraindication, ...]:
    found: list[_Ranked] = []
    for outcome in dict.fromkeys([outcome for outcome, _ in barring]):
        found += _said_by(outcome)
    return tuple([finding for _, finding in sorted(found, key=_place)])


def kinds_for_all(outcomes: Iterable[Outcome]) -> frozenset[Kind]:
    """How binding the contraindications are that concern exercise as such."""
    held = effects_of(outcomes, Contraindicate)
    return frozenset([effect.kind for _, effect in held if effect.scope.type is ScopeType.ALL])


def bars_setting(outcomes: Iterable[Outcome], setting: str) -> bool:
    """Whether anything, weighed or absolute, keeps the person out of this setting."""
    return any(
        effect.kind is not Kind.PRECAUTION
        and effect.scope.type is ScopeType.SETTING
        and effect.scope.code == setting
        for _, effect in effects_of(outcomes, Contraindicate)
    )


def covers_all(finding: Contraindication) -> bool:
    """Whether it concerns exercise as such, not one kind of it."""
    return finding.scope.type == "all"


@lru_cache(_MOST_KEPT)
def _said_by(outcome: Outcome) -> tuple[_Ranked, ...]:
    """What one rule says, each with its place; the same for every case."""
    whole = [_whole(outcome, effect) for effect in outcome.effects.get(Contraindicate, ())]
    avoided = [
        _movement(outcome, effect, tag)
        for effect in outcome.effects.get(Avoid, ())
        for tag in effect.tags
    ]
    return tuple([(_rank(finding), finding) for finding in (*whole, *avoided)])


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


def _rank(finding: Contraindication) -> _Rank:
    return (
        _SEVERITIES.index(Severity(finding.severity)),
        _KINDS.index(Kind(finding.kind)),
        finding.id,
        finding.scope.code or "",
    )
