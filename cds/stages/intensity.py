"""Stage intensity: the profile's ranges under every limit; limits only narrow.

The heart-rate zone follows the ceiling combiner: the minimum of all upper limits, rounded
inward; a zone that cannot be reached falls to the next lower category, and to exertion alone
when none is left.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cds.formulas.category import find_band, find_bounds
from cds.formulas.ceiling import UpperLimit, Zone, ZoneRequest, ZoneStatus, combine_downward
from cds.formulas.heart_rate import percent_of_reserve, target_by_reserve
from cds.model.case import Case
from cds.model.dose import MergedDose, Span
from cds.model.formula import IntensityKnowledge
from cds.model.intensity import AerobicIntensity, Intensity, ResistanceIntensity
from cds.stages.heart_rate import HeartRate, choose_method, nominal_maximum, unusable_by
from cds.stages.intensity_bands import (
    CATEGORIES,
    LIGHT,
    STEPS,
    Ends,
    categories_of,
    narrow,
    printed_band,
    same_span,
)
from cds.stages.intensity_limits import Reached, heart_rate_limits, limited
from cds.stages.intensity_notes import tell_limits
from cds.stages.limits import SetLimit, SetMethod, SetZone
from cds.stages.workload import find_mets


class Narrowing(Struct, frozen=True):
    """Everything that narrows: limits, the method that is left, zones without a maximum.

    `closed` holds the kinds of exercise that are out for now.
    """

    limits: Sequence[SetLimit]
    method: SetMethod
    zones: Sequence[SetZone]
    closed: Collection[str] = ()


class Reach(Struct, frozen=True):
    """The heart-rate zone that remains, and the maximum and rest it was computed with, if it was.

    Units: hr_max and rest in beats/min. Without `shown` the zone only serves to lower exertion.
    """

    zone: Zone
    hr_max: float | None
    rest: float | None
    shown: bool


def find_intensity(
    case: Case,
    dose: MergedDose | None,
    narrowing: Narrowing,
    tables: IntensityKnowledge,
    messages: Mapping[str, str],
) -> Intensity:
    """The intensity of this case."""
    heart = choose_method(case, narrowing.method, unusable_by(dose), tables)
    hrr, rpe = _asked(dose, narrowing.limits, tables)
    reach = _reach(case, hrr, heart, narrowing, tables)
    hrr, rpe = _settle(reach, hrr, rpe, tables)
    zone = reach.zone if reach and reach.shown else None
    load = _load(dose, narrowing, tables)
    shown = Reached(hrr, rpe, load, zone)
    limited_by = tuple(limited(shown, _method(heart, zone), heart.by, narrowing.limits))
    return Intensity(
        hr_method=_method(heart, zone),
        aerobic=_aerobic(case, (hrr, rpe), zone, narrowing.limits, (tables, messages)),
        resistance=_resistance(dose, load, messages),
        limited_by=limited_by,
        notes=tell_limits(limited_by, narrowing.limits, narrowing.method),
        hr_max=heart.hr_max,
        hr_max_source=heart.by[0] if heart.hr_max is not None and heart.by else None,
        missing=heart.missing if dose is not None else (),
        no_zone=_no_zone(reach),
    )


def _no_zone(reach: Reach | None) -> tuple[str, ...]:
    """What leaves no zone between rest and the ceiling; nothing while rest is not known."""
    if reach is None or reach.rest is None:
        return ()
    return reach.zone.limited_by if reach.zone.status is ZoneStatus.NO_SAFE_HR_ZONE else ()


def _asked(
    dose: MergedDose | None, limits: Sequence[SetLimit], tables: IntensityKnowledge
) -> tuple[Ends | None, Ends | None]:
    """Heart-rate reserve and exertion of the profiles under the limits of the rules."""
    if dose is None:
        return None, None
    hrr = narrow(_ends(dose.hrr_percent), "hrr_percent", "percent_hrr", limits, tables)
    return hrr, narrow(_ends(dose.rpe_6_20), "rpe_6_20", "rpe_6_20", limits, tables)


def _settle(
    reach: Reach | None, hrr: Ends | None, rpe: Ends | None, tables: IntensityKnowledge
) -> tuple[Ends | None, Ends | None]:
    """Both ranges once the zone is known: cut by its ceiling, a lower category, or the fallback."""
    if reach is None or hrr is None or rpe is None:
        return hrr, rpe
    zone = reach.zone
    if zone.status is ZoneStatus.NO_SAFE_HR_ZONE:
        low, high = tables.ceiling.fallback_rpe
        return None, _capped(low, high, rpe, zone)
    if zone.category is not None:
        return _of_category(zone, zone.category, hrr, rpe, tables)
    if reach.hr_max is None or reach.rest is None or zone.upper is None:
        return hrr, rpe
    if hrr.by_high in zone.limited_by:
        return hrr, rpe
    top = float(math.floor(percent_of_reserve(zone.upper, reach.hr_max, reach.rest)))
    category = find_band(tables.tables["percent_hrr"], top).category
    highest = printed_band(tables.tables["rpe_6_20"], category)[1]
    return _capped(hrr.low, top, hrr, zone), _capped(rpe.low, highest, rpe, zone)


def _of_category(
    zone: Zone, category: str, hrr: Ends, rpe: Ends, tables: IntensityKnowledge
) -> tuple[Ends, Ends]:
    """The whole of a lower category on both scales."""
    bands = [printed_band(tables.tables[name], category) for name in ("percent_hrr", "rpe_6_20")]
    return _capped(*bands[0], hrr, zone), _capped(*bands[1], rpe, zone)


def _capped(low: float, high: float, asked: Ends, zone: Zone) -> Ends:
    """A lower range that the zone forces, never above what was asked."""
    by, top = ", ".join(zone.limited_by), min(high, asked.high)
    return Ends(min(low, top), top, by, by)


def _ends(span: Span) -> Ends:
    """The range of a merged dose, each end with the profiles that set it."""
    low, high = span.low, span.high
    return Ends(low.value, high.value, ", ".join(low.by), ", ".join(high.by))


def _pair(span: Span) -> tuple[float, float]:
    return span.low.value, span.high.value


def _reach(
    case: Case,
    hrr: Ends | None,
    heart: HeartRate,
    narrowing: Narrowing,
    tables: IntensityKnowledge,
) -> Reach | None:
    """The zone that remains; against a nominal maximum, unshown, when no method gives one."""
    rest, uppers = case.number("hr_rest"), heart_rate_limits(narrowing.limits)
    if hrr is None:
        return None
    if rest is None:
        return _unplaced(uppers)
    silent = narrowing.method.method == "rpe_only" or any(
        limit.attribute == "hr_bpm" and limit.value is None for limit in narrowing.limits
    )
    if not silent and heart.hr_max is None and narrowing.zones and not _is_easy(hrr, tables):
        requests = [ZoneRequest(z.lower, z.upper, rest, by=z.by) for z in narrowing.zones]
        return Reach(combine_downward(requests, uppers, tables.ceiling), None, rest, shown=True)
    shown = not silent and heart.hr_max is not None
    if not shown:
        uppers = _without_zones(uppers, narrowing.zones)
    hr_max = heart.hr_max if shown else nominal_maximum(case, tables)
    if not (shown or uppers):
        return None
    if hr_max is None or hr_max <= rest:
        return _unplaced(uppers)
    zone = combine_downward(_requests(hrr, hr_max, rest, tables), uppers, tables.ceiling)
    return Reach(_attributed(zone, uppers, hrr.by_high), hr_max, rest, shown)


def _is_easy(hrr: Ends, tables: IntensityKnowledge) -> bool:
    """Below moderate: a zone that starts well above rest would ask for more."""
    category = find_band(tables.tables["percent_hrr"], hrr.high).category
    return CATEGORIES.index(category) < CATEGORIES.index("moderate")


def _without_zones(
    uppers: Sequence[UpperLimit], zones: Sequence[SetZone]
) -> tuple[UpperLimit, ...]:
    """The ceilings of the heart itself. The top of a zone that stands in for an exercise test says
    how hard by the pulse; where no pulse may guide, the exertion of the same rule says it.
    """
    stand_ins = {(zone.by, zone.upper) for zone in zones}
    return tuple(upper for upper in uppers if (upper.by, upper.value) not in stand_ins)


def _unplaced(uppers: Sequence[UpperLimit]) -> Reach | None:
    """With a ceiling and nothing to hold it against, nobody knows which exertion stays below it."""
    if not uppers:
        return None
    ceiling, by = _strictest(uppers)
    zone = Zone(None, None, ceiling, by, ZoneStatus.NO_SAFE_HR_ZONE)
    return Reach(zone, None, None, shown=False)


def _attributed(zone: Zone, uppers: Sequence[UpperLimit], asked_by: str) -> Zone:
    """A lower category names the ceiling that forced it, not itself."""
    if zone.category is None:
        return zone
    return replace(zone, limited_by=_strictest(uppers)[1] if uppers else (asked_by,))


def _strictest(uppers: Sequence[UpperLimit]) -> tuple[int, tuple[str, ...]]:
    """The lowest ceiling as a whole number, with every rule that sets it."""
    ceiling = min(upper.whole() for upper in uppers)
    return ceiling, tuple(sorted({u.by for u in uppers if u.whole() == ceiling}))


def _requests(
    hrr: Ends, hr_max: float, rest: float, tables: IntensityKnowledge
) -> list[ZoneRequest]:
    """The wanted zone, then the whole of each lower category."""
    table = tables.tables["percent_hrr"]
    wanted = target_by_reserve(hr_max, rest, (hrr.low, hrr.high))
    requests = [ZoneRequest(wanted.low, wanted.high, rest, by=hrr.by_high)]
    for category in reversed(CATEGORIES[: CATEGORIES.index(find_band(table, hrr.low).category)]):
        band = find_bounds(table, category)
        top = (band.high or 100.0) - STEPS["percent_hrr"]
        lower = target_by_reserve(hr_max, rest, (band.low or 0.0, top))
        requests.append(ZoneRequest(lower.low, lower.high, rest, by=category, category=category))
    return requests


def _method(heart: HeartRate, zone: Zone | None) -> str:
    """Without a heart-rate zone exertion governs."""
    if zone is None or zone.lower is None or heart.hr_max is None:
        return "rpe_only"
    return heart.method


def _ceiling(limits: Iterable[SetLimit]) -> int | None:
    wholes = [limit.whole() for limit in heart_rate_limits(limits)]
    return min(wholes) if wholes else None


def _aerobic(
    case: Case,
    ranges: tuple[Ends | None, Ends | None],
    zone: Zone | None,
    limits: Sequence[SetLimit],
    words: tuple[IntensityKnowledge, Mapping[str, str]],
) -> AerobicIntensity:
    hrr, rpe = ranges
    tables, messages = words
    span = categories_of(hrr, rpe, tables)
    shown = zone is not None and zone.lower is not None and zone.upper is not None
    return AerobicIntensity(
        category=span[1] if span else None,
        category_from=span[0] if span else None,
        hrr_percent=(hrr.low, hrr.high) if hrr is not None else None,
        hr_bpm=(zone.lower, zone.upper) if shown else None,  # type: ignore[union-attr,arg-type]
        hr_ceiling_bpm=_ceiling(limits),
        rpe_6_20=(rpe.low, rpe.high) if rpe is not None else None,
        rpe_0_10=same_span(tables, "rpe_0_10", span),
        mets=find_mets(case, hrr, span, limits, tables),
        talk_test=messages[f"talk_test.{span[1]}"] if span else None,
    )


def _load(dose: MergedDose | None, narrowing: Narrowing, tables: IntensityKnowledge) -> Ends | None:
    """The load that the profiles and the rules leave; none while resistance training is out.

    Profiles lift light loads beside light effort, but heavy ones beside moderate effort.
    """
    if dose is None or "resistance" in narrowing.closed:
        return None
    limits = narrowing.limits
    own = [each for each in limits if each.attribute == "percent_1rm" or each.code in LIGHT]
    return narrow(_ends(dose.resistance.percent), "percent_1rm", "percent_1rm", own, tables)


def _resistance(
    dose: MergedDose | None, load: Ends | None, messages: Mapping[str, str]
) -> ResistanceIntensity | None:
    if dose is None or load is None:
        return None
    return ResistanceIntensity(
        (load.low, load.high),
        _pair(dose.resistance.sets),
        _pair(dose.resistance.reps),
        messages["resistance.breathing"],
    )
