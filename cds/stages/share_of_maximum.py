"""Limits told as a percentage of the maximal heart rate, on the scales that a dose is given on."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from cds.formulas.category import find_band
from cds.model.case import Case
from cds.model.dose import MergedDose
from cds.model.formula import CategoryTable, IntensityKnowledge
from cds.stages.heart_rate import choose_method, unusable_by
from cds.stages.intensity import Narrowing
from cds.stages.intensity_bands import printed_band
from cds.stages.limits import SetLimit

_SHARE = "hr_max_percent"
_SCALES = {"hrr_percent": "percent_hrr", "rpe_6_20": "rpe_6_20"}


def on_scales(
    case: Case, narrowing: Narrowing, dose: MergedDose | None, tables: IntensityKnowledge
) -> Narrowing:
    """The same, each percentage of the maximum also as beats.

    Where no maximum of this case may be used, reserve and exertion end with the category that the
    percentage belongs to instead.
    """
    shares = [
        (limit, limit.value)
        for limit in narrowing.limits
        if limit.attribute == _SHARE and limit.value is not None
    ]
    if not shares:
        return narrowing
    hr_max = choose_method(case, narrowing.method, unusable_by(dose), tables).hr_max
    placed = [
        p for share, percent in shares for p in _placed(share, percent, hr_max, tables.tables)
    ]
    return replace(narrowing, limits=(*narrowing.limits, *placed))


def _placed(
    share: SetLimit, percent: float, hr_max: float | None, tables: Mapping[str, CategoryTable]
) -> Iterator[SetLimit]:
    if hr_max is not None:
        yield replace(share, attribute="hr_bpm", value=hr_max * percent / 100)
        return
    category = find_band(tables["percent_hr_max"], percent).category
    for attribute, name in _SCALES.items():
        yield replace(share, attribute=attribute, value=printed_band(tables[name], category)[1])
