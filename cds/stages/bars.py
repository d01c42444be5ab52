"""Every reason against a movement: the safety of the person first, then what is practicable."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from cds.knowledge.catalogue import Catalogue
from cds.model.dose import MergedDose
from cds.model.frozen import frozen
from cds.model.movement import Movement
from cds.model.selection import SelectionTable

#: Few places, and few of them with the same things at hand.
_MOST_KEPT = 256
SAFETY = frozenset(
    {"removed", "closed_modality", "impact", "vigorous", "hiit_no", "blocked_region"}
)
NO_HIIT = "no"
WATER = "water"


@frozen
class Bar:
    """One reason why a movement is not taken; `words` fill the message of its kind."""

    kind: str
    by: tuple[str, ...]
    words: Mapping[str, str]
    tag: str | None = None

    @property
    def is_safety(self) -> bool:
        """Whether it protects the person, not the practicability."""
        return self.kind in SAFETY


@frozen
class Place:
    """Where training happens and what is at hand there."""

    settings: frozenset[str]
    equipped: bool
    owned: frozenset[str]

    def has(self, part: str) -> bool:
        """A clinic or pool has its own; at home what a household has and what was named."""
        return self.equipped or any(choice in self.owned for choice in part.split("|"))


@frozen
class Judge:
    """Judges one movement at a time."""

    catalogue: Catalogue
    table: SelectionTable
    dose: MergedDose
    tags: Mapping[str, tuple[str, ...]]
    removed: Mapping[str, frozenset[str]]
    practical: Mapping[str, tuple[Bar, ...]]
    too_jarring: frozenset[str]
    effort: tuple[float, tuple[str, ...]]
    closed: Mapping[str, tuple[str, ...]]

    def bars(self, movement: Movement) -> Iterator[Bar]:
        """Every reason against it, the safety of the person first."""
        if movement.id in self.removed:
            yield from self._by_tags(movement)
        if self.closed:
            yield from self._by_modality(movement)
        yield from self._by_dose(movement)
        if self.dose.resistance.blocked_regions:
            yield from self._by_region(movement)
        yield from self.practical.get(movement.id, ())

    def _by_tags(self, movement: Movement) -> Iterator[Bar]:
        for tag in sorted(self.removed[movement.id]):
            known = self.catalogue.tags[tag]
            yield Bar("removed", self.tags[tag], {"label": known.label, "why": known.why}, tag)

    def _by_modality(self, movement: Movement) -> Iterator[Bar]:
        """What is contraindicated as a kind; resistance means everything that loads."""
        for modality, rules in sorted(self.closed.items()):
            kinds = self.table.loading if modality == "resistance" else (modality,)
            wet = modality == "aquatic" and WATER in movement.setting
            if movement.modality in kinds or wet:
                yield Bar("closed_modality", rules, {"modality": modality.replace("_", " ")})

    def _by_dose(self, movement: Movement) -> Iterator[Bar]:
        if movement.impact_level in self.too_jarring:
            impact = self.dose.impact
            words = {"impact": movement.impact_level, "allowed": impact.value}
            yield Bar("impact", impact.by, words)
        if not movement.flags:
            return
        highest, by = self.effort
        strains = "VIG" in movement.flags or "HIIT" in movement.flags
        if strains and highest < self.table.vigorous_rpe:
            yield Bar("vigorous", by, {})
        if "HIIT" in movement.flags and self.dose.hiit.value == NO_HIIT:
            yield Bar("hiit_no", self.dose.hiit.by, {})

    def _by_region(self, movement: Movement) -> Iterator[Bar]:
        for region in self.dose.resistance.blocked_regions:
            covered = self.table.blocked_regions[region.value]
            if movement.modality in self.table.loading and movement.region in covered:
                yield Bar("blocked_region", region.by, {"region": region.value.replace("_", " ")})


@lru_cache(_MOST_KEPT)
def practical_bars(
    catalogue: Catalogue, place: Place, too_unsteady: frozenset[str]
) -> Mapping[str, tuple[Bar, ...]]:
    """What is not practicable there, by movement: the same for all who train in such a place."""
    found = {
        movement.id: tuple(_by_practice(movement, place, too_unsteady, _led(catalogue)))
        for movement in catalogue.movements.values()
    }
    return {id_: bars for id_, bars in found.items() if bars}


def _led(catalogue: Catalogue) -> Mapping[str, str]:
    return catalogue.selection.led if catalogue.selection is not None else {}


def _by_practice(
    movement: Movement, place: Place, too_unsteady: frozenset[str], led: Mapping[str, str]
) -> Iterator[Bar]:
    if movement.balance_demand in too_unsteady:
        yield Bar("balance", (), {})
    if place.settings.isdisjoint(movement.setting):
        yield Bar("setting", (), {"settings": " or ".join(movement.setting)})
    if lacking := [part for part in _needed(movement, led) if not place.has(part)]:
        needs = ", ".join(part.replace("|", " or ").replace("_", " ") for part in lacking)
        yield Bar("equipment", (), {"equipment": needs})


def _needed(movement: Movement, led: Mapping[str, str]) -> Iterator[str]:
    """What it takes, and whoever leads it once, even if the catalogue lists one of them."""
    leader = led.get(movement.modality)
    for part in movement.equipment:
        if leader is None or part not in leader.split("|"):
            yield part
    if leader is not None:
        yield leader
