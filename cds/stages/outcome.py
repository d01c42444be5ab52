"""A rule with its truth for one case, and which of its effects hold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, overload

from cds.model.condition import Truth
from cds.model.effect import Advise, Effect
from cds.model.rule import IfUnknown, Rule

T = TypeVar("T", bound=Effect)
#: The kind of an effect; that of an advice is what it advises on.
_Kind = type[Any] | str
# A truth as the contract names it.
STATES = {Truth.TRUE: "fired", Truth.FALSE: "not_fired", Truth.UNKNOWN: "unknown"}
_Effects = Mapping[type[Any], tuple[Any, ...]]


class Outcome:
    """One rule and its truth. A service has one for each, so that what it says can be kept by it.

    `applies` says whether its effects hold: it is true, or unknown and to be read cautiously.
    An unknown one is asked about (`asks`), or is taken not to hold (`assumes`); `requires` says
    whether nothing is prescribed until it is known.
    `state` is fired, not_fired or unknown, as the contract names it; `effects` are those of the
    rule by their kind, whether they hold or not, `holding` those that hold, each with this outcome.
    """

    __slots__ = (
        "applies",
        "asks",
        "assumes",
        "effects",
        "holding",
        "requires",
        "rule",
        "state",
        "truth",
    )

    def __init__(self, rule: Rule, truth: Truth, effects: _Effects | None = None) -> None:
        unknown = truth is Truth.UNKNOWN
        self.rule = rule
        self.truth = truth
        self.requires = unknown and rule.if_unknown is IfUnknown.REQUIRE
        self.assumes = unknown and rule.if_unknown is IfUnknown.ASSUME
        self.asks = unknown and not self.assumes
        self.applies = truth is Truth.TRUE or (unknown and rule.if_unknown is IfUnknown.APPLY)
        self.state = STATES[truth]
        self.effects = _by_kind(rule.then) if effects is None else effects
        self.holding: dict[_Kind, tuple[tuple[Outcome, Any], ...]] = {}
        for effect in rule.then if self.applies else ():
            kind = effect.kind if isinstance(effect, Advise) else type(effect)
            self.holding[kind] = (*self.holding.get(kind, ()), (self, effect))


def outcomes_of(rule: Rule) -> Mapping[Truth, Outcome]:
    """The rule with each truth that it can have."""
    effects = _by_kind(rule.then)
    return {truth: Outcome(rule, truth, effects) for truth in Truth}


class Applied(list[Outcome]):
    """The outcomes of a case whose effects hold, with those effects gathered by their kind."""

    def __init__(self) -> None:
        super().__init__()
        self.effects: dict[_Kind, list[tuple[Outcome, Any]]] = defaultdict(list)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Add those of them whose effects hold."""
        applying, effects = [outcome for outcome in outcomes if outcome.applies], self.effects
        self.extend(applying)
        for outcome in applying:
            for kind, pairs in outcome.holding.items():
                effects[kind] += pairs


@overload
def effects_of(outcomes: Iterable[Outcome], kind: type[T]) -> Sequence[tuple[Outcome, T]]: ...
@overload
def effects_of(outcomes: Iterable[Outcome], kind: str) -> Sequence[tuple[Outcome, Advise]]: ...
def effects_of(outcomes: Iterable[Outcome], kind: _Kind) -> Sequence[tuple[Outcome, Any]]:
    """Each effect of one kind that holds, with the outcome that brings it."""
    if isinstance(outcomes, Applied):
        return outcomes.effects.get(kind, ())
    return [pair for outcome in outcomes for pair in outcome.holding.get(kind, ())]


def _by_kind(effects: Iterable[Effect]) -> _Effects:
    found: dict[type[Any], tuple[Any, ...]] = defaultdict(tuple)
    for effect in effects:
        found[type(effect)] += (effect,)
    return dict(found)
