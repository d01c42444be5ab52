"""Which components a plan considers and in which order, from what the profiles rank first."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct

from cds.model.profile import Profile, Range
from cds.model.selection import SelectionTable


class Ranked(Struct, frozen=True):
    """One component with its points, the profiles that gave them, and whether it was named."""

    component: str
    points: float
    by: tuple[str, ...]
    named: bool


def rank_components(
    profiles: Iterable[Profile],
    named: Collection[str],
    table: SelectionTable,
    constants: Mapping[str, Range],
) -> tuple[Ranked, ...]:
    """Every component, the most important first.

    A profile gives 3, 2, 1 points to its first three modalities, times its weight; what the
    person names (`named`: kinds of exercise) gets extra points. Ties fall in the
    order of the selection table.
    """
    given = tuple(_points(profiles, table, constants))
    extra = constants["named_by_patient_points"].high
    order = list(table.components)
    ranked = [
        _rank(component, frozenset(modalities), given, extra if {*named} & {*modalities} else 0.0)
        for component, modalities in table.components.items()
    ]
    return tuple(sorted(ranked, key=lambda each: (-each.points, order.index(each.component))))


def _rank(
    component: str,
    modalities: frozenset[str],
    given: Iterable[tuple[str, str, float]],
    extra: float,
) -> Ranked:
    own = [(profile, points) for modality, profile, points in given if modality in modalities]
    return Ranked(
        component,
        sum(points for _, points in own) + extra,
        tuple(sorted({profile for profile, _ in own})),
        extra > 0,
    )


def _points(
    profiles: Iterable[Profile], table: SelectionTable, constants: Mapping[str, Range]
) -> Iterator[tuple[str, str, float]]:
    """Modality, profile, points."""
    points = constants["rank_points"]
    for profile in profiles:
        for place, modality in enumerate(profile.priority_modalities):
            yield modality, profile.id, max(points.low, points.high - place) * profile.weight
        if profile.id in table.dual_task.profiles:
            place = table.dual_task.place - 1
            yield "dual_task", profile.id, max(points.low, points.high - place) * profile.weight
