"""A movement of the catalogue and the tags that take movements away."""

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

    def holds(self, movement: Movement) -> bool:
        """Whether the movement's attribute passes."""
        value = getattr(movement, self.attribute)
        if self.test == "contains":
            return any(part in value for part in self.values)
        return value in self.values


class Predicate(Struct, frozen=True):
    """Every test of `all`, and at least one test of `any` when it has some."""

    all: tuple[Test, ...] = ()
    any: tuple[Test, ...] = ()

    def holds(self, movement: Movement) -> bool:
        """Whether the movement is meant."""
        met = all(test.holds(movement) for test in self.all)
        return met and (not self.any or any(test.holds(movement) for test in self.any))


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
