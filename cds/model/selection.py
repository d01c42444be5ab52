"""How exercises are chosen: slots to fill, what is at hand, and when balance work stays easy."""

from collections.abc import Mapping

from msgspec import Struct

from cds.model.movement import Movement, Predicate


class Slot(Struct, frozen=True):
    """One pattern that a plan covers, and the order in which movements are tried per phase."""

    id: str
    component: str
    label: str
    modalities: tuple[str, ...]
    patterns: tuple[str, ...]
    regions: tuple[str, ...]
    when: str | None
    phases: tuple[str, ...]
    order: Mapping[str, tuple[str, ...]]

    def fits(self, movement: Movement) -> bool:
        """Whether the movement serves this pattern."""
        return (
            movement.modality in self.modalities
            and movement.pattern in self.patterns
            and (not self.regions or movement.region in self.regions)
        )


class BalanceRule(Struct, frozen=True):
    """Which balance demand is allowed. Units: falls in counts, age in years."""

    easy: str
    usual: str
    guarded: str
    guarded_from_supervision: int
    fell_fact: str
    fell_at_least: float
    unsteady_fact: str
    profiles: frozenset[str]
    age_fact: str
    unknown_from_age: float


class DualTask(Struct, frozen=True):
    """Profiles that rank moving with a second task, and in which place."""

    profiles: frozenset[str]
    place: int


class SelectionTable(Struct, frozen=True):
    """Everything that choosing needs beside the catalogue.

    Units: vigorous_rpe on Borg 6-20, vigorous_hrr in % of heart-rate reserve.
    """

    slots: tuple[Slot, ...]
    household: frozenset[str]
    words: Mapping[str, tuple[str, ...]]
    balance: BalanceRule
    vigorous_rpe: float
    vigorous_hrr: float
    at_least: int
    at_most: int
    at_most_home: int
    settings: Mapping[str, tuple[str, ...]]
    blocked_regions: Mapping[str, tuple[str, ...]]
    loading: frozenset[str]
    components: Mapping[str, tuple[str, ...]]
    told_under: Mapping[str, str]
    always: frozenset[str]
    told: frozenset[str]
    dual_task: DualTask
    pool: frozenset[str]
    stand_ins: tuple[str, ...]
    intervals: Mapping[str, str]
    led: Mapping[str, str]
    clinic_from_supervision: int
    seldom: Predicate
