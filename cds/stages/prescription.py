"""Builds the plan: phase, components by priority, exercises, what is left out and why."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from cds.knowledge.catalogue import Catalogue
from cds.knowledge.profile_table import ProfileTable
from cds.model.avoided import AvoidedOfComponent
from cds.model.case import Case
from cds.model.dose import MergedDose
from cds.model.healing import HeldStage
from cds.model.intensity import Intensity
from cds.model.plan import Component, Plan, PlanEvidence, Preferences
from cds.model.profile import Profile, ProfileUse
from cds.stages.components import build_component
from cds.stages.considered import Considered, consider, omit_empty, omit_patterns
from cds.stages.exercises import (
    Chosen,
    chosen_for,
    describe_empty,
    list_avoided,
    sort_by_component,
    tag_kinds,
)
from cds.stages.flags import find_flags
from cds.stages.frame import Frame
from cds.stages.phase_dose import START
from cds.stages.plan_limits import limited_by
from cds.stages.plan_text import Messages
from cds.stages.priority import rank_components
from cds.stages.profile_words import (
    kinds,
    measures,
    pain_ceiling,
    particulars,
    planned_stages,
    sentences,
)
from cds.stages.reasons import give_reasons
from cds.stages.resolutions import resolve
from cds.stages.scene import Narrowed, Scene, set_scene
from cds.stages.selection import (
    choose,
    fit_session,
    kinds_named,
    most_exercises,
    open_slots,
)
from cds.stages.strength import trains_impact
from cds.stages.totals import add_up


class PlanInputs(Struct, frozen=True):
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
    closed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    held: tuple[HeldStage, ...] = ()


def prepare_scene(inputs: PlanInputs, catalogue: Catalogue, table: ProfileTable) -> Scene:
    """What stays possible for this case; also the ground for verdicts on requests."""
    wanted: dict[str, tuple[str, ...]] = {}
    for name in inputs.dose.profiles:
        profile = table.profiles[name]
        early = profile.start_exercises if inputs.dose.phase == START else ()
        for movement in (*profile.exercises, *early):
            wanted[movement] = (*wanted.get(movement, ()), name)
    narrowed = Narrowed(inputs.dose, inputs.rule_tags, inputs.intensity, wanted, inputs.closed)
    return set_scene(inputs.case, catalogue, narrowed, inputs.preferences)


def build_plan(inputs: PlanInputs, scene: Scene, table: ProfileTable, messages: Messages) -> Plan:
    """The whole plan, without intervals: they wait for their own screening."""
    dose = inputs.dose
    profiles = tuple([table.profiles[use.profile] for use in inputs.uses])
    full = tuple([p for p in profiles if p.id in dose.profiles])
    names, holding = {p.id: p.name for p in profiles}, [p.id for p in full]
    frame = Frame(
        dose, inputs.intensity, inputs.preferences, profiles, table.constants, messages, names
    )
    considered = _consider(inputs, scene, frame, full)
    chosen = _choose(considered, scene, frame)
    considered = omit_empty(considered, chosen.taken, scene, messages)
    avoided = tuple(list_avoided(scene, messages))
    components = tuple(
        _components(considered, chosen, sort_by_component(avoided, scene), scene, frame)
    )
    return Plan(
        phase=dose.phase,
        profiles=dose.profiles,
        components=components,
        omitted=(
            *considered.omitted,
            *omit_patterns(chosen.no_room, chosen.most, messages),
        ),
        totals=add_up(components, chosen.most, inputs.preferences.days),
        avoided=avoided,
        avoid_tags=tuple(tag_kinds(scene)),
        no_safe_option=tuple(describe_empty(scene, chosen.taken, messages)),
        flags=tuple(find_flags(dose, scene, table, messages)),
        resolutions=tuple(resolve(inputs.case, dose, inputs.uses, table)),
        limited_by=tuple(limited_by(dose, inputs.intensity, scene.tags)),
        hiit=dose.hiit.value,
        supervision_level=dose.supervision.value,
        focus=sentences(holding, table, "focus"),
        first_dose=sentences(holding, table, "first_dose"),
        progression=sentences(holding, table, "progression_step"),
        particulars=tuple(particulars(full)),
        stages=tuple(planned_stages(inputs.held)),
        to_avoid=sentences(names, table, "avoid"),
        kinds=tuple(kinds(full)),
        pain_ceiling=pain_ceiling(full, inputs.held, messages),
        monitoring=sentences(names, table, "monitoring"),
        education=sentences(names, table, "education"),
        outcome_measures=measures(names, table),
        disagreements=sentences(holding, table, "disagreement"),
        certainty=sentences(holding, table, "certainty"),
        evidence=tuple(_evidence(profiles, dose.phase, table)),
    )


def _consider(
    inputs: PlanInputs, scene: Scene, frame: Frame, full: Sequence[Profile]
) -> Considered:
    """Every component, ranked; those that stay and those that are told as left out."""
    named = kinds_named(scene)
    ranked = rank_components(frame.profiles, named, scene.table, frame.constants)
    return consider(ranked, scene, inputs.closed, full, frame.messages)


def _choose(considered: Considered, scene: Scene, frame: Frame) -> Chosen:
    """The movements of one session."""
    order = [each.component for each in considered.shown]
    impact = ["impact"] if trains_impact(frame) else []
    most = most_exercises(scene)
    slots, no_room = fit_session(open_slots(scene, {*order, *impact}), order, most)
    return Chosen(tuple(choose(scene, slots)), no_room, most)


def _components(
    considered: Considered,
    chosen: Chosen,
    avoided: Mapping[str, tuple[AvoidedOfComponent, ...]],
    scene: Scene,
    frame: Frame,
) -> Iterator[Component]:
    for priority, ranked in enumerate(considered.shown, start=1):
        exercises = chosen_for(ranked, chosen, scene, frame)
        component = build_component(ranked, priority, exercises, frame)
        reasons = give_reasons(component, ranked, frame)
        yield replace(component, avoided=avoided.get(ranked.component, ()), reasons=reasons)


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
