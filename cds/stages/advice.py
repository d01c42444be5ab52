"""Referrals and advice of every stage, each said once."""

from collections import defaultdict
from collections.abc import Iterable

from cds.model.decision import Referral, Statement
from cds.model.effect import Advise, Refer, Urgency
from cds.stages.outcome import Outcome, effects_of

_URGENCIES = tuple(reversed(Urgency))


def referrals(outcomes: Iterable[Outcome]) -> tuple[Referral, ...]:
    """One referral per team: the most urgent reason first, every reason kept."""
    by_team: dict[str, list[tuple[Outcome, Refer]]] = defaultdict(list)
    for outcome, effect in effects_of(outcomes, Refer):
        by_team[effect.to].append((outcome, effect))
    found = [_referral(team, entries) for team, entries in by_team.items()]
    return tuple(sorted(found, key=lambda r: (_URGENCIES.index(Urgency(r.urgency)), r.to)))


def statements(outcomes: Iterable[Outcome], kind: str) -> tuple[Statement, ...]:
    """Each sentence of one kind, with every rule that says it."""
    said: dict[str, list[str]] = defaultdict(list)
    for outcome, effect in effects_of(outcomes, Advise):
        if effect.kind == kind:
            said[effect.message].append(outcome.rule.id)
    return tuple(Statement(message, tuple(rules)) for message, rules in said.items())


def _referral(team: str, entries: list[tuple[Outcome, Refer]]) -> Referral:
    entries.sort(key=lambda e: (_URGENCIES.index(e[1].urgency), e[0].rule.id))
    first = entries[0][1]
    reasons = dict.fromkeys(effect.reason for _, effect in entries)
    meanwhile = next((effect.meanwhile for _, effect in entries if effect.meanwhile), None)
    because = tuple(dict.fromkeys(outcome.rule.id for outcome, _ in entries))
    return Referral(team, first.urgency.value, " ".join(reasons), meanwhile, because)
