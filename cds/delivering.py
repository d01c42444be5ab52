"""Where, with whom and how a plan is delivered, and which open questions bear on that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cds.dosing import Dose
from cds.explain.missing import lacking
from cds.hearing import Hearing
from cds.model.answer import Delivery
from cds.model.decision import Contraindication, Disagreement, Statement
from cds.model.delivery import Benefit, Question, Said, SettingItem
from cds.model.delivery_tables import DeliveryTables
from cds.model.effect import Refer
from cds.model.intake import Intake
from cds.model.movement import Movement
from cds.model.plan import Plan
from cds.service import Service
from cds.stages.advice import statements
from cds.stages.aquatic import WATER, WaterInputs, disagreements, judge_water
from cds.stages.cardiac_risk import stratify
from cds.stages.equipment import find_kit
from cds.stages.outcome import Outcome
from cds.stages.own_limits import own_limits
from cds.stages.remote_monitoring import schedule
from cds.stages.settings import Place, concerned, find_items, is_asked, judge_settings
from cds.stages.supervision import LevelInputs, find_askers, find_level, supervise

STAGE = "delivery"
_FEAR = "kinesiophobia"
_REMOTE = {"yes": True, "no": False, "insufficient_data": None}
_AT_HOME = ("home", "telehealth", "hybrid")
_INTERVALS = frozenset({"hiit", "interval"})
_ALWAYS = ("all", "monitoring")


class Delivered(Struct, frozen=True):
    """The delivery; `live` are the rules that are not false and that this answer tells of."""

    delivery: Delivery
    live: tuple[Outcome, ...]
    conflicts: tuple[Disagreement, ...] = ()


class _Scene(Struct, frozen=True):
    """One case with its dose; `movements` are those of the plan, if there is one.

    `concerned` are those of them that belong to each element.
    """

    service: Service
    hearing: Hearing
    intake: Intake
    found: Sequence[Contraindication]
    dose: Dose
    movements: tuple[Movement, ...]
    concerned: Mapping[str, tuple[str, ...]]

    @property
    def tables(self) -> DeliveryTables:
        return self.service.knowledge.delivery

    @property
    def messages(self) -> Mapping[str, str]:
        return self.service.knowledge.messages

    @property
    def setting(self) -> str | None:
        """Where the person wants to train."""
        asked = self.intake.request.get("setting")
        return str(asked) if asked else self.hearing.case.code("setting")

    @property
    def profiles(self) -> frozenset[str]:
        """The profiles that hold in full."""
        return frozenset([use.profile for use in self.dose.uses if use.role == "full"])


def find_delivery(
    service: Service,
    hearing: Hearing,
    intake: Intake,
    found: Sequence[Contraindication],
    dose: Dose,
) -> Delivered:
    """The delivery of the plan; where nothing is prescribed only what rules say remains."""
    movements, table = tuple(_movements(service, dose.plan)), service.knowledge.delivery.supervision
    scene = _Scene(
        service, hearing, intake, found, dose, movements, concerned(movements, service.elements)
    )
    levels = _levels(scene)
    asked = find_askers(levels, service.knowledge.profiles, table)
    delivery = Delivery(
        setting=scene.setting,
        supervision_level=find_level(asked),
        remote_suitable=None,
        aquatic={},
        monitoring=statements(hearing.applied, "monitoring"),
        stop_criteria=_own_stops(scene) + statements(hearing.applied, "stop_criterion"),
        cardiac_risk=levels.risk,
    )
    if not dose.open:
        return Delivered(delivery, tuple(_told_unplanned(hearing.live)))
    items = find_items(scene.hearing.all_of(STAGE), _questions(scene))
    delivery, conflicts = _in_water(scene, items, replace(delivery, items=items))
    if dose.plan is not None:
        supervision = supervise(levels, asked, table, scene.messages)
        delivery = _planned(scene, replace(delivery, supervision=supervision))
    return Delivered(delivery, tuple(_told(scene)), conflicts)


def _told_unplanned(live: Iterable[Outcome]) -> list[Outcome]:
    """Where nothing is delivered, only who is to be involved remains of this stage."""
    return [one for one in live if one.rule.stage != STAGE or Refer in one.holding]


def _movements(service: Service, plan: Plan | None) -> Iterator[Movement]:
    for component in plan.components if plan else ():
        for exercise in component.exercises:
            yield service.knowledge.catalogue.get(exercise.id)


def _levels(scene: _Scene) -> LevelInputs:
    case, dose = scene.hearing.case, scene.dose
    risk = stratify(case, scene.service.knowledge.intensity.risk)
    wanted = scene.intake.request.get("modalities")
    intervals = isinstance(wanted, (list, tuple)) and not _INTERVALS.isdisjoint(wanted)
    return LevelInputs(case, dose.merged, dose.limits, risk, intervals)


def _own_stops(scene: _Scene) -> tuple[Statement, ...]:
    """The person's own limits, before the sentences that hold for everybody."""
    own = own_limits(scene.dose.intensity, scene.dose.limits, scene.messages)
    return tuple([Statement(limit.message, limit.by) for limit in own])


def _questions(scene: _Scene) -> dict[str, tuple[Question, ...]]:
    """By rule what would decide it."""
    vocabulary, hearing = scene.service.knowledge.vocabulary, scene.hearing
    defining, own = hearing.live_of("definitions"), hearing.live_of(STAGE)
    return {
        outcome.rule.id: tuple([Question(fact, vocabulary[fact].question) for fact in facts])
        for outcome, facts in lacking(hearing.case, defining, hearing.decisive, own)
    }


def _in_water(
    scene: _Scene, items: Sequence[SettingItem], delivery: Delivery
) -> tuple[Delivery, tuple[Disagreement, ...]]:
    """With exercise in water, and what sources say differently where water is in question."""
    case, table, profiles = scene.hearing.case, scene.tables.aquatic, scene.profiles
    dose = scene.dose
    inputs = WaterInputs(
        case=case,
        profiles=profiles,
        chronic=bool(dose.lacking or profiles - table.without_condition),
        dose=dose.merged,
        intensity=dose.intensity,
        found=scene.found,
        items=items,
        messages=scene.messages,
        advice=dose.plan.kinds if dose.plan else (),
    )
    water = judge_water(inputs, table)
    in_question = scene.setting == WATER or case.number("water_temperature") is not None
    differing = disagreements(water.temperature, profiles, table, scene.messages)
    return replace(delivery, aquatic=water), tuple(differing) if in_question else ()


def _planned(scene: _Scene, delivery: Delivery) -> Delivery:
    """With what a plan adds: settings, kit, the schedule of monitoring, reasons for home."""
    tables, level = scene.tables, delivery.supervision_level or 0
    settings = judge_settings(
        Place(
            delivery.items, level, scene.found, scene.concerned, tables.supervision, scene.messages
        )
    )
    suitable = {verdict.setting: verdict.suitable for verdict in settings}
    case, profiles = scene.hearing.case, scene.profiles
    planned = replace(
        delivery,
        remote_suitable=_REMOTE[suitable["telehealth"]],
        settings=settings,
        equipment=find_kit(scene.movements, _owned(scene), case, profiles, tables.equipment),
        remote_monitoring=schedule(level, profiles, tables.monitoring),
    )
    possible = any(suitable[setting] != "no" for setting in _AT_HOME)
    return _with_benefits(planned, scene) if possible else planned


def _owned(scene: _Scene) -> frozenset[str] | None:
    """What is at hand: the household, and what was named; None when nobody said."""
    equipment = scene.intake.preferences.get("equipment")
    table = scene.service.knowledge.catalogue.selection
    if not isinstance(equipment, (list, tuple)) or table is None:
        return None
    return table.household | {str(item).strip().lower().replace(" ", "_") for item in equipment}


def _with_benefits(delivery: Delivery, scene: _Scene) -> Delivery:
    fears, tables = _FEAR in scene.profiles, scene.tables
    return replace(
        delivery,
        home_benefits=tuple(
            Benefit(r.id, r.benefit, r.use, r.certainty, fears or not r.fear, r.sources)
            for r in tables.benefits
        ),
        home_limits=tuple(Said(limit.text, limit.source) for limit in tables.benefit_limits),
    )


def _told(scene: _Scene) -> list[Outcome]:
    """What is not decided is told, and asked, where setting and plan make it matter."""
    setting, held, hearing = scene.setting, {*_ALWAYS, *scene.concerned}, scene.hearing
    left = {one for one in hearing.live_of(STAGE) if not is_asked(one, setting, held)}
    return [outcome for outcome in hearing.live if outcome not in left]
