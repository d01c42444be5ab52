"""What kind of thing hangs on a rule: questions are put in order by it."""

from collections.abc import Iterable
from enum import StrEnum

from cds.model.effect import (
    Avoid,
    Clearance,
    Contraindicate,
    Define,
    Effect,
    HeartRateMethod,
    HeartRateZone,
    Hiit,
    Kind,
    Limit,
    Progress,
    ScopeType,
)


class Consequence(StrEnum):
    """The most important first."""

    PRESCRIPTION = "prescription"
    SCREENING = "screening"
    MODALITY = "modality"
    NUMBERS = "numbers"
    CAUTION = "caution"

    __hash__ = str.__hash__  # that of an enumeration is written in Python, and asked for often


_PLACES = {kind: place for place, kind in enumerate(Consequence)}
_BARRING = (Kind.ABSOLUTE, Kind.HOLD_TODAY, Kind.RELATIVE)


def order_of(kinds: Iterable[Consequence]) -> tuple[Consequence, ...]:
    """Each kind once, the most important first."""
    return tuple(sorted(set(kinds), key=_PLACES.__getitem__))


def place_of(kind: Consequence) -> int:
    """The place of the kind; the most important is 0."""
    return _PLACES[kind]


def consequences(effects: Iterable[Effect], *, required: bool) -> tuple[Consequence, ...]:
    """What hangs on a rule with these effects; `required` ones block while they are unknown.

    The rows of the screening algorithm are weighed together, so one alone does not block.
    """
    found = {_kind(effect) for effect in effects if not isinstance(effect, Define)}
    if required and Consequence.SCREENING not in found:
        found.add(Consequence.PRESCRIPTION)
    return order_of(found)


def _kind(effect: Effect) -> Consequence:
    if isinstance(effect, Clearance):
        return Consequence.SCREENING
    if isinstance(effect, Contraindicate):
        whole = effect.scope.type is ScopeType.ALL and effect.kind in _BARRING
        return Consequence.PRESCRIPTION if whole else Consequence.MODALITY
    if isinstance(effect, (Avoid, Hiit)):
        return Consequence.MODALITY
    if isinstance(effect, (Limit, HeartRateMethod, HeartRateZone, Progress)):
        return Consequence.NUMBERS
    return Consequence.CAUTION
