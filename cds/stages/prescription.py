"""Builds the plan: phase, components by priority, exercises, what is left out and why."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cds.knowledge.catalogue import Catalogue
from cds.knowledge.profile_table import ProfileTable
from cds.model.case import Case
from cds.model.dose import MergedDose, Span
from cds.model.healing import HeldStage
from cds.model.intensity import Intensity, LimitedBy
from cds.model.movement import Movement
from cds.model.plan import (
    AvoidedMovement,
    EmptyPattern,
    Exercise,
    Flag,
    Plan,
    PlanEvidence,
    Preferences,
)
from cds.model.profile import Profile, ProfileUse
from cds.model.selection import Slot
from cds.stages.components import Frame, build_component, describe_dose, trains_impact
from cds.stages.phase_dose import START, TARGET
from cds.stages.plan_text import Messages, pair_of, show_attribute, show_range
from cds.stages.priority import rank_components
from cds.stages.profile_words import (
    kinds,
    measures,
    pain_ceiling,
    particulars,
    planned_stages,
    sentences,
)
from cds.stages.selection import (
    HOME,
    Narrowed,
    Scene,
    candidates,
    choose,
    considered,
    find_settings,
    named,
    set_scene,
)


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What a plan is built from.

    `rule_tags` maps each avoid tag to the rules that set it, `closed` each kind of exercise that
    is contraindicated now.
    """

    case: Case
    uses: tuple[ProfileUse, ...]
    dose: MergedDose
    rule_tags: Mapping[str, tuple[str, ...]]
    intensity: Intensity | None = None
    preferences: Preferences = field(default_factory=Preferences)
    requested: tuple[str, ...] = ()
    closed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    held: tuple[HeldStage, ...] = ()


def prepare_scene(inputs: PlanInputs, catalogue: Catalogue, table: ProfileTable) -> Scene:
    """What stays possible for this case; also the ground for verdicts on requests."""
    full = [table.profiles[name] for name in inputs.dose.profiles]
    wanted = {e for p in full for e in p.exercises}
    if inputs.dose.phase == START:
        wanted |= {e for p in full for e in p.start_exercises}
    narrowed = Narrowed(
        inputs.dose, inputs.rule_tags, inputs.intensity, frozenset(wanted), inputs.closed
    )
    return set_scene(inputs.case, catalogue, narrowed, inputs.preferences)


def build_plan(inputs: PlanInputs, scene: Scene, table: ProfileTable, messages: Messages) -> Plan:
    """The whole plan."""
    dose = inputs.dose
    profiles = tuple(table.profiles[use.profile] for use in inputs.uses)
    full = tuple(p for p in profiles if p.id in dose.profiles)
    frame = Frame(
        dose,
        inputs.intensity,
        inputs.preferences,
        profiles,
        table.constants,
        messages,
    )
    ranked = rank_components(profiles, inputs.preferences, scene.table, table.constants)
    order = tuple(name for name in ranked if not _is_closed(name, inputs, scene))
    slots = _slots(scene, {*order, "impact"} if trains_impact(frame) else order)
    chosen = tuple(choose(scene, slots[: _most(scene)]))
    return Plan(
        phase=dose.phase,
        profiles=dose.profiles,
        components=tuple(
            build_component(name, rank, _exercises(name, chosen, scene, frame), frame)
            for rank, name in enumerate(order, start=1)
        ),
        avoided=tuple(_avoided(scene, slots, inputs.requested, messages)),
        no_safe_option=tuple(_empty(scene, chosen, messages)),
        flags=tuple(_flags(inputs, scene, table, messages)),
        limited_by=tuple(_limited_by(dose)),
        hiit=dose.hiit.value,
        supervision_level=dose.supervision.value,
        focus=sentences(full, "focus"),
        first_dose=sentences(full, "first_dose"),
        progression=sentences(full, "progression_step"),
        particulars=tuple(particulars(full)),
        stages=tuple(planned_stages(inputs.held)),
        to_avoid=sentences(profiles, "avoid"),
        kinds=tuple(kinds(full)),
        pain_ceiling=pain_ceiling(full, inputs.held),
        monitoring=sentences(profiles, "monitoring"),
        education=sentences(profiles, "education"),
        outcome_measures=measures(profiles),
        disagreements=sentences(full, "disagreement"),
        certainty=sentences(full, "certainty"),
        evidence=tuple(_evidence(profiles, dose.phase, table)),
    )


def _is_closed(component: str, inputs: PlanInputs, scene: Scene) -> bool:
    """Whether every kind of exercise of the component is contraindicated now."""
    return set(scene.table.components[component]) <= inputs.closed.keys()


def _slots(scene: Scene, kinds: Collection[str]) -> tuple[Slot, ...]:
    """The patterns of this plan, the most important first."""
    return tuple(
        slot
        for slot in scene.table.slots
        if scene.dose.phase in slot.phases and (slot.when is None or slot.when in kinds)
    )


def _most(scene: Scene) -> int:
    """How many exercises a session holds at most."""
    places = find_settings(scene.preferences, scene.table)
    return scene.table.at_most_home if places == HOME else scene.table.at_most


def _exercises(
    component: str,
    chosen: Sequence[tuple[Slot, Movement | None]],
    scene: Scene,
    frame: Frame,
) -> tuple[Exercise, ...]:
    return tuple(
        _exercise(movement, slot, scene, frame)
        for slot, movement in chosen
        if movement is not None and slot.component == component
    )


def _exercise(movement: Movement, slot: Slot, scene: Scene, frame: Frame) -> Exercise:
    liked = movement.id in named(scene, scene.preferences.likes)
    reason = "liked" if liked else scene.dose.phase
    return Exercise(
        id=movement.id,
        name=movement.name,
        modality=movement.modality,
        pattern=slot.id,
        reason=frame.messages[f"plan.reason.{reason}"].format(slot=slot.label),
        dose=describe_dose(movement, slot, frame),
        regression=scene.catalogue.step(movement.id, "regression", scene.bars),
        progression=scene.catalogue.step(movement.id, "progression", scene.bars),
        alternatives=scene.alternatives(movement.id),
        cautions=tuple(
            c.message for c in scene.catalogue.cautions_for(movement, tuple(scene.tags))
        ),
    )


def _avoided(
    scene: Scene, slots: Sequence[Slot], requested: Sequence[str], messages: Messages
) -> Iterator[AvoidedMovement]:
    """Movements that a tag removes and that this plan would have considered, or was asked for."""
    looked_at = considered(scene, slots) | set(requested)
    for movement_id in sorted(looked_at & scene.bars.keys()):
        bars = [bar for bar in scene.bars[movement_id] if bar.tag is not None]
        if not bars:
            continue
        instead = scene.alternatives(movement_id)
        yield AvoidedMovement(
            id=movement_id,
            name=scene.catalogue.get(movement_id).name,
            tags=tuple(bar.tag for bar in bars if bar.tag is not None),
            by=tuple(dict.fromkeys(by for bar in bars for by in bar.by)),
            why=tuple(bar.words["why"] for bar in bars),
            instead=instead,
            message=None if instead else messages["plan.no_alternative"],
        )


def _empty(
    scene: Scene, chosen: Sequence[tuple[Slot, Movement | None]], messages: Messages
) -> Iterator[EmptyPattern]:
    for slot, movement in chosen:
        if movement is None:
            bars = [b for m in candidates(scene, slot) for b in scene.bars.get(m.id, ())]
            setters = tuple(sorted({by for bar in bars for by in bar.by}))
            text = messages["plan.none"].format(slot=slot.label)
            yield EmptyPattern(slot.id, text, setters)


def _flags(
    inputs: PlanInputs, scene: Scene, table: ProfileTable, messages: Messages
) -> Iterator[Flag]:
    """Compromises that a clinician should see."""
    dose = inputs.dose
    for sub in dose.sub_therapeutic:
        text = messages["plan.flag.sub_therapeutic"].format(
            profile=sub.profile,
            asked=f"{sub.asked:g}",
            attribute=show_attribute(sub.attribute),
            by=", ".join(sub.limited_by),
            given=f"{sub.given:g}",
        )
        yield Flag("sub_therapeutic", sub.attribute, text, (sub.profile, *sub.limited_by))
    yield from _volume_flags(dose, table, messages)
    for region in dose.resistance.blocked_regions:
        text = messages["plan.flag.blocked_region"].format(
            region=region.value.replace("_", " "), by=", ".join(region.by)
        )
        yield Flag("blocked_region", "resistance", text, region.by)
    have = inputs.preferences.days
    if have is not None and have < dose.days.low.value:
        wanted = show_range(pair_of(dose.days))
        text = messages["plan.flag.days"].format(have=f"{have:g}", want=wanted)
        yield Flag("days", "days", text, dose.days.low.by)
    if scene.balance_unscreened:
        text = messages["plan.flag.unscreened_balance"]
        yield Flag("unscreened_balance", "balance", text, ())


def _volume_flags(dose: MergedDose, table: ProfileTable, messages: Messages) -> Iterator[Flag]:
    """No quota at all, or fewer minutes in reach than the guideline for all adults asks for."""
    if dose.quota_removed:
        text = messages["plan.flag.no_quota"].format(by=", ".join(dose.quota_removed))
        yield Flag("no_quota", "weekly", text, dose.quota_removed)
    if dose.phase != TARGET or dose.weekly_wanted is None:
        return
    wanted = max(dose.weekly_wanted.value, table.constants["weekly_goal_minutes"].low)
    if wanted > dose.reachable:
        setters = tuple(sorted({*dose.days.high.by, *dose.minutes.high.by}))
        text = messages["plan.flag.volume_gap"].format(
            wanted=f"{wanted:g}", reachable=f"{dose.reachable:g}", by=", ".join(setters)
        )
        yield Flag("volume_gap", "weekly", text, setters)


def _limited_by(dose: MergedDose) -> Iterator[LimitedBy]:
    """Who set each upper end, and the lower ends that differ."""
    spans: dict[str, Span] = {
        "hrr_percent": dose.hrr_percent,
        "rpe_6_20": dose.rpe_6_20,
        "frequency": dose.days,
        "time_min": dose.minutes,
        "percent_1rm": dose.resistance.percent,
    }
    for name, span in spans.items():
        yield LimitedBy(f"{name}.low", span.low.value, ", ".join(span.low.by))
        yield LimitedBy(f"{name}.high", span.high.value, ", ".join(span.high.by))
    yield LimitedBy("impact", dose.impact.value, ", ".join(dose.impact.by))
    yield LimitedBy("hiit", dose.hiit.value, ", ".join(dose.hiit.by))
    yield LimitedBy("supervision_level", dose.supervision.value, ", ".join(dose.supervision.by))


def _evidence(
    profiles: Sequence[Profile], phase: str, table: ProfileTable
) -> Iterator[PlanEvidence]:
    """Where each profile's figures and texts come from, and how well they were checked."""
    source = table.bounds_source
    for profile in profiles:
        mark = table.bounds_marks[phase]
        yield PlanEvidence(profile.id, source.citation, source.locator, mark)
        for cited in profile.evidence:
            yield PlanEvidence(profile.id, cited.citation, cited.locator, cited.mark, cited.grade)
