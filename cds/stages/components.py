"""The components of a plan: how often, how hard, how long, how much in a week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cds.model.dose import MergedDose, Span
from cds.model.intensity import Intensity, LimitedBy
from cds.model.movement import Movement
from cds.model.plan import Component, ComponentIntensity, Exercise, Pair, Preferences, Volume
from cds.model.profile import Advice, Profile, Range
from cds.model.selection import Slot
from cds.stages.plan_text import Messages, pair_of, show_range, show_span

_PRACTICE = {"balance": "balance", "flexibility": "flexibility", "posture": "flexibility"}


@dataclass(frozen=True, slots=True)
class Frame:
    """What every component is built from. `profiles` give the words, ceilings included."""

    dose: MergedDose
    intensity: Intensity | None
    preferences: Preferences
    profiles: tuple[Profile, ...]
    constants: Mapping[str, Range]
    messages: Messages


def build_component(
    modality: str, priority: int, exercises: Sequence[Exercise], frame: Frame
) -> Component:
    """One component with the exercises that were chosen for it."""
    if modality == "aerobic":
        return _aerobic(priority, tuple(exercises), frame)
    if modality == "resistance":
        return _resistance(priority, tuple(exercises), frame)
    return _practice(modality, priority, tuple(exercises), frame)


def describe_dose(movement: Movement, slot: Slot, frame: Frame) -> str:
    """How much of one movement, in words."""
    if slot.component == "aerobic":
        rpe = _aerobic_intensity(frame).rpe_6_20 or pair_of(frame.dose.rpe_6_20)
        return frame.messages["plan.dose.aerobic"].format(
            minutes=show_span(frame.dose.minutes),
            days=show_range(_days(frame.dose.days, frame.preferences)),
            rpe=show_range(rpe),
        )
    if slot.component != "resistance" or movement.modality != "resistance":
        return movement.dose
    resistance = frame.dose.resistance
    key = "bodyweight" if movement.load_type == "bodyweight" else "resistance"
    return frame.messages[f"plan.dose.{key}"].format(
        sets=show_span(resistance.sets),
        reps=show_span(resistance.reps),
        days=show_range(_days(resistance.days, frame.preferences)),
        percent=show_range(_percent(frame)),
    )


def _aerobic(priority: int, exercises: tuple[Exercise, ...], frame: Frame) -> Component:
    dose = frame.dose
    days, minutes = _days(dose.days, frame.preferences), pair_of(dose.minutes)
    return Component(
        modality="aerobic",
        priority=priority,
        frequency=days,
        intensity=_aerobic_intensity(frame),
        time_min=minutes,
        type=frame.messages["plan.type.aerobic"],
        volume=_minutes(dose, days, minutes),
        progression=_steps("aerobic", frame),
        warm_up_min=_constant(frame, "warm_up"),
        cool_down_min=_constant(frame, "cool_down"),
        exercises=exercises,
    )


def _minutes(dose: MergedDose, days: Pair, minutes: Pair) -> Volume:
    """Weekly minutes as the product of days and minutes, beside the goal."""
    total = (days[0] * minutes[0], days[1] * minutes[1])
    if dose.weekly is None or dose.weekly_wanted is None:
        return Volume(minutes_per_week=total)
    goal = pair_of(dose.weekly)
    return Volume(
        minutes_per_week=total,
        goal_minutes_per_week=(min(goal[0], total[1]), min(goal[1], total[1])),
        goal_reachable=total[1] >= dose.weekly_wanted.value,
    )


def _aerobic_intensity(frame: Frame) -> ComponentIntensity:
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


def _resistance(priority: int, exercises: tuple[Exercise, ...], frame: Frame) -> Component:
    dose = frame.dose.resistance
    days = _days(dose.days, frame.preferences)
    sets, reps = pair_of(dose.sets), pair_of(dose.reps)
    count = sum(1 for exercise in exercises if exercise.modality == "resistance")
    return Component(
        modality="resistance",
        priority=priority,
        frequency=days,
        intensity=ComponentIntensity(percent_1rm=_percent(frame)),
        time_min=None,
        type=frame.messages["plan.type.resistance"].format(
            gap=show_range(_constant(frame, "resistance_gap"))
        ),
        volume=Volume(
            sets=sets,
            repetitions=reps,
            sets_per_week=(days[0] * sets[0] * count, days[1] * sets[1] * count),
            impacts_per_session=_impacts(frame),
        ),
        progression=_steps("resistance", frame),
        exercises=exercises,
        blocked_regions=tuple(
            LimitedBy("rt_scope", region.value, ", ".join(region.by))
            for region in dose.blocked_regions
        ),
    )


def _percent(frame: Frame) -> Pair:
    """The load that remains after the intensity stage, else the dose's own."""
    found = frame.intensity.resistance if frame.intensity is not None else None
    if found is not None and found.percent_1rm is not None:
        return found.percent_1rm
    return pair_of(frame.dose.resistance.percent)


def _practice(
    modality: str, priority: int, exercises: tuple[Exercise, ...], frame: Frame
) -> Component:
    """Balance, flexibility, posture and breathing: often and easy, as the profiles say."""
    advice = _advice(modality, frame)
    stretch = frame.messages["plan.stretch"].format(
        hold=show_range(_constant(frame, "flexibility_hold")),
        repeats=show_range(_constant(frame, "flexibility_repeats")),
        total=show_range(_constant(frame, "flexibility_total")),
    )
    fallback = "balance_days" if modality == "balance" else "flexibility_days"
    days = _widest([a.days for a in advice if a.days is not None]) or _constant(frame, fallback)
    words = [a.dose for a in advice] or ([stretch] if modality == "flexibility" else [])
    return Component(
        modality=modality,
        priority=priority,
        frequency=_days_pair(days, frame.preferences),
        intensity=ComponentIntensity(),
        time_min=None,
        type=" ".join([frame.messages[f"plan.type.{modality}"], *dict.fromkeys(words)]),
        volume=Volume(),
        progression=_steps(modality, frame),
        exercises=exercises,
    )


def _advice(modality: str, frame: Frame) -> list[Advice]:
    attribute = _PRACTICE.get(modality)
    if attribute is None:
        return []
    found = [getattr(profile, attribute) for profile in frame.profiles]
    return [advice for advice in found if advice is not None]


def _widest(ranges: Sequence[Range]) -> Pair | None:
    """The most days that any profile asks for; these are goals, not limits."""
    if not ranges:
        return None
    return max(r.low for r in ranges), max(r.high for r in ranges)


def _steps(component: str, frame: Frame) -> str:
    """How to go on in general; what each profile says stands beside the components."""
    step = show_range(_constant(frame, "load_step"))
    return frame.messages[f"plan.progression.{component}"].format(step=step)


def trains_impact(frame: Frame) -> bool:
    """Whether a profile wants impact and the ceiling leaves some."""
    return _impacts(frame) is not None


def _impacts(frame: Frame) -> float | None:
    """How many impacts a session builds to, unless the impact ceiling leaves none."""
    if frame.dose.impact.value in ("none", "low"):
        return None
    known = [p.impacts_per_session for p in frame.profiles if p.impacts_per_session is not None]
    return min(known) if known else None


def _constant(frame: Frame, name: str) -> Pair:
    constant = frame.constants[name]
    return constant.low, constant.high


def _days(span: Span, preferences: Preferences) -> Pair:
    return _days_pair(pair_of(span), preferences)


def _days_pair(days: Pair, preferences: Preferences) -> Pair:
    """The plan never uses more days than the person has."""
    if preferences.days is None:
        return days
    return min(days[0], preferences.days), min(days[1], preferences.days)
