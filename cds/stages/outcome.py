"""A rule with its truth for one case, and which of its effects hold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    An unknown one is asked about (`asks`), or is taken not to hold (`assumes`); `requires` says
    whether nothing is prescribed until it is known.
    `state` is fired, not_fired or unknown, as the contract names it; `effects` are those of the
    rule by their kind, whether they hold or not, `holding` those that hold, each with this outcome.
    """

    rule: Rule
    truth: Truth
    applies: bool = field(init=False)
    asks: bool = field(init=False)
    assumes: bool = field(init=False)
    requires: bool = field(init=False)
    state: str = field(init=False)
    effects: Mapping[type[Any], tuple[Any, ...]] = field(init=False)
    holding: Mapping[type[Any], Sequence[tuple["Outcome", Any]]] = field(init=False)

    def __post_init__(self) -> None:
        unknown, if_unknown = self.truth is Truth.UNKNOWN, self.rule.if_unknown
        cautious = unknown and if_unknown is IfUnknown.APPLY
        assumes = unknown and if_unknown is IfUnknown.ASSUME
        object.__setattr__(self, "asks", unknown and not assumes)
        object.__setattr__(self, "assumes", assumes)
        object.__setattr__(self, "requires", unknown and if_unknown is IfUnknown.REQUIRE)
        object.__setattr__(self, "applies", self.truth is Truth.TRUE or cautious)
        object.__setattr__(self, "state", _STATES[self.truth])
        object.__setattr__(self, "effects", _by_kind(self.rule.then))
        holding = self.effects.items() if self.applies else ()
        pairs = {kind: tuple((self, effect) for effect in effects) for kind, effects in holding}
        object.__setattr__(self, "holding", pairs)


class Applied(list[Outcome]):
    """The outcomes of a case whose effects hold, with those effects gathered by their kind."""

    def __init__(self) -> None:
        super().__init__()
        self.effects: dict[type[Any], list[tuple[Outcome, Any]]] = defaultdict(list)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Add those of them whose effects hold."""
        applying = [outcome for outcome in outcomes if outcome.applies]
        self.extend(applying)
        for outcome in applying:
            for kind, pairs in outcome.holding.items():
                self.effects[kind] += pairs


def effects_of(outcomes: Iterable[Outcome], kind: type[T]) -> Sequence[tuple[Outcome, T]]:
    """Each effect of one kind that holds, with the outcome that brings it."""
    if isinstance(outcomes, Applied):
        return outcomes.effects.get(kind, ())
    return [pair for outcome in outcomes for pair in outcome.holding.get(kind, ())]


def _by_kind(effects: Iterable[Effect]) -> Mapping[type[Any], tuple[Any, ...]]:
    found: dict[type[Any], tuple[Any, ...]] = defaultdict(tuple)
    for effect in effects:
        found[type(effect)] += (effect,)
    return dict(found)
