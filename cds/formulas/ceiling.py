"""The heart-rate ceiling combiner: many upper limits, one zone, never widened upwards."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from cds.formulas.rounding import round_down, round_up
from cds.model.threshold import CeilingRules, LimitKind


class ZoneStatus(StrEnum):
    """What became of a heart-rate zone."""

    OK = "ok"
    WIDENED = "widened"
    NO_SAFE_HR_ZONE = "no_safe_hr_zone"


class UpperLimit(Struct, frozen=True):
    """One upper limit and the rule that set it; `below` excludes the limit itself."""

    value: float
    by: str
    below: bool = False

    def whole(self) -> int:
        """The highest whole heart rate that the limit allows.

        >>> UpperLimit(100, "x", below=True).whole(), UpperLimit(117.9, "y").whole()
        (99, 117)
        """
        return round_up(self.value) - 1 if self.below else round_down(self.value)


class ZoneRequest(Struct, frozen=True):
    """The zone that the wanted category asks for, exact; `hr_rest` None is unknown."""

    lower: float
    upper: float
    hr_rest: float | None
    is_hiit: bool = False
    by: str = "zone"
    category: str | None = None


class Zone(Struct, frozen=True):
    """The whole heart rates that remain, and which rules set the upper end.

    `at_rest`: the ceiling is so close to rest that only the fallback exertion and a referral
    remain. `missing` names what could not be checked. Without a safe zone lower and upper are
    None; `ceiling` is kept in every case.
    """

    lower: int | None
    upper: int | None
    ceiling: int
    limited_by: tuple[str, ...]
    status: ZoneStatus
    at_rest: bool = False
    missing: tuple[str, ...] = ()
    category: str | None = None


def derive_limit(
    kind: LimitKind, fact: float | None = None, conservative: bool = False
) -> UpperLimit:
    """The upper limit that a rule sets: the fact plus its offset, or the rule's constant.

    Units: beats/min in and out.
    Source: the rule's own (CARD-*).
    Raises: ValueError when the rule needs a fact and none is given.
    """
    if kind.constant is not None:
        return UpperLimit(kind.constant, kind.id, kind.below)
    if fact is None:
        raise ValueError(f"{kind.id} needs the fact '{kind.fact}' to set a limit. Ask for it.")
    strict = conservative and kind.conservative_offset is not None
    offset = kind.conservative_offset if strict else kind.offset
    return UpperLimit(fact + (offset or 0.0), kind.id, kind.below)


def derive_limits(
    kinds: Mapping[str, LimitKind], facts: Mapping[str, float], ids: Iterable[str]
) -> tuple[UpperLimit, ...]:
    """The limits of the rules `ids` that apply; `facts` holds what they start from."""
    return tuple(
        derive_limit(kinds[name], facts.get(kinds[name].fact or "")) for name in sorted(set(ids))
    )


def untested_zone(kind: LimitKind, hr_rest: float, is_hiit: bool = False) -> ZoneRequest:
    """The zone of a cardiac patient without an exercise test: rest plus 20 to plus 30.

    Units: beats/min in and out.
    Source: acsm-getp-10 (CARD-NOTEST-HR).
    Raises: ValueError when the rule gives no lower end.
    """
    if kind.lower_offset is None:
        raise ValueError(f"{kind.id} gives no lower end, so it makes no zone of its own.")
    return ZoneRequest(
        hr_rest + kind.lower_offset, hr_rest + kind.offset, hr_rest, is_hiit, kind.id
    )


def combine_ceilings(zone: ZoneRequest, limits: Sequence[UpperLimit], rules: CeilingRules) -> Zone:
    """The zone under all upper limits: their minimum, rounded inward.

    A narrow zone is widened downwards, never upwards; a HIIT zone is never widened.

    Units: beats/min in and out.
    Source: service-policy (cardiac reference 3.3).
    """
    every = (UpperLimit(zone.upper, zone.by), *limits)
    upper = min(limit.whole() for limit in every)
    by = tuple(sorted({limit.by for limit in every if limit.whole() == upper}))
    lower = round_up(zone.lower)
    missing = ("hr_rest",) if zone.hr_rest is None else ()
    at_rest = zone.hr_rest is not None and upper <= zone.hr_rest + rules.at_rest_margin
    if at_rest or lower > upper:
        return Zone(
            None, None, upper, by, ZoneStatus.NO_SAFE_HR_ZONE, at_rest, missing, zone.category
        )
    narrow = upper - lower < rules.narrowest_zone and not zone.is_hiit
    status = ZoneStatus.WIDENED if narrow else ZoneStatus.OK
    if narrow:
        lower = round_up(upper - rules.narrowest_zone)
    return Zone(lower, upper, upper, by, status, False, missing, zone.category)


def combine_downward(
    zones: Sequence[ZoneRequest], limits: Sequence[UpperLimit], rules: CeilingRules
) -> Zone:
    """The first zone that is reachable, from the wanted category down to the lowest.

    When none is, the answer is the last one's NO_SAFE_HR_ZONE: only the fallback exertion and a
    referral remain.

    Raises: ValueError when no zone is asked for.
    """
    if not zones:
        raise ValueError("No zone was asked for. Give the wanted category first.")
    for zone in zones:
        result = combine_ceilings(zone, limits, rules)
        if result.status is not ZoneStatus.NO_SAFE_HR_ZONE:
            return result
    return result
