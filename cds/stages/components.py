"""The components of a plan, and how much of each movement."""

from collections.abc import Sequence

from cds.model.movement import Movement
from cds.model.plan import Component, ComponentIntensity, Exercise, Pair, Volume
from cds.model.profile import Advice, Range
from cds.model.selection import Slot
from cds.stages.endurance import build_aerobic, build_aquatic, how_much
from cds.stages.frame import Frame, days_of, days_pair, how_to_go_on
from cds.stages.plan_text import show_range, show_span
from cds.stages.priority import Ranked
from cds.stages.strength import build_resistance, load

_PRACTICE = {"balance": "balance", "flexibility": "flexibility", "posture": "flexibility"}
_USUAL_DAYS = {
    "balance": "balance_days",
    "dual_task": "balance_days",
    "mind_body": "mind_body_days",
}


def build_component(
    ranked: Ranked, priority: int, exercises: Sequence[Exercise], frame: Frame
) -> Component:
    """One component with the exercises that were chosen for it."""
    builders = {"aerobic": build_aerobic, "resistance": build_resistance, "aquatic": build_aquatic}
    build = builders.get(ranked.component)
    if build is not None:
        return build(priority, tuple(exercises), frame)
    return _practice(ranked.component, priority, tuple(exercises), frame)


def dose_kind(movement: Movement, slot: Slot) -> str | None:
    """Which sentence tells how much of a movement; None where the catalogue's own does."""
    if slot.component in ("aerobic", "aquatic"):
        return slot.component
    if slot.component != "resistance" or movement.modality != "resistance":
        return None
    return "bodyweight" if movement.load_type == "bodyweight" else "resistance"


def describe_dose(kind: str, frame: Frame) -> str:
    """How much of the movements of one kind, in words."""
    if kind in ("aerobic", "aquatic"):
        minutes, days, rpe = map(show_range, how_much(kind, frame))
        return frame.messages["plan.dose.aerobic"].format(minutes=minutes, days=days, rpe=rpe)
    resistance = frame.dose.resistance
    return frame.messages[f"plan.dose.{kind}"].format(
        sets=show_span(resistance.sets),
        reps=show_span(resistance.reps),
        days=show_range(days_of(resistance.days, frame.preferences)),
        percent=show_range(load(frame)),
    )


def _practice(
    modality: str, priority: int, exercises: tuple[Exercise, ...], frame: Frame
) -> Component:
    """Balance, flexibility, posture and the like: often and easy, as the profiles say."""
    advice = [own for _, own in practice_advice(modality, frame)]
    stretch = frame.messages["plan.stretch"].format(
        hold=show_range(frame.constant("flexibility_hold")),
        repeats=show_range(frame.constant("flexibility_repeats")),
        total=show_range(frame.constant("flexibility_total")),
    )
    usual = frame.constant(_USUAL_DAYS.get(modality, "flexibility_days"))
    days = _widest([a.days for a in advice if a.days is not None]) or usual
    words = [a.dose for a in advice] or ([stretch] if modality == "flexibility" else [])
    return Component(
        modality=modality,
        priority=priority,
        frequency=days_pair(days, frame.preferences),
        intensity=ComponentIntensity(guide=frame.messages[f"plan.guide.{modality}"]),
        time_min=None,
        type=" ".join([frame.messages[f"plan.type.{modality}"], *dict.fromkeys(words)]),
        volume=Volume(),
        progression=how_to_go_on(modality, frame),
        exercises=exercises,
    )


def practice_advice(modality: str, frame: Frame) -> list[tuple[str, Advice]]:
    """What each profile says about this kind of practice, by its id."""
    attribute = _PRACTICE.get(modality)
    if attribute is None:
        return []
    found = [(profile.id, getattr(profile, attribute)) for profile in frame.profiles]
    return [(id_, advice) for id_, advice in found if advice is not None]


def _widest(ranges: Sequence[Range]) -> Pair | None:
    """The most days that any profile asks for; these are goals, not limits."""
    if not ranges:
        return None
    return max(r.low for r in ranges), max(r.high for r in ranges)
