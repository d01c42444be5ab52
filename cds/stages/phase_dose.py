"""The phase of a plan, and the dose of its profiles in that phase."""

from collections.abc import Sequence

from cds.knowledge.profile_table import ProfileTable
from cds.model.case import Case
from cds.model.dose import MergedDose
from cds.model.healing import HeldStage
from cds.model.profile import ProfileUse
from cds.stages.healing import staged_row
from cds.stages.merge import merge_bounds

START, TARGET = "start", "target"


def find_phase(case: Case, clearance_pending: bool, held: Sequence[HeldStage] = ()) -> str:
    """Target only for somebody known to exercise regularly with no clearance pending.

    An early stage of healing keeps everybody at the start.
    """
    regular = case.flag("regular_exercise") is True
    early = any(one.stage.phase == START for one in held)
    return TARGET if regular and not clearance_pending and not early else START


def merge_dose(
    uses: Sequence[ProfileUse],
    phase: str,
    table: ProfileTable,
    held: Sequence[HeldStage] = (),
) -> MergedDose | None:
    """The merged dose of these profiles, or None without any: no numbers, a referral.

    An age profile that is only a ceiling counts by its target row in both phases
    (docs/adr/0003-base-profile.md).
    """
    stages = {one.profile: one for one in held}
    rows = [table.bounds[use.profile, phase] for use in uses if use.role == "full"]
    rows = [
        staged_row(row, stages[row.profile], table) if row.profile in stages else row
        for row in rows
    ]
    ceilings = [table.bounds[use.profile, TARGET] for use in uses if use.role == "ceiling"]
    return merge_bounds(rows, ceilings, table.constants) if rows else None
