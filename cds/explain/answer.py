"""Puts the decision together: findings, dose, questions, assumptions and reasons."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cds.case import BuiltCase, Refused
from cds.dosing import Dose
from cds.explain.assumed import assumptions
from cds.explain.missing import Need, missing, needs
from cds.explain.why import Sources, explain_outcome
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
from cds.model.condition import Truth
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
from cds.model.rule import IfUnknown
from cds.service import Service
from cds.stages.advice import referrals, statements
from cds.stages.disagreements import Sides, chosen_policies, disagreements
from cds.stages.heart_rate import policies_read
from cds.stages.hiit import HiitScreen
from cds.stages.requested import Verdicts, judge


@dataclass(frozen=True, slots=True)
class Findings:
    """What the stages found, before it is told."""

    built: BuiltCase
    intake: Intake
    screening: Screening
    found: tuple[Contraindication, ...]
    disposition: Disposition
    hiit: HiitScreen
    dose: Dose


def compose(service: Service, hearing: Hearing, findings: Findings) -> Decision:
    """The decision, with its reasons."""
    knowledge, dose = service.knowledge, findings.dose
    sources = Sources(knowledge.vocabulary, service.evidence, knowledge.messages, hearing.case)
    questions = missing(_wanted(hearing, dose, service), sources)
    emergency = findings.disposition is Disposition.EMERGENCY
    intensity = replace(dose.intensity, hr_method="none") if emergency else dose.intensity
    return Decision(
        evaluation_date=hearing.case.evaluation_date,
        subject={"id": findings.intake.subject_id},
        disposition=findings.disposition,
        summary=summarize(
            Telling(
                hearing.case,
                findings.disposition,
                findings.screening,
                findings.found,
                intensity,
                questions,
                dose.plan is not None,
                knowledge.profiles.age.adult,
            ),
            knowledge.messages,
        ),
        notice=knowledge.messages["notice"],
        screening=_with_flags(findings.screening, findings.found),
        contraindications=findings.found,
        requested=tuple(judge(findings.intake.request, _verdicts(service, hearing, findings))),
        intensity=intensity,
        hiit=_hiit(findings.hiit),
        plan=dose.plan,
        delivery=_delivery(hearing, findings),
        goals=_texts(findings.intake.preferences.get("goals")),
        outcome_measures=dose.plan.outcome_measures if dose.plan else (),
        referrals=referrals(hearing.applied) + _lacking(dose, service),
        education=statements(hearing.applied, "education")
        + statements(hearing.applied, "precaution"),
        missing=questions,
        assumptions=assumptions(
            hearing.reading, hearing.live, service.triggers, hearing.decisive, knowledge.messages
        ),
        conflicts=_disagreements(service, hearing, intensity.hr_method),
        unmapped=findings.intake.unmapped,
        stale=_left_out(findings.built.stale),
        rejected_facts=_left_out(findings.built.rejected),
        explanations=tuple(_explanations(hearing, sources)),
        knowledge=_version(service, hearing),
    )


def _disagreements(service: Service, hearing: Hearing, method: str) -> tuple[Disagreement, ...]:
    knowledge = service.knowledge
    sides = Sides(knowledge.policies, service.switches, service.outcomes, knowledge.messages)
    used = policies_read(hearing.case, method)
    return disagreements(hearing.case, hearing.applied, sides, used)


def _version(service: Service, hearing: Hearing) -> KnowledgeVersion:
    knowledge = service.knowledge
    chosen = chosen_policies(hearing.case, knowledge.policies.values())
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
    )


def _wanted(hearing: Hearing, dose: Dose, service: Service) -> Iterable[Need]:
    yield from needs(hearing.case, hearing.live, hearing.decisive)
    title = service.knowledge.messages["missing.heart_rate_target"]
    for fact in dose.intensity.missing:
        name = fact if fact in service.knowledge.vocabulary else None
        if name is not None:
            yield Need(name, "intensity", title, critical=False)


def _with_flags(screening: Screening, found: Iterable[Contraindication]) -> Screening:
    flags = [f.message for f in found if f.urgency == Urgency.EMERGENCY.value]
    return replace(screening, red_flags=tuple(flags))


def _hiit(screened: HiitScreen) -> HiitResult:
    unmet = tuple(UnmetNote(u.rule, u.message, u.remedy, u.state) for u in screened.unmet)
    return HiitResult(screened.eligible, screened.protocol, unmet)


def _education(hearing: Hearing) -> tuple[Statement, ...]:
    kinds = ("education", "precaution", "red_flag")
    return tuple(said for kind in kinds for said in statements(hearing.applied, kind))


def _delivery(hearing: Hearing, findings: Findings) -> Delivery:
    merged = findings.dose.merged
    level = merged.supervision.value if merged else None
    for limit in findings.dose.limits:
        if limit.attribute == "supervision_level" and limit.value is not None:
            level = max(level or 0, int(limit.value))
    return Delivery(
        setting=_setting(hearing, findings.intake),
        supervision_level=level,
        remote_suitable=None if level is None else level <= 1,
        aquatic={},
        monitoring=statements(hearing.applied, "monitoring"),
        stop_criteria=statements(hearing.applied, "stop_criterion"),
    )


def _setting(hearing: Hearing, intake: Intake) -> str | None:
    asked = intake.request.get("setting")
    return str(asked) if asked else hearing.case.code("setting")


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()


def _lacking(dose: Dose, service: Service) -> tuple[Referral, ...]:
    """A condition without a dose profile gets no numbers, and somebody who can give them."""
    if not dose.lacking:
        return ()
    knowledge = service.knowledge
    labels = [knowledge.vocabulary[entry.condition].label for entry in dose.lacking]
    reason = knowledge.messages["referral.no_profile"].format(conditions="; ".join(labels))
    because = tuple(entry.condition for entry in dose.lacking)
    return (Referral("specialist", Urgency.ROUTINE.value, reason, None, because),)


def _left_out(refused: Iterable[Refused]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(r.name, r.reason, r.at, r.source) for r in refused)


def _explanations(hearing: Hearing, sources: Sources) -> Iterable[Explanation]:
    """Every rule that fired, and every undecided one that is asked about."""
    for outcome in hearing.live:
        if outcome.truth is Truth.TRUE or outcome.rule.if_unknown is not IfUnknown.ASSUME:
            yield explain_outcome(outcome, hearing.decisive(outcome.rule.id), sources)
