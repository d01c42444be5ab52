"""The story of one decision.

What was submitted becomes a case. The rules are evaluated twice on that case, in three turns of
stages, and what they find enters the case for the next turn. Contraindications, limits and
heart-rate methods narrow the profiles' dose; the plan is built from what remains. Everything says
why.
"""

from datetime import date

from msgspec import Struct

from cds.case import BuiltCase, build_case
from cds.delivering import find_delivery
from cds.dosing import find_dose, with_intervals
from cds.explain.answer import Findings, compose
from cds.hearing import Hearing
from cds.knowledge.implications import complete_intake
from cds.model.answer import Decision
from cds.model.case import Fact
from cds.model.decision import Screening
from cds.model.effect import Kind
from cds.model.intake import Intake
from cds.service import Service
from cds.stages.active_profiles import without_hiit
from cds.stages.aquatic import WATER
from cds.stages.contraindications import (
    bars_setting,
    contraindications,
    kinds_for_all,
    without_movements,
)
from cds.stages.definitions import define
from cds.stages.disposition import dispose, without_dose
from cds.stages.hiit import HiitScreen, narrow_hiit, screen_hiit
from cds.stages.hiit_protocol import HeartRoom, add_protocol
from cds.stages.intensity_limits import heart_rate_limits
from cds.stages.remaining import barred_movements, keep_allowed
from cds.stages.screening import screen


class _Heard(Struct, frozen=True):
    """A case before every rule, and what the stages on the way made of it."""

    hearing: Hearing
    intake: Intake
    built: BuiltCase
    screening: Screening
    hiit: HiitScreen


def decide(service: Service, intake: Intake, evaluation_date: date) -> Decision:
    """The explained decision for one patient on one day.

    Raises: EngineError when the two evaluators disagree; then there is no answer.
    """
    return decide_and_hear(service, intake, evaluation_date)[0]


def decide_and_hear(
    service: Service, intake: Intake, evaluation_date: date
) -> tuple[Decision, Hearing]:
    """The decision, with the case and the truth of every rule that it was made from.

    Raises: EngineError when the two evaluators disagree.
    """
    heard = _hear(service, intake, evaluation_date)
    hearing, screening = heard.hearing, heard.screening
    found = contraindications(hearing.applied)
    adult_age = service.knowledge.profiles.age.adult
    disposition = dispose(hearing.case, screening, found, hearing.live, adult_age)
    dose = find_dose(service, hearing, heard.intake, screening, disposition)
    if dose.lacking:
        disposition = without_dose(disposition)
    knowledge = service.knowledge
    barred = barred_movements(dose.scene, dose.rule_tags, knowledge.catalogue)
    found = keep_allowed(found, barred, knowledge.catalogue)
    profiles = knowledge.profiles.profiles
    forbidding = {id_: profiles[id_].name for id_ in without_hiit(dose.uses, knowledge.profiles)}
    hiit = narrow_hiit(
        heard.hiit, disposition, forbidding, knowledge.messages, planned=dose.plan is not None
    )
    room = HeartRoom(
        dose.intensity.hr_max, heart_rate_limits(dose.limits), knowledge.intensity.ceiling
    )
    hiit = add_protocol(hiit, hearing.case, room, knowledge.hiit)
    dose = with_intervals(dose, hiit, knowledge)
    delivered = find_delivery(service, hearing, heard.intake, found, dose)
    findings = Findings(
        heard.built,
        heard.intake,
        screening,
        found,
        disposition,
        hiit,
        dose,
        delivered.delivery,
        delivered.live,
        delivered.conflicts,
    )
    return compose(service, hearing, findings), hearing


def hear(service: Service, intake: Intake, evaluation_date: date) -> Hearing:
    """The case after every stage, with the truth of every rule.

    Raises: EngineError when the two evaluators disagree.
    """
    return _hear(service, intake, evaluation_date).hearing


def _hear(service: Service, intake: Intake, evaluation_date: date) -> _Heard:
    intake = complete_intake(intake, service.knowledge.terminology)
    built = build_case(intake, service.knowledge, evaluation_date)
    hearing = Hearing(service, built.case)
    hearing.hear("definitions")
    hearing.learn(*define(hearing.case, hearing.all_of("definitions")))
    hearing.hear("safety")
    screening = screen(hearing.live_of("screening"), service.knowledge.messages)
    blocking = kinds_for_all(hearing.applied)
    hearing.learn(
        Fact("screening.clearance", screening.clearance, source="screening"),
        Fact("screening.vigorous_allowed", screening.vigorous_allowed, source="screening"),
        Fact("contraindication.absolute", Kind.ABSOLUTE in blocking),
        Fact("contraindication.relative", Kind.RELATIVE in blocking),
        Fact("contraindication.hold_today", Kind.HOLD_TODAY in blocking),
        Fact("contraindication.aquatic", bars_setting(hearing.applied, WATER)),
    )
    found = without_movements(hearing.applied)
    hearing.hear("care")
    hiit = screen_hiit(hearing.all_of("hiit"), found, hearing.applied)
    return _Heard(hearing, intake, built, screening, hiit)
