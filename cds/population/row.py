"""A decision as one row of plain values, for tables."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from cds.model.answer import Decision
from cds.model.intake import Intake

#: The kind of component whose weekly minutes are told.
_AEROBIC = "aerobic"


class Row(Struct, frozen=True):
    """One patient. Lists are words with a space between; without a decision most is None.

    Units: age in years, ceiling in beats/min, aerobic minutes in min/wk.
    """

    patient: str | None
    place: str
    decided: bool
    evaluation_date: date
    knowledge_sha256: str
    clinical_sign_off: str | None = None
    age: int | None = None
    sex: str | None = None
    disposition: str | None = None
    clearance: str | None = None
    vigorous_allowed: bool | None = None
    contraindications: str | None = None
    blocked_kinds: str | None = None
    limits: str | None = None
    hr_ceiling_bpm: float | None = None
    hiit: str | None = None
    plan: bool | None = None
    aerobic_minutes_low: float | None = None
    aerobic_minutes_high: float | None = None
    missing: int | None = None
    missing_critical: int | None = None
    top_question: str | None = None
    unmapped: int | None = None
    unmapped_that_may_matter: int | None = None
    rejected: int | None = None
    stale: int | None = None


def row_of(patient: str | None, place: str, intake: Intake, decision: Decision) -> Row:
    """The row of a decision."""
    facts = {fact.name: fact.value for fact in intake.facts}
    age, sex = facts.get("age"), facts.get("sex")
    found, missing = decision.contraindications, decision.missing
    low, high = _aerobic_minutes(decision)
    return Row(
        patient=patient,
        place=place,
        decided=True,
        evaluation_date=decision.evaluation_date,
        knowledge_sha256=decision.knowledge.sha256,
        clinical_sign_off=decision.knowledge.clinical_sign_off,
        age=int(age) if isinstance(age, (int, float)) else None,
        sex=sex if isinstance(sex, str) else None,
        disposition=decision.disposition.value,
        clearance=decision.screening.clearance,
        vigorous_allowed=decision.screening.vigorous_allowed,
        contraindications=_words(item.id for item in found),
        blocked_kinds=_words(item.kind for item in found),
        limits=_words(limit.attribute for limit in decision.intensity.limited_by),
        hr_ceiling_bpm=decision.intensity.aerobic.hr_ceiling_bpm,
        hiit=decision.hiit.eligible,
        plan=decision.plan is not None,
        aerobic_minutes_low=low,
        aerobic_minutes_high=high,
        missing=len(missing),
        missing_critical=sum(question.critical for question in missing),
        top_question=missing[0].fact if missing else None,
        unmapped=len(decision.unmapped),
        unmapped_that_may_matter=sum(item.may_matter for item in decision.unmapped),
        rejected=len(decision.rejected_facts),
        stale=len(decision.stale),
    )


def _words(ids: Iterable[str]) -> str:
    return " ".join(sorted(set(ids)))


def _aerobic_minutes(decision: Decision) -> tuple[float | None, float | None]:
    for component in decision.plan.components if decision.plan else ():
        if component.modality == _AEROBIC and component.volume.minutes_per_week:
            return component.volume.minutes_per_week
    return None, None
