"""The workload in METs that a range of intensity comes to for this person: never above it."""

import math
from collections.abc import Iterable, Iterator

from cds.errors import ImplausibleValueError
from cds.formulas.category import find_bounds, table_for_age
from cds.formulas.oxygen import metabolic_equivalents, target_uptake, uptake_of_mets
from cds.formulas.rounding import clean
from cds.model.case import Case
from cds.model.formula import IntensityKnowledge
from cds.stages.intensity_bands import STEPS, Ends, printed_band, same_span
from cds.stages.limits import SetLimit

_PARTS = round(1 / STEPS["mets"])


def find_mets(
    case: Case,
    hrr: Ends | None,
    span: tuple[str, str] | None,
    limits: Iterable[SetLimit],
    tables: IntensityKnowledge,
) -> tuple[float, float] | None:
    """The span of categories in METs, under the table for the age, the capacity and every limit.

    Units: {METs}, the lower end rounded up and the upper one down.
    Source: garber-2011 (INT-CAT-*, INT-MET-*), swain-leutholtz-1997 (FORM-VO2R, FORM-MET).
    """
    absolute = same_span(tables, "mets", span)
    if absolute is None or span is None:
        return None
    ranges = [absolute, *_for_age(case, span, tables), *_of_capacity(case, hrr, span, tables)]
    tops = [limit.value for limit in limits if limit.attribute == "mets"]
    low = min(each[0] for each in ranges)
    high = min([each[1] for each in ranges] + [top for top in tops if top is not None])
    high = math.floor(clean(high * _PARTS)) / _PARTS
    return min(math.ceil(clean(low * _PARTS)) / _PARTS, high), high


def _for_age(
    case: Case, span: tuple[str, str], tables: IntensityKnowledge
) -> Iterator[tuple[float, float]]:
    age = case.number("age")
    table = None if age is None else table_for_age(tables.tables.values(), age)
    if table is not None:
        low, high = (find_bounds(table, category) for category in span)
        yield low.low or 0.0, (high.high or math.inf) - STEPS["mets"]


def _of_capacity(
    case: Case, hrr: Ends | None, span: tuple[str, str], tables: IntensityKnowledge
) -> Iterator[tuple[float, float]]:
    """The share of the oxygen-uptake reserve that the range of reserve asks for."""
    met, reserve = tables.formulas["FORM-MET"], tables.formulas["FORM-VO2R"]
    measured, capacity = case.number("vo2max"), case.number("functional_capacity")
    stated = [] if measured is None else [measured]
    stated += [] if capacity is None else [uptake_of_mets(met, capacity)]
    if not stated:
        return
    low, high = (printed_band(tables.tables["percent_hrr"], category) for category in span)
    percent = (low[0], high[1]) if hrr is None else (hrr.low, min(hrr.high, high[1]))
    for uptake in stated:
        try:
            found = target_uptake(reserve, uptake, percent)
        except ImplausibleValueError:  # no reserve above rest: nothing above one MET
            yield 1.0, 1.0
            continue
        yield metabolic_equivalents(met, found.low), metabolic_equivalents(met, found.high)
