"""Which components a plan considers and in which order, from what the profiles rank first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set

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
    named: Set[str],
    table: SelectionTable,
    constants: Mapping[str, Range],
) -> tuple[Ranked, ...]:
    """Every component, the most important first.

    A profile gives 3, 2, 1 points to its first three modalities, times its weight; what the
    person names (`named`: kinds of exercise) gets extra points. Ties fall in the
    order of the selection table.
    """
    given: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for modality, profile, points in _points(profiles, table, constants):
        given[modality].append((profile, points))
    extra = constants["named_by_patient_points"].high
    ranked = [
        _rank(component, modalities, given, 0.0 if named.isdisjoint(modalities) else extra)
        for component, modalities in table.components.items()
    ]
    return tuple(sorted(ranked, key=_less))


def _rank(
    component: str,
    modalities: Collection[str],
    given: Mapping[str, Sequence[tuple[str, float]]],
    extra: float,
) -> Ranked:
    points, by = extra, set[str]()
    for modality in modalities:
        for profile, own in given.get(modality, ()):
            points += own
            by.add(profile)
    return Ranked(component, points, tuple(sorted(by)), extra > 0)


def _less(ranked: Ranked) -> float:
    return -ranked.points


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
