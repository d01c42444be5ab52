"""The phase of a plan, and the dose of its profiles in that phase."""

from collections.abc import Sequence
from functools import lru_cache

from cds.knowledge.profile_table import ProfileTable
from cds.model.case import Case
from cds.model.dose import MergedDose
from cds.model.healing import HeldStage
from cds.model.profile import ProfileUse
from cds.stages.healing import staged_row
from cds.stages.merge import merge_bounds

START, TARGET = "start", "target"
#: More than half of the people with a plan have the profiles of another one.
_MOST_KEPT = 1024


def find_phase(
    case: Case,
    clearance_pending: bool,
    held: Sequence[HeldStage] = (),
    *,
    first_doses: bool = False,
) -> str:
    """Target only for somebody known to exercise regularly with no clearance pending.

    An early stage of healing, or a profile at its first doses, keeps everybody at the start.
    """
    regular = case.flag("regular_exercise") is True
    early = first_doses or any(one.stage.phase == START for one in held)
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


class Merging:
    """The merged doses of a service, each kept by its profiles and phase.

    A stage of healing changes a dose from week to week, so such a dose is not kept.
    """

    def __init__(self, table: ProfileTable) -> None:
        self._table = table
        self._kept = lru_cache(_MOST_KEPT)(self._merge)

    def merge(
        self, uses: Sequence[ProfileUse], phase: str, held: Sequence[HeldStage]
    ) -> MergedDose | None:
        """As `merge_dose`."""
        if held:
            return merge_dose(uses, phase, self._table, held)
        return self._kept(tuple([(use.profile, use.role) for use in uses]), phase)

    def _merge(self, roles: tuple[tuple[str, str], ...], phase: str) -> MergedDose | None:
        uses = [ProfileUse(profile, (), role) for profile, role in roles]
        return merge_dose(uses, phase, self._table)
