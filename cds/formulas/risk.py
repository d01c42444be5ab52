"""AACVPR risk stratification with three states: an unknown low item never gives low."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from cds.model.threshold import RiskItem, RiskRules, RiskTest

Facts = Mapping[str, float | bool | None]


class RiskTier(StrEnum):
    """The answer of a stratification."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
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
    low = [reason for reason in judged if reason.item.tier == RiskTier.LOW]
    raising = [reason for reason in judged if reason.item.tier != RiskTier.LOW]
    high = any(r.holds and r.item.tier == RiskTier.HIGH for r in raising)
    unknown_low = _facts_unknown([r for r in low if r.holds is None], facts)
    half_stated = _facts_unknown([r for r in raising if _is_half_stated(r, facts)], facts)
    missing = () if high else tuple(sorted({*unknown_low, *half_stated}))
    reasons = tuple(r for r in (*raising, *low) if _is_reason(r, high))
    tier = _tier(high, missing, all(r.holds for r in low) and tested is not False, reasons)
    return RiskResult(
        tier=tier,
        at_least=RiskTier.MODERATE if tier is RiskTier.INSUFFICIENT_DATA else tier,
        reasons=reasons or tuple(low),
        missing=missing,
        not_stated=tuple(
            sorted(_facts_unknown([r for r in raising if r.holds is None], facts) - set(missing))
        ),
        estimated=tested is False,
    )


def _tier(
    high: bool, missing: tuple[str, ...], all_low: bool, reasons: tuple[RiskReason, ...]
) -> RiskTier:
    if high:
        return RiskTier.HIGH
    if missing:
        return RiskTier.INSUFFICIENT_DATA
    raised = any(reason.holds and reason.item.tier != RiskTier.LOW for reason in reasons)
    return RiskTier.LOW if all_low and not raised else RiskTier.MODERATE


def _is_reason(reason: RiskReason, high: bool) -> bool:
    if reason.item.tier == RiskTier.LOW:
        return not high and reason.holds is not True
    return reason.holds is True


def _is_half_stated(reason: RiskReason, facts: Facts) -> bool:
    return reason.holds is None and any([_test(test, facts) for test in reason.item.tests])


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
