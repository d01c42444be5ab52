"""The resistance component: load, sets, repetitions, weekly sets, and impact for the bones."""

from cds.model.intensity import LimitedBy
from cds.model.plan import Component, ComponentIntensity, Exercise, Pair, Volume
from cds.stages.frame import Frame, days_of, how_to_go_on, times
from cds.stages.plan_text import pair_of, show_range


def build_resistance(priority: int, exercises: tuple[Exercise, ...], frame: Frame) -> Component:
    dose = frame.dose.resistance
    days = days_of(dose.days, frame.preferences)
    sets, reps = pair_of(dose.sets), pair_of(dose.reps)
    count = sum(1 for exercise in exercises if exercise.modality == "resistance")
    per_session = times(sets, (count, count))
    return Component(
        modality="resistance",
        priority=priority,
        frequency=days,
        intensity=ComponentIntensity(percent_1rm=load(frame)),
        time_min=None,
        type=frame.messages["plan.type.resistance"].format(
            gap=show_range(frame.constant("resistance_gap")),
            tempo=show_range(frame.constant("tempo")),
        ),
        volume=Volume(
            sets=sets,
            repetitions=reps,
            sets_per_session=per_session,
            sets_per_week=times(days, per_session),
            impacts_per_session=impacts(frame),
        ),
        progression=how_to_go_on("resistance", frame),
        exercises=exercises,
        blocked_regions=tuple(
            LimitedBy("rt_scope", region.value, ", ".join(region.by))
            for region in dose.blocked_regions
        ),
    )


def load(frame: Frame) -> Pair:
    """The load that remains after the intensity stage, else the dose's own."""
    found = frame.intensity.resistance if frame.intensity is not None else None
    if found is not None and found.percent_1rm is not None:
        return found.percent_1rm
    return pair_of(frame.dose.resistance.percent)


def trains_impact(frame: Frame) -> bool:
    """Whether a profile wants impact and the ceiling leaves some."""
    return impacts(frame) is not None


def impacts(frame: Frame) -> float | None:
    """How many impacts a session builds to, unless the impact ceiling leaves none."""
    if frame.dose.impact.value in ("none", "low"):
        return None
    known = [p.impacts_per_session for p in frame.profiles if p.impacts_per_session is not None]
    return min(known) if known else None
