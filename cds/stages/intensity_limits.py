"""Who set each end of the intensity that is shown."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from cds.formulas.ceiling import UpperLimit, Zone
from cds.model.intensity import LimitedBy
from cds.stages.intensity_bands import Ends
from cds.stages.limits import SetLimit


class Reached(Struct, frozen=True):
    """What is left of each scale: heart-rate reserve, exertion, load, heart-rate zone."""

    hrr: Ends | None
    rpe: Ends | None
    load: Ends | None
    zone: Zone | None


def heart_rate_limits(limits: Iterable[SetLimit]) -> tuple[UpperLimit, ...]:
    """Every known upper limit on the heart rate."""
    return tuple(
        [
            UpperLimit(limit.value, limit.by)
            for limit in limits
            if limit.attribute == "hr_bpm" and limit.value is not None
        ]
    )


def limited(
    reached: Reached, method: str, method_by: Iterable[str], limits: Iterable[SetLimit]
) -> Iterator[LimitedBy]:
    """Both ends of each range, the method, and every device or ischaemic ceiling."""
    if reached.hrr is not None:
        yield from _both("hrr_percent", reached.hrr)
    elif reached.rpe is not None:
        yield LimitedBy("hrr_percent.high", "none", reached.rpe.by_high)
    for name, ends in (("rpe_6_20", reached.rpe), ("percent_1rm", reached.load)):
        if ends is not None:
            yield from _both(name, ends)
    yield from _heart_rates(reached.zone, limits)
    setters = ", ".join(method_by)
    if setters and reached.rpe is not None:
        yield LimitedBy("hr_method", method, setters)


def _both(name: str, ends: Ends) -> Iterator[LimitedBy]:
    yield LimitedBy(f"{name}.high", ends.high, ends.by_high)
    yield LimitedBy(f"{name}.low", ends.low, ends.by_low)


def _heart_rates(zone: Zone | None, limits: Iterable[SetLimit]) -> Iterator[LimitedBy]:
    if zone is not None and zone.upper is not None:
        for by in zone.limited_by:
            yield LimitedBy("hr_bpm.high", zone.upper, by)
    for limit in heart_rate_limits(limits):
        yield LimitedBy("hr_ceiling_bpm", limit.whole(), limit.by)
    for set_limit in limits:
        if set_limit.attribute == "category" and set_limit.code is not None:
            yield LimitedBy("category", set_limit.code, set_limit.by)
