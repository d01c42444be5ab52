"""A rule with its truth for one case, and which of its effects hold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cds.model.condition import Truth
from cds.model.effect import Effect
from cds.model.rule import IfUnknown, Rule

T = TypeVar("T", bound=Effect)
_STATES = {Truth.TRUE: "fired", Truth.FALSE: "not_fired", Truth.UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One rule and its truth. A service has one for each, so that what it says can be kept by it.

    `applies` says whether its effects hold: it is true, or unknown and to be read cautiously.
    `requires` says whether it is unknown and nothing is prescribed until it is known.
    `state` is fired, not_fired or unknown, as the contract names it; `effects` are those of the
    rule by their kind, whether they hold or not, `holding` those that hold.
    """

    rule: Rule
    truth: Truth
    applies: bool = field(init=False)
    requires: bool = field(init=False)
    state: str = field(init=False)
    effects: Mapping[type[Any], tuple[Any, ...]] = field(init=False)
    holding: Mapping[type[Any], tuple[Any, ...]] = field(init=False)

    def __post_init__(self) -> None:
        unknown, if_unknown = self.truth is Truth.UNKNOWN, self.rule.if_unknown
        cautious = unknown and if_unknown is IfUnknown.APPLY
        object.__setattr__(self, "requires", unknown and if_unknown is IfUnknown.REQUIRE)
        object.__setattr__(self, "applies", self.truth is Truth.TRUE or cautious)
        object.__setattr__(self, "state", _STATES[self.truth])
        object.__setattr__(self, "effects", _by_kind(self.rule.then))
        object.__setattr__(self, "holding", self.effects if self.applies else {})


def effects_of(outcomes: Iterable[Outcome], kind: type[T]) -> list[tuple[Outcome, T]]:
    """Each effect of one kind that holds, with the outcome that brings it."""
    return [
        (outcome, effect)
        for outcome in outcomes
        if kind in outcome.holding
        for effect in outcome.holding[kind]
    ]


def _by_kind(effects: Iterable[Effect]) -> Mapping[type[Any], tuple[Any, ...]]:
    found: dict[type[Any], tuple[Any, ...]] = defaultdict(tuple)
    for effect in effects:
        found[type(effect)] += (effect,)
    return dict(found)
