"""A movement of the catalogue and the tags that take movements away."""

from collections.abc import Iterable
from operator import attrgetter

from msgspec import Struct


class Movement(Struct, frozen=True):
    """One movement with the attributes that rules filter on.

    Units: mets in {METs} (2011 Compendium, healthy adults; for comparison, never a dose).
    `equipment` lists what is needed; each part may offer choices separated by '|'.
    """

    id: str
    name: str
    modality: str
    region: str
    pattern: str
    position: str
    impact_level: str
    load_type: str
    spinal_motion: tuple[str, ...]
    spine_loaded: bool
    kinetic_chain: str
    end_range: bool
    overhead: bool
    supine: bool
    prone: bool
    valsalva_risk: str
    balance_demand: str
    equipment: tuple[str, ...]
    setting: tuple[str, ...]
    mets: float | None
    mets_code: str
    mets_match: str
    flags: tuple[str, ...]
    dose: str
    regression: str | None
    progression: str | None


class Test(Struct, frozen=True):
    """One test of one attribute: equal to, one of, or containing one of `values`."""

    attribute: str
    test: str
    values: tuple[object, ...]

    def among(self, movements: Iterable[Movement]) -> list[Movement]:
        """Those of the movements whose attribute passes."""
        read, values = attrgetter(self.attribute), self.values
        if self.test == "contains":
            return [m for m in movements if any(part in read(m) for part in values)]
        return [m for m in movements if read(m) in values]


class Predicate(Struct, frozen=True):
    """Every test of `all`, and at least one test of `any` when it has some."""

    all: tuple[Test, ...] = ()
    any: tuple[Test, ...] = ()

    def among(self, movements: Iterable[Movement]) -> list[Movement]:
        """Those of the movements that are meant, in their order."""
        found = list(movements)
        for test in self.all:
            found = test.among(found)
        if not self.any:
            return found
        meant = {m.id for test in self.any for m in test.among(found)}
        return [m for m in found if m.id in meant]

    def ids_among(self, movements: Iterable[Movement]) -> frozenset[str]:
        """The ids of those."""
        return frozenset([m.id for m in self.among(movements)])


class AvoidTag(Struct, frozen=True):
    """What is avoided, in plain words, why, and which movements that means."""

    id: str
    label: str
    why: str
    predicate: Predicate
    mark: str


class Caution(Struct, frozen=True):
    """A movement that stays allowed under an active tag, but only done in a certain way.

    `needs` are facts that must be known before it can be allowed at all.
    """

    id: str
    under: tuple[str, ...]
    predicate: Predicate
    message: str
    needs: tuple[str, ...]
    mark: str
