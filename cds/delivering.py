"""Where, with whom and how a plan is delivered, and which open questions bear on that."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cds.dosing import Dose
from cds.explain.missing import needs
from cds.hearing import Hearing
from cds.model.answer import Delivery
from cds.model.decision import Contraindication, Disagreement, Statement
from cds.model.delivery import Asker, Benefit, Question, Said, SettingVerdict
from cds.model.delivery_tables import DeliveryTables
from cds.model.dose import MergedDose
from cds.model.intake import Intake
from cds.model.movement import Movement
from cds.model.plan import Plan
from cds.service import Service
from cds.stages.advice import statements
from cds.stages.aquatic import WaterInputs, disagreements, judge_water
from cds.stages.cardiac_risk import stratify
from cds.stages.equipment import find_kit
from cds.stages.outcome import Outcome
from cds.stages.own_limits import own_limits
from cds.stages.remote_monitoring import schedule
from cds.stages.settings import Place, find_items, is_asked, judge_settings
from cds.stages.supervision import LevelInputs, find_askers, find_level, supervise

_STAGE = "delivery"
_FEAR = "kinesiophobia"
_REMOTE = {"yes": True, "no": False, "insufficient_data": None}
_AT_HOME = ("home", "telehealth", "hybrid")
_INTERVALS = frozenset({"hiit", "interval"})
_ALWAYS = ("all", "monitoring")


@dataclass(frozen=True, slots=True)
class Delivered:
    """The delivery; `live` are the rules that are not false and that this answer tells of."""

    delivery: Delivery
    live: tuple[Outcome, ...]
    conflicts: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, slots=True)
class _Scene:
    """One case with its plan; `movements` are those of the plan, `asked` who asks for a level."""

    service: Service
    hearing: Hearing
    intake: Intake
    found: Sequence[Contraindication]
    dose: Dose
    merged: MergedDose
    movements: tuple[Movement, ...]
    levels: LevelInputs
    asked: tuple[Asker, ...]

    @property
    def tables(self) -> DeliveryTables:
        return self.service.knowledge.delivery

    @property
    def profiles(self) -> frozenset[str]:
        """The profiles that hold in full."""
        return frozenset(use.profile for use in self.dose.uses if use.role == "full")


def find_delivery(
    service: Service,
    hearing: Hearing,
    intake: Intake,
    found: Sequence[Contraindication],
    dose: Dose,
) -> Delivered:
    """The delivery of the plan; without one only the level and what rules say remain."""
    knowledge = service.knowledge
    risk = stratify(hearing.case, knowledge.intensity.risk)
    levels = LevelInputs(hearing.case, dose.merged, dose.limits, risk, _wants_intervals(intake))
    asked = find_askers(levels, knowledge.profiles, knowledge.delivery.supervision)
    bare = Delivery(
        setting=_setting(hearing, intake),
        supervision_level=find_level(asked),
        remote_suitable=None,
        aquatic={},
        monitoring=statements(hearing.applied, "monitoring"),
        stop_criteria=_own_stops(service, dose) + statements(hearing.applied, "stop_criterion"),
        cardiac_risk=risk,
    )
    if dose.merged is None or dose.plan is None:
        return Delivered(bare, tuple(o for o in hearing.live if o.rule.stage != _STAGE))
    movements = tuple(_movements(service, dose.plan))
    scene = _Scene(service, hearing, intake, found, dose, dose.merged, movements, levels, asked)
    return _delivered(scene, bare)


def _setting(hearing: Hearing, intake: Intake) -> str | None:
    asked = intake.request.get("setting")
    return str(asked) if asked else hearing.case.code("setting")


def _wants_intervals(intake: Intake) -> bool:
    wanted = intake.request.get("modalities")
    return isinstance(wanted, (list, tuple)) and not _INTERVALS.isdisjoint(wanted)


def _own_stops(service: Service, dose: Dose) -> tuple[Statement, ...]:
    """The person's own limits, before the sentences that hold for everybody."""
    own = own_limits(dose.intensity, dose.limits, service.knowledge.messages)
    return tuple(Statement(limit.message, limit.by) for limit in own)


def _movements(service: Service, plan: Plan) -> Iterator[Movement]:
    catalogue = service.knowledge.catalogue
    for component in plan.components:
        for exercise in component.exercises:
            yield catalogue.get(exercise.id)


def _delivered(scene: _Scene, bare: Delivery) -> Delivered:
    knowledge, case = scene.service.knowledge, scene.hearing.case
    tables, messages, profiles = scene.tables, knowledge.messages, scene.profiles
    level = bare.supervision_level or 0
    items = find_items(_heard(scene), _questions(scene))
    settings = judge_settings(
        Place(items, level, scene.found, scene.movements, tables.supervision, messages)
    )
    inputs = WaterInputs(
        case, profiles, scene.merged, scene.dose.intensity, scene.found, items, messages
    )
    water = judge_water(inputs, tables.aquatic)
    verdicts = {verdict.setting: verdict for verdict in settings}
    delivery = replace(
        bare,
        remote_suitable=_REMOTE[verdicts["telehealth"].suitable],
        aquatic=water,
        supervision=supervise(scene.levels, scene.asked, tables.supervision, messages),
        settings=settings,
        items=items,
        equipment=find_kit(scene.movements, _owned(scene), case, profiles, tables.equipment),
        remote_monitoring=schedule(level, profiles, tables.monitoring),
    )
    differing = disagreements(water.temperature, profiles, tables.aquatic, messages)
    in_question = bare.setting == "aquatic" or case.number("water_temperature") is not None
    return Delivered(
        _with_benefits(delivery, verdicts, scene),
        tuple(_told(scene, bare.setting)),
        tuple(differing) if in_question else (),
    )


def _heard(scene: _Scene) -> list[Outcome]:
    """Every rule of the stage with its truth, those that are false too."""
    live = {o.rule.id: o for o in scene.hearing.live if o.rule.stage == _STAGE}
    return list((scene.service.silent[_STAGE] | live).values())


def _questions(scene: _Scene) -> dict[str, tuple[Question, ...]]:
    """By rule what would decide it."""
    vocabulary = scene.service.knowledge.vocabulary
    found: dict[str, list[Question]] = defaultdict(list)
    hearing = scene.hearing
    for need in needs(hearing.case, hearing.live, hearing.decisive):
        found[need.by].append(Question(need.fact, vocabulary[need.fact].question))
    return {rule: tuple(asked) for rule, asked in found.items()}


def _told(scene: _Scene, setting: str | None) -> Iterator[Outcome]:
    """What is not decided is told, and asked, where setting and plan make it matter."""
    elements = scene.tables.supervision.elements
    held = {name for name, p in elements.items() if any(p.holds(m) for m in scene.movements)}
    for outcome in scene.hearing.live:
        if is_asked(outcome, setting, {*_ALWAYS, *held}):
            yield outcome


def _owned(scene: _Scene) -> frozenset[str] | None:
    """What is at hand: the household, and what was named; None when nobody said."""
    equipment = scene.intake.preferences.get("equipment")
    table = scene.service.knowledge.catalogue.selection
    if not isinstance(equipment, (list, tuple)) or table is None:
        return None
    return table.household | {str(item).strip().lower().replace(" ", "_") for item in equipment}


def _with_benefits(
    delivery: Delivery, verdicts: dict[str, SettingVerdict], scene: _Scene
) -> Delivery:
    """The reasons for home, unless it is ruled out."""
    if all(verdicts[setting].suitable == "no" for setting in _AT_HOME):
        return delivery
    fears = _FEAR in scene.profiles
    tables = scene.tables
    return replace(
        delivery,
        home_benefits=tuple(
            Benefit(r.id, r.benefit, r.use, r.certainty, fears or not r.fear, r.sources)
            for r in tables.benefits
        ),
        home_limits=tuple(Said(limit.text, limit.source) for limit in tables.benefit_limits),
    )
