"""The dose of one case: profiles merged, every limit applied, the plan built."""

from dataclasses import dataclass

from cds.hearing import Hearing
from cds.knowledge.profile_table import ProfileTable
from cds.model.decision import Screening
from cds.model.dose import MergedDose
from cds.model.intake import Intake
from cds.model.intensity import Intensity
from cds.model.plan import Plan
from cds.model.profile import ProfileUse, Unprofiled
from cds.service import Service
from cds.stages.active_profiles import active_profiles, unmapped, unprofiled
from cds.stages.intensity import Narrowing, find_intensity
from cds.stages.limits import SetLimit, heart_rate_method, heart_rate_zones, limits
from cds.stages.merge import merge_bounds
from cds.stages.screening import NEEDS_CLEARANCE

START, TARGET = "start", "target"


@dataclass(frozen=True, slots=True)
class Dose:
    """What the profiles and limits leave; `lacking` names conditions without a profile."""

    phase: str
    uses: tuple[ProfileUse, ...]
    lacking: tuple[Unprofiled, ...]
    merged: MergedDose | None
    intensity: Intensity
    limits: tuple[SetLimit, ...]
    plan: Plan | None


def find_dose(
    service: Service, hearing: Hearing, intake: Intake, screening: Screening, *, prescribe: bool
) -> Dose:
    """The dose of this case; without a prescription only ceilings and the method remain."""
    case, table = hearing.case, service.knowledge.profiles
    phase = _phase(hearing, screening)
    uses = active_profiles(case, table)
    lacking = (
        *unprofiled(case, table),
        *(Unprofiled(name, "") for name in unmapped(case, table)),
    )
    merged = _merged(uses, phase, table) if prescribe and not lacking else None
    set_limits = (*limits(case, hearing.applied), *_screening_limit(screening))
    narrowing = Narrowing(
        set_limits,
        heart_rate_method(hearing.applied),
        tuple(heart_rate_zones(case, hearing.applied)),
    )
    knowledge = service.knowledge
    intensity = find_intensity(case, merged, narrowing, knowledge.intensity, knowledge.messages)
    return Dose(phase, uses, lacking, merged, intensity, set_limits, None)


def _phase(hearing: Hearing, screening: Screening) -> str:
    """Target only for a person who trains regularly and needs no clearance first."""
    trained = hearing.case.flag("regular_exercise") is True
    return TARGET if trained and screening.clearance not in NEEDS_CLEARANCE else START


def _merged(uses: tuple[ProfileUse, ...], phase: str, table: ProfileTable) -> MergedDose | None:
    full = [table.bounds[(use.profile, phase)] for use in uses if use.role == "full"]
    caps = [table.bounds[(use.profile, TARGET)] for use in uses if use.role != "full"]
    return merge_bounds(full, caps, table.constants) if full else None


def _screening_limit(screening: Screening) -> tuple[SetLimit, ...]:
    """Nothing vigorous before the screening allows it."""
    if screening.vigorous_allowed:
        return ()
    by = screening.because[0] if screening.because else "screening"
    return (SetLimit("category", None, "moderate", by, None, screening.message),)
