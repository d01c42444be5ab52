"""Which modalities a plan holds and in which order, from what the profiles rank first."""

from collections.abc import Iterable, Mapping

from cds.model.plan import Preferences
from cds.model.profile import Profile, Range
from cds.model.selection import SelectionTable


def rank_components(
    profiles: Iterable[Profile],
    preferences: Preferences,
    table: SelectionTable,
    constants: Mapping[str, Range],
) -> tuple[str, ...]:
    """The plan's components, most important first.

    A profile gives 3, 2, 1 points to its first three modalities, times its weight; what the
    person names gets extra points. Ties fall in the order of the selection table.
    """
    scores = _scores(tuple(profiles), preferences, constants)
    totals = {
        component: sum(scores.get(modality, 0.0) for modality in modalities)
        for component, modalities in table.components.items()
    }
    wanted = [c for c in table.components if c in table.always or totals[c] > 0]
    order = list(table.components)
    return tuple(sorted(wanted, key=lambda c: (-totals[c], order.index(c))))


def _scores(
    profiles: tuple[Profile, ...], preferences: Preferences, constants: Mapping[str, Range]
) -> dict[str, float]:
    scores: dict[str, float] = {}
    points = constants["rank_points"]
    for profile in profiles:
        for rank, modality in enumerate(profile.priority_modalities):
            gained = max(points.low, points.high - rank) * profile.weight
            scores[modality] = scores.get(modality, 0.0) + gained
    for word in preferences.likes:
        modality = word.strip().lower().replace(" ", "_")
        if modality in scores:
            scores[modality] += constants["named_by_patient_points"].high
    return scores
