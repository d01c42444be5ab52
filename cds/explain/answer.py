"""Puts the decision together: findings, dose, questions, assumptions and reasons."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from cds.case import BuiltCase, Refused, unread_entries
from cds.dosing import Dose
from cds.explain.crossed import with_crossed
from cds.explain.missing import Need, lacking, missing, need, needs
from cds.explain.pathway import nothing_more, pathway_only
from cds.explain.why import Sources, explain_outcomes
from cds.explain.wording import Telling, summarize
from cds.hearing import Hearing
from cds.model.answer import (
    Decision,
    Delivery,
    HiitResult,
    KnowledgeVersion,
    LeftOut,
    UnmetNote,
)
from cds.model.case import Case
from cds.model.decision import (
    Contraindication,
    Disagreement,
    Disposition,
    Explanation,
    Referral,
    Screening,
    Statement,
)
from cds.model.effect import Urgency
from cds.model.intake import Intake
from cds.model.intensity import Intensity
from cds.model.medication import MedicationEffect
from cds.model.profile import Unprofiled
from cds.service import Service
from cds.stages.advice import joined, referrals
from cds.stages.disagreements import Sides, chosen_policies, disagreements
from cds.stages.goals import GoalInputs, set_goals
from cds.stages.heart_rate import policies_read
from cds.stages.hiit import HiitScreen
from cds.stages.outcome import Outcome
from cds.stages.requested import Verdicts, judge
from cds.stages.screening import INSUFFICIENT
from cds.stages.session import SessionInputs, judge_session
from cds.stages.teaching import STAGE as TEACHING
from cds.stages.teaching import lessons
from cds.stages.team import name_team

_MEDICATION = "medication."
_EMERGENCY = Urgency.EMERGENCY.value


class Findings(Struct, frozen=True):
    """What the stages found, before it is told."""

    built: BuiltCase
    intake: Intake
    screening: Screening
    found: tuple[Contraindication, ...]
    disposition: Disposition
    hiit: HiitScreen
    dose: Dose
    delivery: Delivery
    live: Sequence[Outcome]
    conflicts: tuple[Disagreement, ...]


def compose(service: Service, hearing: Hearing, findings: Findings) -> Decision:
    """The decision, with its reasons."""
    knowledge, dose = service.knowledge, findings.dose
    sources = Sources(knowledge.vocabulary, service.explanations, knowledge.messages, hearing.case)
    reading, stakes = hearing.reading, service.stakes
    wanted = _wanted(hearing, findings, service)
    questions = missing(wanted, sources, partial(stakes.turned_by, reading))
    unplanned = None if dose.plan else knowledge.messages["referral.unplanned"]
    called = referrals(hearing.applied, unplanned)
    others = (*_lacking(findings, service), *_no_zone(dose, service))
    involved = joined((*called, *others)) if others else called
    decision = Decision(
        evaluation_date=hearing.case.evaluation_date,
        subject={"id": findings.intake.subject_id},
        disposition=findings.disposition,
        summary=summarize(
            Telling(
                hearing.case,
                findings.disposition,
                findings.screening,
                findings.found,
                dose.intensity,
                questions,
                dose.plan is not None,
                _labels(dose.lacking, service),
                knowledge.profiles.age.adult,
                unread_entries(findings.intake, hearing.case),
            ),
            knowledge.messages,
        ),
        notice=knowledge.messages["notice"],
        screening=_with_flags(findings.screening, findings.found),
        contraindications=findings.found,
        requested=tuple(judge(findings.intake.request, _verdicts(service, hearing, findings))),
        intensity=_noted(dose.intensity, service),
        medications=_medications(hearing.case, knowledge.medication_effects),
        hiit=_hiit(findings.hiit),
        plan=dose.plan,
        delivery=findings.delivery,
        session=judge_session(_session(service, hearing, findings)),
        goals=set_goals(_goals(service, hearing, findings)),
        outcome_measures=dose.plan.outcome_measures if dose.plan else (),
        referrals=with_crossed(involved, hearing),
        team=name_team(involved, knowledge.team),
        education=lessons(hearing.applied, knowledge.teaching, planned=dose.plan is not None),
        missing=questions,
        assumptions=service.assuming.assumptions(reading, findings.live, hearing.decisive),
        conflicts=(
            *_disagreements(service, hearing, dose.intensity.hr_method),
            *findings.conflicts,
        ),
        unmapped=findings.intake.unmapped,
        stale=_left_out(findings.built.stale),
        rejected_facts=_left_out(findings.built.rejected),
        explanations=_explanations(hearing, findings, sources),
        knowledge=_version(service, hearing),
    )
    return nothing_more(pathway_only(decision, knowledge.messages), hearing.case)


def _disagreements(service: Service, hearing: Hearing, method: str) -> tuple[Disagreement, ...]:
    knowledge = service.knowledge
    sides = Sides(knowledge.policies, service.other_positions, knowledge.messages)
    used = policies_read(hearing.case, method)
    return disagreements(hearing.reading, hearing.applied, sides, used)


def _version(service: Service, hearing: Hearing) -> KnowledgeVersion:
    knowledge = service.knowledge
    chosen = chosen_policies(hearing.case, service.positions)
    return KnowledgeVersion(service.version, knowledge.sha256, "pending", chosen)


def _verdicts(service: Service, hearing: Hearing, findings: Findings) -> Verdicts:
    dose = findings.dose
    return Verdicts(
        disposition=findings.disposition,
        found=findings.found,
        hiit=findings.hiit,
        intensity=dose.intensity,
        messages=service.knowledge.messages,
        case=hearing.case,
        catalogue=service.knowledge.catalogue,
        places=service.knowledge.names.places,
        rule_tags=dose.rule_tags,
        scene=dose.scene,
        delivery=findings.delivery,
    )


def _wanted(hearing: Hearing, findings: Findings, service: Service) -> dict[str, list[Need]]:
    """By fact what it is wanted for: by undecided rules, and to tell the dose more closely."""
    defining, dose = hearing.live_of("definitions"), findings.dose
    undecided = lacking(hearing.case, defining, hearing.decisive, findings.live)
    wanted = needs(undecided, screened=findings.screening.clearance != INSUFFICIENT)
    title = service.knowledge.messages["missing.heart_rate_target"]
    for fact in dose.intensity.missing:
        if fact in service.knowledge.vocabulary:
            wanted[fact].append(need("intensity", title, critical=False))
    title = service.knowledge.messages["missing.healing_stage"]
    for held in dose.held if dose.plan is not None else ():
        for fact in held.asks:
            wanted[fact].append(need(held.profile, title, critical=False))
    return wanted


def _with_flags(screening: Screening, found: Iterable[Contraindication]) -> Screening:
    flags = tuple([f.message for f in found if f.urgency == _EMERGENCY])
    return replace(screening, red_flags=flags) if flags else screening


def _hiit(screened: HiitScreen) -> HiitResult:
    unmet = tuple([UnmetNote(u.rule, u.message, u.remedy, u.state) for u in screened.unmet])
    return HiitResult(screened.eligible, screened.protocol, unmet)


def _medications(
    case: Case, effects: Mapping[str, MedicationEffect]
) -> tuple[MedicationEffect, ...]:
    """What each class that is taken does."""
    listed = [name for name in case.listed if name.startswith(_MEDICATION)]
    taken = sorted([name.removeprefix(_MEDICATION) for name in listed]) if listed else ()
    return tuple([effects[id_] for id_ in taken if id_ in effects])


def _goals(service: Service, hearing: Hearing, findings: Findings) -> GoalInputs:
    knowledge = service.knowledge
    return GoalInputs(
        case=hearing.case,
        vocabulary=knowledge.vocabulary,
        table=knowledge.goals,
        profiles=knowledge.profiles.profiles,
        wishes=_texts(findings.intake.preferences.get("goals")),
        plan=findings.dose.plan,
    )


def _session(service: Service, hearing: Hearing, findings: Findings) -> SessionInputs:
    return SessionInputs(
        case=hearing.case,
        vocabulary=service.knowledge.vocabulary,
        applied=hearing.applied,
        found=findings.found,
        disposition=findings.disposition,
        screening=findings.screening,
        intensity=findings.dose.intensity,
        limits=findings.dose.limits,
        messages=service.knowledge.messages,
    )


def _fallback(service: Service) -> dict[str, float]:
    low, high = service.knowledge.intensity.ceiling.fallback_rpe
    return {"low": low, "high": high}


def _noted(intensity: Intensity, service: Service) -> Intensity:
    """The intensity, saying so when no safe heart-rate zone is left."""
    if not intensity.no_zone:
        return intensity
    message = service.knowledge.messages["no_zone.note"].format(**_fallback(service))
    note = Statement(message, _rules(intensity.no_zone))
    return replace(intensity, notes=(note, *intensity.notes))


def _no_zone(dose: Dose, service: Service) -> tuple[Referral, ...]:
    """Somebody has to look at a ceiling that leaves no room above rest.

    Source: service-policy (cardiac reference 3.3).
    """
    if not dose.intensity.no_zone:
        return ()
    messages = service.knowledge.messages
    meanwhile = messages["no_zone.meanwhile"].format(**_fallback(service))
    because = _rules(dose.intensity.no_zone)
    reason, urgency = messages["no_zone.reason"], Urgency.URGENT.value
    return (Referral("cardiology", urgency, reason, meanwhile, because),)


def _rules(by: Iterable[str]) -> tuple[str, ...]:
    """Those that are rules; profiles and bands are named with the intensity itself."""
    return tuple(id_ for id_ in by if "." in id_)


def _texts(value: object) -> tuple[str, ...]:
    return tuple([str(item) for item in value]) if isinstance(value, (list, tuple)) else ()


def _lacking(findings: Findings, service: Service) -> tuple[Referral, ...]:
    """A condition without a dose profile gets no numbers, and somebody who can give them."""
    dose = findings.dose
    if not dose.lacking:
        return ()
    messages = service.knowledge.messages
    labels = _labels(dose.lacking, service)
    reason = messages["referral.no_profile"].format(conditions="; ".join(labels))
    proceeds = findings.disposition is Disposition.PROCEED_WITH_LIMITS
    meanwhile = messages["referral.no_profile.meanwhile"] if proceeds else None
    because = tuple(entry.condition for entry in dose.lacking)
    return (Referral("specialist", Urgency.ROUTINE.value, reason, meanwhile, because),)


def _labels(lacking: Iterable[Unprofiled], service: Service) -> tuple[str, ...]:
    vocabulary = service.knowledge.vocabulary
    return tuple([vocabulary[entry.condition].label for entry in lacking])


def _left_out(refused: Iterable[Refused]) -> tuple[LeftOut, ...]:
    return tuple([LeftOut(r.name, r.reason, r.at, r.source) for r in refused])


def _explanations(
    hearing: Hearing, findings: Findings, sources: Sources
) -> tuple[Explanation, ...]:
    """Every rule that fired, and every undecided one that is asked about.

    A rule that only teaches is told with the plan that it goes with.
    """
    told = [outcome for outcome in findings.live if not outcome.assumes]
    if findings.dose.plan is None:
        told = [outcome for outcome in told if outcome.rule.stage != TEACHING]
    return explain_outcomes(told, hearing.decisive, sources)
