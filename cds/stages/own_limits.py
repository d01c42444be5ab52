"""This person's own limits as sentences to take along: each with its number and who set it."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from cds.model.intensity import Intensity
from cds.stages.limits import SetLimit


class OwnLimit(Struct, frozen=True):
    """The highest value of one fact; above it the session `ends`, or goes on easier.

    Units: the canonical unit of the fact.
    """

    fact: str
    value: float
    message: str
    ends: bool
    by: tuple[str, ...]


def own_limits(
    intensity: Intensity, limits: Sequence[SetLimit], messages: Mapping[str, str]
) -> Iterator[OwnLimit]:
    """Heart rate, systolic pressure and exertion, as far as something limits them."""
    aerobic = intensity.aerobic
    if aerobic.hr_ceiling_bpm is not None:
        by = _givers(intensity, "hr_ceiling_bpm", aerobic.hr_ceiling_bpm)
        yield _limit("hr_ex", aerobic.hr_ceiling_bpm, "hr_ceiling", messages, by)
    if aerobic.hr_bpm is not None and aerobic.hr_bpm[1] != aerobic.hr_ceiling_bpm:
        by = _givers(intensity, "hr_bpm.high")
        yield _limit("hr_ex", aerobic.hr_bpm[1], "hr_zone", messages, by)
    pressures = {
        limit.by: limit.value
        for limit in limits
        if limit.attribute == "sbp_exercise" and limit.value is not None
    }
    if pressures:
        lowest = min(pressures.values())
        by = tuple(rule for rule, value in pressures.items() if value == lowest)
        yield _limit("sbp_ex", lowest, "sbp", messages, by)
    if aerobic.rpe_0_10 is not None and aerobic.rpe_6_20 is not None:
        yield OwnLimit(
            "session_rpe",
            aerobic.rpe_0_10[1],
            messages["own_limit.rpe"].format(
                limit=f"{aerobic.rpe_6_20[1]:g}", cr10=f"{aerobic.rpe_0_10[1]:g}"
            ),
            ends=False,
            by=_givers(intensity, "rpe_6_20.high"),
        )


def _limit(
    fact: str, value: float, key: str, messages: Mapping[str, str], by: tuple[str, ...]
) -> OwnLimit:
    message = messages[f"own_limit.{key}"].format(limit=f"{value:g}")
    return OwnLimit(fact, value, message, key == "hr_ceiling", by)


def _givers(intensity: Intensity, attribute: str, value: float | None = None) -> tuple[str, ...]:
    """The rules that set an upper end; a profile is named with the intensity itself."""
    found = [
        by
        for limit in intensity.limited_by
        if limit.attribute == attribute and value in (None, limit.value)
        for by in limit.by.split(", ")
        if "." in by
    ]
    return tuple(dict.fromkeys(found))
