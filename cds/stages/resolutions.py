"""Wishes of one case that pull apart, and how each was settled."""

from collections.abc import Iterator, Sequence

from cds.knowledge.profile_table import ProfileTable
from cds.model.case import Case
from cds.model.dose import MergedDose
from cds.model.plan import Resolution
from cds.model.profile import IMPACTS, ProfileUse, SoftConflict


def resolve(
    case: Case, dose: MergedDose, uses: Sequence[ProfileUse], table: ProfileTable
) -> Iterator[Resolution]:
    """Every known conflict between what holds for this case.

    Source: soft conflicts of the clinical reference (prescription/conflicts.md 2.2).
    """
    held = frozenset(use.profile for use in uses)
    for conflict in table.conflicts:
        met = _met(conflict, held, case)
        if len(met) < len(conflict.sides):
            continue
        if conflict.wants_impact:
            met = [_denied(met[0], dose, table), dose.impact.by]
        if all(met):
            yield _told(conflict, met)


def _met(conflict: SoftConflict, held: frozenset[str], case: Case) -> list[tuple[str, ...]]:
    """What holds of each side, up to the first of which nothing does."""
    met: list[tuple[str, ...]] = []
    for side in conflict.sides:
        own = tuple([name for name in side if name in held or case.flag(name)])
        if not own:
            break
        met.append(own)
    return met


def _told(conflict: SoftConflict, met: Sequence[tuple[str, ...]]) -> Resolution:
    between = tuple(dict.fromkeys(x for side in met for x in side))
    return Resolution(conflict.id, conflict.conflict, conflict.resolution, between, conflict.mark)


def _denied(profiles: tuple[str, ...], dose: MergedDose, table: ProfileTable) -> tuple[str, ...]:
    """Those that would take more impact than is left."""
    left = IMPACTS.index(dose.impact.value)
    return tuple(
        name for name in profiles if IMPACTS.index(table.bounds[name, dose.phase].impact) > left
    )
