"""Interval protocols as the knowledge gives them, and the one that was chosen for a case."""

from msgspec import Struct

from cds.model.measure import Source

Pair = tuple[float, float]


class Steps(Struct, frozen=True):
    """Work and rest of one interval in seconds, and how many of them."""

    work_s: float
    rest_s: float
    intervals: int


class Protocol(Struct, frozen=True):
    """One protocol of the reference.

    `start` is where it begins, `up_to` where it may go. `target_percent` is of peak heart rate
    or of peak power (`target_of`); `fit_percent` is the heart-rate zone that has to fit under
    the ceilings. `governed_by` says what guides the effort. Where it is not `by_choice`, only a
    clinician picks it.
    """

    id: str
    name: str
    start: Steps
    up_to: Steps | None
    target_percent: Pair | None
    target_of: str
    fit_percent: Pair
    governed_by: str
    rpe_6_20: Pair | None
    recovery: str
    session_min: Pair
    warm_up_min: float
    cool_down_min: float
    frequency: Pair
    supervision: str
    supervision_level: int
    use: str
    leads_to: str | None
    note: str | None
    sources: tuple[Source, ...]


class ProtocolChoice(Struct, frozen=True):
    """One row of the selection: it holds when any of `any_of` and all of `all_of` hold."""

    protocol: str
    why: str
    any_of: tuple["FactTest", ...]
    all_of: tuple["FactTest", ...]


class FactTest(Struct, frozen=True):
    """A flag that is present, a number from a value on or below one, or a code."""

    fact: str
    at_least: float | None = None
    less_than: float | None = None
    equals: str | None = None


class DoseRule(Struct, frozen=True):
    """One sentence on dose or progression, or a note, with its row of the reference."""

    id: str
    text: str
    sources: tuple[Source, ...]


class HiitTables(Struct, frozen=True):
    """Every protocol, the rows that choose one, and the sentences that go with them."""

    protocols: dict[str, Protocol]
    selection: tuple[ProtocolChoice, ...]
    progression: tuple[DoseRule, ...]
    notes: dict[str, DoseRule]
    reasons: dict[str, str]
    low_impact_for: tuple[str, ...]
    short_interval_s: float


class ChosenProtocol(Struct, frozen=True):
    """The protocol of one case, named like the JSON of the contract.

    Units: hr_bpm in beats/min, lower end up and upper end down; None when exertion governs.
    """

    id: str
    name: str
    work_s: float
    rest_s: float
    intervals: int
    up_to: Steps | None
    target_percent: Pair | None
    target_of: str
    hr_bpm: tuple[int, int] | None
    hr_ceiling_bpm: int | None
    limited_by: tuple[str, ...]
    governed_by: str
    rpe_6_20: Pair | None
    recovery: str
    session_min: Pair
    warm_up_min: float
    cool_down_min: float
    frequency: Pair
    progression: tuple[str, ...]
    supervision: str
    supervision_level: int
    leads_to: str | None
    why: str
    note: tuple[str, ...]
    sources: tuple[Source, ...]


class NoProtocol(Struct, frozen=True):
    """Why intervals do not fit this case, and which rules set the ceiling that they need."""

    protocol: str
    reason: str
    limited_by: tuple[str, ...]
