"""The decision, as structs named like the JSON of the contract."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any

from msgspec import Struct

from cds.model.condition import Truth
from cds.model.fields import field_names

_UNKNOWN = Truth.UNKNOWN.value


class Disposition(StrEnum):
    """May this person exercise; listed from the most to the least cautious."""

    EMERGENCY = "emergency"
    DO_NOT_EXERCISE = "do_not_exercise"
    HOLD_TODAY = "hold_today"
    CLEARANCE_FIRST = "clearance_first"
    INSUFFICIENT_DATA = "insufficient_data"
    PROCEED_WITH_LIMITS = "proceed_with_limits"
    PROCEED = "proceed"


class Screening(Struct, frozen=True):
    """What the ACSM algorithm says, with the red flags that outrank it."""

    clearance: str
    start_intensity: str | None
    progression: str | None
    message: str
    vigorous_allowed: bool | None = None
    red_flags: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


class ScopeNote(Struct, frozen=True):
    """What a contraindication covers."""

    type: str
    code: str | None


class Contraindication(Struct, frozen=True):
    """One finding that blocks, holds or limits; `because` holds explanation ids."""

    id: str
    kind: str
    scope: ScopeNote
    severity: str
    action: str
    urgency: str | None
    message: str
    alternatives: tuple[str, ...]
    reopens: str | None
    decided_by: str | None
    state: str
    because: tuple[str, ...]


class Requested(Struct, frozen=True):
    """The verdict on something that was asked about; `asked`: the word that meant this movement."""

    type: str
    code: str
    verdict: str
    reasons: tuple[str, ...]
    alternatives: tuple[str, ...] = ()
    asked: str | None = None


class Referral(Struct, frozen=True):
    """Whom to involve, how soon, why, and what may go on meanwhile.

    `within` is a time frame such as `2 weeks`. `crossed` holds each threshold that was crossed
    with the value that crossed it.
    """

    to: str
    urgency: str
    reason: str
    meanwhile: str | None
    because: tuple[str, ...]
    within: str | None = None
    crossed: tuple["ConditionNote", ...] = ()


class Statement(Struct, frozen=True):
    """One sentence of advice with the rule that says it."""

    message: str
    because: tuple[str, ...]


class Missing(Struct, frozen=True):
    """A question whose answer would let the service say more; the most useful comes first.

    `rank` counts from 1. `would_change` names the kinds of what hangs on the answer, the most
    important first: prescription, screening, modality, numbers, caution.
    """

    fact: str
    question: str
    would_allow: str
    critical: bool
    rules: tuple[str, ...]
    rank: int
    would_change: tuple[str, ...]


class Assumption(Struct, frozen=True):
    """What was taken as given, and what changes if it is wrong; `would_change` as in Missing."""

    fact: str
    assumed: str
    if_wrong: str
    would_change: tuple[str, ...]


class Position(Struct, frozen=True):
    """One side of a disagreement: what it says, who holds it, and how well that was checked.

    `changes` says whether taking it instead would change something in this case, `rules` which
    rules would then hold that do not now, or the other way round.
    """

    code: str
    means: str
    source: str
    mark: str
    taken: bool
    changes: bool
    rules: tuple[str, ...] = ()


class Disagreement(Struct, frozen=True):
    """Guidelines differ: every side, what was taken by whose choice, and how to switch it.

    `taken` and `chosen_by` are None, and `positions` empty, where no policy switches it.
    """

    attribute: str
    sources: tuple[str, ...]
    resolution: str
    policy: str | None
    because: tuple[str, ...]
    taken: str | None = None
    chosen_by: str | None = None
    positions: tuple[Position, ...] = ()
    switch: str | None = None


class ConditionNote(Struct, frozen=True):
    """One comparison that was made."""

    fact: str
    label: str
    test: str
    threshold: str | None
    value: str | float | bool | None
    unit: str | None
    at: date | None
    source: str | None
    state: str


class EvidenceNote(Struct, frozen=True):
    """One citation, with how well its figures were checked."""

    citation: str
    text: str
    url: str | None
    locator: str
    direction: str
    strength: str
    certainty: str
    mark: str
    mark_means: str


class Decisive(Struct, frozen=True, eq=False):
    """What carries the truth of one rule: the comparisons, without the facts that they met.

    `needed` are the facts that would have to be known to make an unknown truth known, `facts`
    all that are compared.
    """

    notes: tuple[ConditionNote, ...]
    needed: tuple[str, ...]
    facts: frozenset[str]

    @classmethod
    def of(cls, notes: Iterable[ConditionNote]) -> "Decisive":
        """The comparisons, and what they lack, in written order."""
        told = tuple(notes)
        needed = dict.fromkeys([note.fact for note in told if note.state == _UNKNOWN])
        return cls(told, tuple(needed), frozenset([note.fact for note in told]))


class Explanation(Struct, frozen=True):
    """Why a rule did, or could not, speak.

    `review_overdue_since` is the day on which its review was due, where that is past.
    """

    id: str
    rule: str
    version: str
    title: str
    state: str
    text: str
    conditions: tuple[ConditionNote, ...]
    evidence: tuple[EvidenceNote, ...]
    limitations: str
    reference: tuple[str, ...]
    clinical_sign_off: str
    review_overdue_since: date | None = None


_PLAIN = frozenset({str, int, float, bool, type(None)})


def as_json(value: Any) -> Any:
    """Plain JSON values of a dataclass tree: enums by value, days as ISO text."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [as_json(item) for item in value]
    names = field_names(kind)
    if names is not None:
        return {name: as_json(getattr(value, name)) for name in names}
    return _rare_as_json(value)


def _rare_as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(as_json(item) for item in value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value
