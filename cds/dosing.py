"""The dose of one case: profiles merged, every limit applied, the plan built."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

from cds.hearing import Hearing
from cds.knowledge.base import Knowledge
from cds.model.decision import Disposition, Screening
from cds.model.dose import MergedDose
from cds.model.effect import Avoid, Contraindicate, Kind, Scope, ScopeType
from cds.model.healing import HeldStage
from cds.model.intake import Intake
from cds.model.intensity import Intensity
from cds.model.plan import Plan, Preferences
from cds.model.profile import ProfileUse, Unprofiled
from cds.service import Service
from cds.stages.active_profiles import active_profiles, keeps_first_doses, unprofiled
from cds.stages.disposition import NO_PRESCRIPTION, lacks_data
from cds.stages.healing import held_stages
from cds.stages.hiit import HiitScreen
from cds.stages.intensity import Narrowing, find_intensity
from cds.stages.intervals import Ground, add_intervals
from cds.stages.limits import SetLimit, heart_rate_method, heart_rate_zones, limits
from cds.stages.outcome import effects_of
from cds.stages.phase_dose import find_phase
from cds.stages.prescription import PlanInputs, build_plan, prepare_scene
from cds.stages.rule_caps import cap_dose
from cds.stages.scene import Scene
from cds.stages.screening import NEEDS_CLEARANCE
from cds.stages.share_of_maximum import on_scales

_NO_PLAN = frozenset({"discontinue_and_clear"})
_CLOSING = frozenset({Kind.ABSOLUTE, Kind.HOLD_TODAY})


class Dose(Struct, frozen=True):
    """What the profiles and limits leave; `lacking` names conditions without a profile.

    `rule_tags` maps each avoid tag to the rules that set it; `open` says whether anything may be
    prescribed at all, had every condition a profile.
    """

    uses: tuple[ProfileUse, ...]
    lacking: tuple[Unprofiled, ...]
    merged: MergedDose | None
    intensity: Intensity
    limits: tuple[SetLimit, ...]
    rule_tags: Mapping[str, tuple[str, ...]]
    held: tuple[HeldStage, ...]
    open: bool
    scene: Scene | None = None
    plan: Plan | None = None


def find_dose(
    service: Service,
    hearing: Hearing,
    intake: Intake,
    screening: Screening,
    disposition: Disposition,
) -> Dose:
    """The dose of this case; without a prescription only ceilings and the method remain."""
    case, knowledge = hearing.case, service.knowledge
    uses = active_profiles(case, knowledge.profiles)
    lacking = unprofiled(case, knowledge.profiles)
    prescribe = (
        disposition not in NO_PRESCRIPTION
        and screening.clearance not in _NO_PLAN
        and not lacks_data(case, screening, hearing.live, knowledge.profiles.age.adult)
    )
    closed = _closed(hearing, knowledge.names.places)
    narrowing = _narrowing(hearing, screening, closed)
    held = held_stages(case, uses, knowledge.profiles)
    phase = find_phase(
        case,
        screening.clearance in NEEDS_CLEARANCE,
        held,
        first_doses=keeps_first_doses(case, uses, knowledge.profiles),
    )
    given = prescribe and not lacking
    merged = service.merging.merge(uses, phase, held) if given else None
    narrowing = on_scales(case, narrowing, merged, knowledge.intensity)
    if merged is not None:
        merged = cap_dose(merged, narrowing.limits)
    intensity = find_intensity(case, merged, narrowing, knowledge.intensity, knowledge.messages)
    dose = Dose(
        uses,
        lacking,
        merged,
        intensity,
        tuple(narrowing.limits),
        _rule_tags(hearing),
        held,
        prescribe,
    )
    return dose if merged is None else _planned(service, hearing, intake, dose, closed)


def with_intervals(dose: Dose, screened: HiitScreen, knowledge: Knowledge) -> Dose:
    """The dose whose plan holds the intervals, or says why not; their screening comes last."""
    if dose.plan is None:
        return dose
    assert dose.merged is not None
    assert dose.scene is not None
    profiles = knowledge.profiles.profiles
    names = {use.profile: profiles[use.profile].name for use in dose.uses}
    ground = Ground(dose.merged, dose.scene, names, knowledge.messages)
    return replace(dose, plan=add_intervals(dose.plan, screened, ground))


def _narrowing(hearing: Hearing, screening: Screening, closed: Collection[str]) -> Narrowing:
    set_limits = limits(hearing.case, hearing.applied)
    return Narrowing(
        (*set_limits, *_screening_limit(screening)),
        heart_rate_method(hearing.applied),
        tuple(heart_rate_zones(hearing.case, hearing.applied)),
        closed,
    )


def _screening_limit(screening: Screening) -> tuple[SetLimit, ...]:
    """Nothing vigorous before the screening allows it."""
    if screening.vigorous_allowed:
        return ()
    by = screening.because[0] if screening.because else "screening"
    return (SetLimit("category", None, "moderate", by, None, ""),)


def _rule_tags(hearing: Hearing) -> Mapping[str, tuple[str, ...]]:
    tags: dict[str, list[str]] = defaultdict(list)
    for outcome, effect in effects_of(hearing.applied, Avoid):
        for tag in effect.tags:
            tags[tag].append(outcome.rule.id)
    return {tag: tuple(rules) for tag, rules in sorted(tags.items())}


def _closed(hearing: Hearing, places: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """The kinds of exercise that are out for now, with the rules; what somebody weighs is not.

    Where a setting is out, so is what needs it.
    """
    closed: dict[str, list[str]] = defaultdict(list)
    for outcome, effect in effects_of(hearing.applied, Contraindicate):
        if effect.kind in _CLOSING:
            for kind in _kinds_of(effect.scope, places):
                closed[kind].append(outcome.rule.id)
    return {modality: tuple(rules) for modality, rules in sorted(closed.items())}


def _kinds_of(scope: Scope, places: Mapping[str, str]) -> tuple[str, ...]:
    if scope.type is ScopeType.MODALITY:
        return (scope.code,)
    if scope.type is ScopeType.SETTING:
        return tuple(kind for kind, place in places.items() if place == scope.code)
    return ()


def _planned(
    service: Service,
    hearing: Hearing,
    intake: Intake,
    dose: Dose,
    closed: Mapping[str, tuple[str, ...]],
) -> Dose:
    """The dose with its plan, and the scene that verdicts on requests are given in."""
    assert dose.merged is not None
    knowledge = service.knowledge
    inputs = PlanInputs(
        case=hearing.case,
        uses=dose.uses,
        dose=dose.merged,
        rule_tags=dose.rule_tags,
        intensity=dose.intensity,
        preferences=_preferences(hearing, intake),
        closed=closed,
        held=dose.held,
    )
    scene = prepare_scene(inputs, knowledge.catalogue, knowledge.profiles)
    plan = build_plan(inputs, scene, knowledge.profiles, knowledge.messages)
    return replace(dose, scene=scene, plan=plan)


def _preferences(hearing: Hearing, intake: Intake) -> Preferences:
    wishes = intake.preferences
    equipment = wishes.get("equipment")
    setting = intake.request.get("setting") or hearing.case.code("setting")
    return Preferences(
        likes=_texts(wishes.get("likes")),
        dislikes=_texts(wishes.get("dislikes")),
        equipment=None if equipment is None else _texts(equipment),
        setting=str(setting) if setting else None,
        asked=_texts(intake.request.get("modalities")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()
