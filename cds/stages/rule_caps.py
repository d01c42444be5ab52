"""Applies the impact and supervision limits of rules to the merged dose; they only narrow."""

from collections.abc import Iterable

from msgspec.structs import replace

from cds.model.dose import Attributed, MergedDose
from cds.model.profile import IMPACTS
from cds.stages.limits import SetLimit


def cap_dose(dose: MergedDose, limits: Iterable[SetLimit]) -> MergedDose:
    """The dose with the strictest impact ceiling and the highest supervision of all.

    Effort, heart rate and load are narrowed by the intensity stage.
    """
    impact, supervision = dose.impact, dose.supervision
    for limit in sorted(limits, key=lambda each: each.by):
        if limit.attribute == "impact" and limit.code is not None:
            impact = _stricter_impact(impact, limit.code, limit.by)
        if limit.attribute == "supervision_level" and limit.value is not None:
            supervision = _higher(supervision, int(limit.value), limit.by)
    return replace(dose, impact=impact, supervision=supervision)


def _stricter_impact(held: Attributed[str], code: str, by: str) -> Attributed[str]:
    difference = IMPACTS.index(code) - IMPACTS.index(held.value)
    if difference > 0:
        return held
    return Attributed(code, (*held.by, by) if difference == 0 else (by,))


def _higher(held: Attributed[int], level: int, by: str) -> Attributed[int]:
    if level < held.value:
        return held
    return Attributed(level, (*held.by, by) if level == held.value else (by,))
