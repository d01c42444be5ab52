"""The whole decision: its parts in the order of the contract."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from cds.model.care import Lesson, Team
from cds.model.decision import (
    Assumption,
    Contraindication,
    Disagreement,
    Disposition,
    Explanation,
    Missing,
    Referral,
    Requested,
    Screening,
    Statement,
)
from cds.model.delivery import (
    Aquatic,
    Benefit,
    Kit,
    RemoteMonitoring,
    Said,
    SettingItem,
    SettingVerdict,
    Supervision,
)
from cds.model.goal import Goal
from cds.model.intake import Unmapped
from cds.model.intensity import Intensity
from cds.model.medication import MedicationEffect
from cds.model.plan import Plan, PlannedMeasure
from cds.model.protocol import ChosenProtocol
from cds.model.session import Session


class LeftOut(Struct, frozen=True):
    """A submitted fact that was not used, and why; never its value."""

    fact: str
    reason: str
    at: date | None
    source: str | None


class UnmetNote(Struct, frozen=True):
    """One thing that stands in the way of HIIT."""

    rule: str
    message: str
    remedy: str | None
    state: str


class HiitResult(Struct, frozen=True):
    """Whether HIIT fits, how, and what is unmet."""

    eligible: str
    protocol: ChosenProtocol | None
    unmet: tuple[UnmetNote, ...]


class RiskNote(Struct, frozen=True):
    """One item of the risk table that set the tier, or keeps it from being low."""

    id: str
    tier: str
    text: str
    state: str
    mark: str


class CardiacRisk(Struct, frozen=True):
    """The tier (low, moderate, high, insufficient_data) with supervision and ECG monitoring.

    While something is unknown these are what the lowest possible tier, `at_least`, asks for.
    """

    tier: str
    at_least: str
    supervision: str
    ecg: str
    supervision_level: int
    reasons: tuple[RiskNote, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


class Delivery(Struct, frozen=True):
    """Where and with how much supervision, what to watch, when to stop.

    Without a prescription there is nothing to deliver: then what comes after `cardiac_risk`,
    and `aquatic`, are empty.
    """

    setting: str | None
    supervision_level: int | None
    remote_suitable: bool | None
    aquatic: Aquatic | Mapping[str, Any]
    monitoring: tuple[Statement, ...]
    stop_criteria: tuple[Statement, ...]
    cardiac_risk: CardiacRisk | None = None
    supervision: Supervision | None = None
    settings: tuple[SettingVerdict, ...] = ()
    items: tuple[SettingItem, ...] = ()
    equipment: Kit | None = None
    remote_monitoring: RemoteMonitoring | None = None
    home_benefits: tuple[Benefit, ...] = ()
    home_limits: tuple[Said, ...] = ()


class ChosenPolicy(Struct, frozen=True):
    """A position that is not the default, and whether the request or the site chose it."""

    policy: str
    option: str
    chosen_by: str


class OverdueReview(Struct, frozen=True):
    """A rule that shaped the answer after its review was due; `since` is that day."""

    rule: str
    since: date


class KnowledgeVersion(Struct, frozen=True):
    """Which knowledge answered; every policy that is not named stands at its default."""

    version: str
    sha256: str
    clinical_sign_off: str
    policies: tuple[ChosenPolicy, ...] = ()
    overdue: tuple[OverdueReview, ...] = ()


class Decision(Struct, frozen=True):
    """One explained decision, before it is stored."""

    evaluation_date: date
    subject: Mapping[str, str | None]
    disposition: Disposition
    summary: str
    notice: str
    screening: Screening
    contraindications: tuple[Contraindication, ...]
    requested: tuple[Requested, ...]
    intensity: Intensity
    medications: tuple[MedicationEffect, ...]
    hiit: HiitResult
    plan: Plan | None
    delivery: Delivery
    session: Session | None
    goals: tuple[Goal, ...]
    outcome_measures: tuple[PlannedMeasure, ...]
    referrals: tuple[Referral, ...]
    team: Team | None
    education: tuple[Lesson, ...]
    missing: tuple[Missing, ...]
    assumptions: tuple[Assumption, ...]
    conflicts: tuple[Disagreement, ...]
    unmapped: tuple[Unmapped, ...]
    stale: tuple[LeftOut, ...]
    rejected_facts: tuple[LeftOut, ...]
    explanations: tuple[Explanation, ...]
    knowledge: KnowledgeVersion
