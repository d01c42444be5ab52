"""The aerobic component and its place in the water: minutes, weekly minutes, and intensity."""

from msgspec.structs import replace

from cds.model.dose import MergedDose
from cds.model.plan import Component, ComponentIntensity, Exercise, Pair, Volume
from cds.stages.frame import Frame, days_of, how_to_go_on, times
from cds.stages.plan_text import pair_of


def build_aerobic(priority: int, exercises: tuple[Exercise, ...], frame: Frame) -> Component:
    dose = frame.dose
    days, minutes = days_of(dose.days, frame.preferences), pair_of(dose.minutes)
    warm_up, cool_down = _warm_up(frame)
    session = _session(minutes, warm_up, cool_down)
    return Component(
        modality="aerobic",
        priority=priority,
        frequency=days,
        intensity=aerobic_intensity(frame),
        time_min=minutes,
        type=frame.messages["plan.type.aerobic"],
        volume=_minutes(dose, days, minutes, session),
        progression=how_to_go_on("aerobic", frame),
        warm_up_min=warm_up,
        cool_down_min=cool_down,
        session_min=session,
        exercises=exercises,
    )


def _warm_up(frame: Frame) -> tuple[Pair | None, Pair | None]:
    """Beside the session, but never on top of minutes that are rationed."""
    if frame.dose.quota_removed:
        return None, None
    return frame.constant("warm_up"), frame.constant("cool_down")


def _session(minutes: Pair, *around: Pair | None) -> Pair:
    """The whole session: the work with what stands before and after it."""
    parts = [minutes, *(part for part in around if part is not None)]
    return sum(part[0] for part in parts), sum(part[1] for part in parts)


def _minutes(dose: MergedDose, days: Pair, minutes: Pair, session: Pair) -> Volume:
    """Weekly minutes as the product of days and minutes, beside the goal."""
    total = times(days, minutes)
    volume = Volume(minutes_per_week=total, minutes_per_week_with_warm_up=times(days, session))
    if dose.weekly is None or dose.weekly_wanted is None:
        return volume
    goal = pair_of(dose.weekly)
    return replace(
        volume,
        goal_minutes_per_week=(min(goal[0], total[1]), min(goal[1], total[1])),
        goal_reachable=total[1] >= dose.weekly_wanted.value,
    )


def aerobic_intensity(frame: Frame) -> ComponentIntensity:
    """The intensity stage's ranges, which already lie inside the dose; else the dose's own."""
    dose = frame.dose
    if frame.intensity is None:
        return ComponentIntensity(
            hrr_percent=pair_of(dose.hrr_percent), rpe_6_20=pair_of(dose.rpe_6_20)
        )
    found = frame.intensity.aerobic
    return ComponentIntensity(
        category=found.category,
        hrr_percent=found.hrr_percent,
        hr_bpm=found.hr_bpm,
        hr_ceiling_bpm=found.hr_ceiling_bpm,
        rpe_6_20=found.rpe_6_20,
        rpe_0_10=found.rpe_0_10,
        mets_at_most=found.mets[1] if found.mets is not None else None,
        talk_test=found.talk_test,
    )


def build_aquatic(priority: int, exercises: tuple[Exercise, ...], frame: Frame) -> Component:
    """In the place of as many aerobic sessions; in water exertion governs, as the heart is slower.

    Source: aquatic dose of the clinical reference (prescription/delivery.md 5.2).
    """
    dry = build_aerobic(priority, exercises, frame)
    minutes, days, rpe = how_much("aquatic", frame)
    return replace(
        dry,
        modality="aquatic",
        frequency=days,
        time_min=minutes,
        session_min=_session(minutes, dry.warm_up_min, dry.cool_down_min),
        intensity=ComponentIntensity(
            hr_ceiling_bpm=dry.intensity.hr_ceiling_bpm,
            rpe_6_20=rpe,
            talk_test=dry.intensity.talk_test,
        ),
        type=frame.messages["plan.type.aquatic"],
        volume=Volume(),
        progression=how_to_go_on("aquatic", frame),
    )


def how_much(kind: str, frame: Frame) -> tuple[Pair, Pair, Pair]:
    """Minutes of a session, days a week and exertion; in water never above what it is on land.

    Units: min, d/wk, RPE 6 to 20.
    """
    dose, found = frame.dose, frame.intensity.aerobic if frame.intensity is not None else None
    minutes, days = pair_of(dose.minutes), days_of(dose.days, frame.preferences)
    rpe = found.rpe_6_20 if found is not None else None
    dry = minutes, days, rpe or pair_of(dose.rpe_6_20)
    if kind != "aquatic":
        return dry
    wet = [frame.constant(f"aquatic_{part}") for part in ("minutes", "days", "rpe")]
    return _within(wet[0], dry[0]), _within(wet[1], dry[1]), _within(wet[2], dry[2])


def _within(wanted: Pair, allowed: Pair) -> Pair:
    """The wanted range, never above what is allowed."""
    high = min(wanted[1], allowed[1])
    return min(max(wanted[0], allowed[0]), high), high
