"""Every reason against a movement: the safety of the person first, then what is practicable."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from cds.knowledge.catalogue import Catalogue
from cds.model.dose import MergedDose
from cds.model.movement import Movement
from cds.model.selection import SelectionTable

#: Few places, and few of them with the same things at hand.
_MOST_KEPT = 256
SAFETY = frozenset(
    {"removed", "closed_modality", "impact", "vigorous", "hiit_no", "blocked_region"}
)
NO_HIIT = "no"
WATER = "water"


class Bar(Struct, frozen=True):
    """One reason why a movement is not taken; `words` fill the message of its kind."""

    kind: str
    by: tuple[str, ...]
    words: Mapping[str, str]
    tag: str | None = None

    @property
    def is_safety(self) -> bool:
        """Whether it protects the person, not the practicability."""
        return self.kind in SAFETY


_Against = tuple[str, Bar]


class Place(Struct, frozen=True):
    """Where training happens and what is at hand there."""

    settings: frozenset[str]
    equipped: bool
    owned: frozenset[str]

    def has(self, part: str) -> bool:
        """A clinic or pool has its own; at home what a household has and what was named."""
        return self.equipped or any(choice in self.owned for choice in part.split("|"))


class Judge(Struct, frozen=True):
    """Judges all movements at once, reason by reason: most movements meet none.

    Each reason is given with the id of a movement that it is against.
    """

    catalogue: Catalogue
    table: SelectionTable
    dose: MergedDose
    tags: Mapping[str, tuple[str, ...]]
    removed: Mapping[str, frozenset[str]]
    too_jarring: frozenset[str]
    effort: tuple[float, tuple[str, ...]]
    closed: Mapping[str, tuple[str, ...]]

    def safety_bars(self) -> dict[str, tuple[Bar, ...]]:
        """By movement every reason that protects the person."""
        found = self._by_tags()
        for reasons in (self._by_modality, self._by_dose, self._by_region):
            for movement, bar in reasons():
                found[movement] = (*found.get(movement, ()), bar)
        return found

    def _by_tags(self) -> dict[str, tuple[Bar, ...]]:
        """By the movements that tags remove; most share their tags with others."""
        bars = {}
        for tag, by in self.tags.items():
            known = self.catalogue.tags[tag]
            bars[tag] = Bar("removed", by, {"label": known.label, "why": known.why}, tag)
        shared = frozenset(self.removed.values())
        sharing = {tags: tuple([bars[tag] for tag in sorted(tags)]) for tags in shared}
        return {movement: sharing[tags] for movement, tags in self.removed.items()}

    def _by_modality(self) -> Iterator[_Against]:
        """What is contraindicated as a kind; resistance means everything that loads."""
        for modality, rules in sorted(self.closed.items()):
            kinds = self.table.loading if modality == "resistance" else (modality,)
            closed = [m for kind in kinds for m in self.catalogue.having("modality", kind)]
            if modality == "aquatic":
                closed += self.catalogue.having("setting", WATER)
            bar = Bar("closed_modality", rules, {"modality": modality.replace("_", " ")})
            for movement in dict.fromkeys(closed):
                yield movement, bar

    def _by_dose(self) -> Iterator[_Against]:
        having, impact, hiit = self.catalogue.having, self.dose.impact, self.dose.hiit
        for level in self.too_jarring:
            jars = Bar("impact", impact.by, {"impact": level, "allowed": impact.value})
            for movement in having("impact_level", level):
                yield movement, jars
        highest, by = self.effort
        if highest < self.table.vigorous_rpe:
            for movement in dict.fromkeys((*having("flags", "VIG"), *having("flags", "HIIT"))):
                yield movement, Bar("vigorous", by, {})
        if hiit.value == NO_HIIT:
            for movement in having("flags", "HIIT"):
                yield movement, Bar("hiit_no", hiit.by, {})

    def _by_region(self) -> Iterator[_Against]:
        movements, loading = self.catalogue.movements, self.table.loading
        for blocked in self.dose.resistance.blocked_regions:
            bar = Bar("blocked_region", blocked.by, {"region": blocked.value.replace("_", " ")})
            for region in self.table.blocked_regions[blocked.value]:
                for movement in self.catalogue.having("region", region):
                    if movements[movement].modality in loading:
                        yield movement, bar


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
