"""Referrals and advice of every stage, each said once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec.structs import replace

from cds.model.decision import Referral, Statement
from cds.model.effect import Advise, Refer, Urgency
from cds.stages.outcome import Outcome, effects_of

_PLACES = {urgency.value: place for place, urgency in enumerate(reversed(Urgency))}
STAGES = frozenset({"delivery", "referral"})
#: The rules that involve one team come together in few ways.
_MOST_KEPT = 1024
Advice = tuple[Outcome, Advise]
_DAYS = {"day": 1, "week": 7, "month": 30}


def referrals(outcomes: Iterable[Outcome], unplanned: str | None = None) -> tuple[Referral, ...]:
    """One referral per team: the most urgent reason first, every reason kept.

    Without a plan nothing goes on meanwhile: rules heard after the dose then say `unplanned`.
    """
    by_team: dict[str, list[Outcome]] = defaultdict(list)
    for outcome, effect in effects_of(outcomes, Refer):
        by_team[effect.to].append(outcome)
    found = [_referral(team, tuple(asking), unplanned) for team, asking in by_team.items()]
    return tuple(sorted(found, key=_place))


def joined(found: Iterable[Referral]) -> tuple[Referral, ...]:
    """The same referrals, those to one team as one, the most urgent first."""
    by_team: dict[str, Referral] = {}
    for referral in sorted(found, key=_place):
        first = by_team.get(referral.to)
        by_team[referral.to] = referral if first is None else _both(first, referral)
    return tuple(sorted(by_team.values(), key=_place))


def _both(first: Referral, second: Referral) -> Referral:
    reasons = dict.fromkeys((first.reason, second.reason))
    because = tuple(dict.fromkeys((*first.because, *second.because)))
    meanwhile = first.meanwhile or second.meanwhile
    alike = (first, second) if second.urgency == first.urgency else (first,)
    within = _soonest(first.urgency, [referral.within for referral in alike])
    return Referral(first.to, first.urgency, " ".join(reasons), meanwhile, because, within)


def _place(referral: Referral) -> tuple[int, str]:
    return _PLACES[referral.urgency], referral.to


def statements(outcomes: Iterable[Outcome], kind: str) -> tuple[Statement, ...]:
    """Each sentence of one kind, with every rule that says it."""
    return sentences(effects_of(outcomes, kind))


def sentences(advice: Iterable[Advice]) -> tuple[Statement, ...]:
    """The same of advice that was gathered before."""
    return each_once([(effect.message, outcome.rule.id) for outcome, effect in advice])


def each_once(said: Iterable[tuple[str, str]]) -> tuple[Statement, ...]:
    """Each sentence once, with every rule that says it; `said` are pairs of both."""
    saying: dict[str, list[str]] = defaultdict(list)
    for message, rule in said:
        saying[message].append(rule)
    return tuple([Statement(message, tuple(rules)) for message, rules in saying.items()])


@lru_cache(_MOST_KEPT)
def _referral(team: str, asking: tuple[Outcome, ...], unplanned: str | None) -> Referral:
    """What these outcomes say of one team; they come together in few ways."""
    entries = sorted(_reasons(team, dict.fromkeys(asking), unplanned), key=_weight)
    first = entries[0][1]
    reasons = dict.fromkeys(effect.reason for _, effect in entries)
    meanwhile = next((effect.meanwhile for _, effect in entries if effect.meanwhile), None)
    because = tuple(dict.fromkeys(outcome.rule.id for outcome, _ in entries))
    alike = [effect.within for _, effect in entries if effect.urgency is first.urgency]
    within = _soonest(first.urgency, alike)
    return Referral(team, first.urgency.value, " ".join(reasons), meanwhile, because, within)


def _reasons(
    team: str, asking: Iterable[Outcome], unplanned: str | None
) -> Iterator[tuple[Outcome, Refer]]:
    for outcome, effect in effects_of(asking, Refer):
        if effect.to != team:
            continue
        without = unplanned is not None and outcome.rule.stage in STAGES
        yield outcome, replace(effect, meanwhile=unplanned) if without else effect


def _weight(entry: tuple[Outcome, Refer]) -> tuple[int, bool, str]:
    """The most urgent first; at the same urgency what a safety rule leaves comes first."""
    outcome, effect = entry
    return _PLACES[effect.urgency], outcome.rule.stage in STAGES, outcome.rule.id


def _soonest(urgency: str, frames: Sequence[str | None]) -> str | None:
    """The shortest time frame; none where an urgent reason states none: it may be due before."""
    if urgency != Urgency.ROUTINE and None in frames:
        return None
    return min((frame for frame in frames if frame), key=days_of, default=None)


def days_of(frame: str) -> int:
    """The days of a time frame.

    >>> days_of("today"), days_of("2 weeks")
    (0, 14)
    """
    if frame == "today":
        return 0
    count, unit = frame.split()
    return int(count) * _DAYS[unit.removesuffix("s")]
