"""AACVPR risk stratification with three states: an unknown low item never gives low."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from cds.model.threshold import RiskItem, RiskRules, RiskTest

_LOW, _HIGH = "low", "high"
Facts = Mapping[str, float | bool | None]


class RiskTier(StrEnum):
    """The answer of a stratification."""

    LOW = _LOW
    MODERATE = "moderate"
    HIGH = _HIGH
    INSUFFICIENT_DATA = "insufficient_data"


class RiskReason(Struct, frozen=True):
    """One item of the table and whether it holds (None: unknown)."""

    item: RiskItem
    holds: bool | None


class RiskResult(Struct, frozen=True):
    """The tier, the lowest tier it can be, every reason, what is missing, what was not stated.

    `reasons` are the items that keep it from low or raise it; for a low answer, the low items.
    """

    tier: RiskTier
    at_least: RiskTier
    reasons: tuple[RiskReason, ...]
    missing: tuple[str, ...]
    not_stated: tuple[str, ...]
    estimated: bool


def stratify_risk(facts: Facts, rules: RiskRules, tested: bool | None = None) -> RiskResult:
    """The tier of the risk table.

    High when a high item holds; low when every low item is known to hold; moderate otherwise,
    unless something unknown could raise it. Without an exercise test (`tested` False) only the
    clinical items count and the answer is never low.

    Source: aacvpr-stratification-table (RISK-*).
    """
    judged = [
        RiskReason(item, _holds(item, facts))
        for item in rules.items
        if tested is not False or not item.needs_test
    ]
    low = [reason for reason in judged if reason.item.tier == _LOW]
    raising = [reason for reason in judged if reason.item.tier != _LOW]
    raised = [reason for reason in raising if reason.holds]
    open_ = [reason for reason in raising if reason.holds is None]
    high = any([reason for reason in raised if reason.item.tier == _HIGH])
    unknown_low = _facts_unknown([r for r in low if r.holds is None], facts)
    half_stated = _facts_unknown([r for r in open_ if _is_half_stated(r, facts)], facts)
    missing = () if high else tuple(sorted({*unknown_low, *half_stated}))
    reasons = (*raised, *(() if high else [r for r in low if r.holds is not True]))
    tier = _tier(high, missing, not reasons and tested is not False)
    return RiskResult(
        tier=tier,
        at_least=RiskTier.MODERATE if tier is RiskTier.INSUFFICIENT_DATA else tier,
        reasons=reasons or tuple(low),
        missing=missing,
        not_stated=tuple(sorted(_facts_unknown(open_, facts) - set(missing))),
        estimated=tested is False,
    )


def _tier(high: bool, missing: tuple[str, ...], low: bool) -> RiskTier:
    if high:
        return RiskTier.HIGH
    if missing:
        return RiskTier.INSUFFICIENT_DATA
    return RiskTier.LOW if low else RiskTier.MODERATE


def _is_half_stated(reason: RiskReason, facts: Facts) -> bool:
    """Whether of an open item one test holds; a single test is open itself."""
    tests = reason.item.tests
    return len(tests) > 1 and any([_test(test, facts) for test in tests])


def _facts_unknown(reasons: list[RiskReason], facts: Facts) -> set[str]:
    return {t.fact for r in reasons for t in r.item.tests if facts.get(t.fact) is None}


def _holds(item: RiskItem, facts: Facts) -> bool | None:
    holds: bool | None = True
    for test in item.tests:
        state = _test(test, facts)
        if state is False:
            return False
        holds = holds and state
    return holds


def _test(test: RiskTest, facts: Facts) -> bool | None:
    value = facts.get(test.fact)
    if value is None:
        return None
    if test.equals is not None:
        return value is test.equals
    return float(value) in test.interval
