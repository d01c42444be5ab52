"""Ranges on the scales of intensity: narrowed by limits, named by category, read across."""

from collections.abc import Iterable

from msgspec import Struct

from cds.formulas.category import find_band, find_bounds
from cds.model.formula import CategoryTable, IntensityKnowledge
from cds.stages.limits import SetLimit

CATEGORIES = ("very_light", "light", "moderate", "vigorous", "near_maximal")
#: Those below moderate.
LIGHT = frozenset(CATEGORIES[: CATEGORIES.index("moderate")])
# Printed tables end a band one step of their scale below the next one.
STEPS = {"percent_hrr": 1.0, "rpe_6_20": 1.0, "rpe_0_10": 1.0, "mets": 0.1, "percent_1rm": 1.0}
_LOWEST = {"percent_hrr": 0.0, "rpe_6_20": 6.0}


class Ends(Struct, frozen=True):
    """A range with the profile or rule that set each end."""

    low: float
    high: float
    by_low: str
    by_high: str


def narrow(
    span: Ends,
    attribute: str,
    table: str,
    limits: Iterable[SetLimit],
    tables: IntensityKnowledge,
) -> Ends:
    """The span under its limits and the category cap; a lower end gives way to the upper one."""
    high, by = span.high, span.by_high
    for value, setter in _uppers(attribute, tables.tables[table], limits):
        if value < high:
            high, by = value, setter
    if span.low <= high:
        return Ends(span.low, high, span.by_low, by)
    low = high - _band_width(tables.tables[table], high)
    return Ends(max(_LOWEST.get(table, 0.0), low), high, by, by)


def _uppers(
    attribute: str, table: CategoryTable, limits: Iterable[SetLimit]
) -> Iterable[tuple[float, str]]:
    for limit in limits:
        if limit.attribute == attribute and limit.value is not None:
            yield limit.value, limit.by
        elif limit.attribute == "category" and limit.code is not None:
            top = find_bounds(table, limit.code).high
            if top is not None:
                yield top - STEPS[table.name], limit.by


def _band_width(table: CategoryTable, value: float) -> float:
    """From the upper end of the band down to its start."""
    band = find_band(table, value)
    return value - (band.low or 0.0)


def printed_band(table: CategoryTable, category: str) -> tuple[float, float]:
    """The band as tables print it; the lowest band starts at the scale's lowest number."""
    band = find_bounds(table, category)
    low = band.low if band.low is not None else _LOWEST[table.name]
    return low, (band.high or low) - STEPS[table.name]


def categories_of(
    hrr: Ends | None, rpe: Ends | None, tables: IntensityKnowledge
) -> tuple[str, str] | None:
    """The categories of the lower and the upper end, the lower one where two scales differ."""
    scales = [(n, e) for n, e in (("percent_hrr", hrr), ("rpe_6_20", rpe)) if e is not None]
    if not scales:
        return None
    low = min(_place(tables.tables[name], ends.low) for name, ends in scales)
    high = min(_place(tables.tables[name], ends.high) for name, ends in scales)
    return CATEGORIES[low], CATEGORIES[high]


def _place(table: CategoryTable, value: float) -> int:
    return CATEGORIES.index(find_band(table, value).category)


def same_span(
    tables: IntensityKnowledge, name: str, span: tuple[str, str] | None
) -> tuple[float, float] | None:
    """The same span of categories on another scale."""
    if span is None:
        return None
    low, high = (find_bounds(tables.tables[name], category) for category in span)
    top = None if high.high is None else round(high.high - STEPS[name], 1)
    return None if top is None else (low.low or 0.0, top)
