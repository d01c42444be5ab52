"""Who set each number of a plan."""

from collections.abc import Iterator, Mapping

from cds.model.dose import MergedDose, Span
from cds.model.intensity import Intensity, LimitedBy


def limited_by(
    dose: MergedDose, intensity: Intensity | None, tags: Mapping[str, tuple[str, ...]]
) -> Iterator[LimitedBy]:
    """Both ends of every range, each ceiling, and each avoid tag, with who set it.

    What rules narrowed further is told as it is in the end.
    """
    narrowed = {} if intensity is None else {x.attribute: x for x in intensity.limited_by}
    for name, span in _spans(dose).items():
        for end, value in (("low", span.low), ("high", span.high)):
            attribute = f"{name}.{end}"
            yield narrowed.get(attribute) or LimitedBy(attribute, value.value, ", ".join(value.by))
    for name, ceiling in (
        ("impact", dose.impact),
        ("hiit", dose.hiit),
        ("supervision_level", dose.supervision),
    ):
        yield LimitedBy(name, ceiling.value, ", ".join(ceiling.by))
    yield narrowed.get("hr_method") or LimitedBy(
        "heart_rate_usable", dose.heart_rate_usable.value, ", ".join(dose.heart_rate_usable.by)
    )
    for region in dose.resistance.blocked_regions:
        yield LimitedBy("rt_scope", region.value, ", ".join(region.by))
    for tag, setters in tags.items():
        yield LimitedBy("avoid_tag", tag, ", ".join(setters))


def _spans(dose: MergedDose) -> Mapping[str, Span]:
    resistance = dose.resistance
    spans = {
        "hrr_percent": dose.hrr_percent,
        "rpe_6_20": dose.rpe_6_20,
        "frequency": dose.days,
        "time_min": dose.minutes,
        "resistance_days": resistance.days,
        "percent_1rm": resistance.percent,
        "sets": resistance.sets,
        "repetitions": resistance.reps,
    }
    return spans if dose.weekly is None else {**spans, "weekly_goal": dose.weekly}
