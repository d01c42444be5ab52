"""A rule with its truth for one case, and which of its effects hold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from cds.model.condition import Truth
from cds.model.effect import Effect
from cds.model.rule import IfUnknown, Rule

T = TypeVar("T", bound=Effect)
_STATES = {Truth.TRUE: "fired", Truth.FALSE: "not_fired", Truth.UNKNOWN: "unknown"}


class Outcome:
    """One rule and its truth. A service has one for each, so that what it says can be kept by it.

    `applies` says whether its effects hold: it is true, or unknown and to be read cautiously.
    `requires` says whether it is unknown and nothing is prescribed until it is known.
    `state` is fired, not_fired or unknown, as the contract names it; `effects` are those of the
    rule by their kind, whether they hold or not, `holding` those that hold.
    """

    __slots__ = ("applies", "effects", "holding", "requires", "rule", "state", "truth")

    def __init__(self, rule: Rule, truth: Truth) -> None:
        unknown = truth is Truth.UNKNOWN
        self.rule = rule
        self.truth = truth
        self.requires = unknown and rule.if_unknown is IfUnknown.REQUIRE
        self.applies = truth is Truth.TRUE or (unknown and rule.if_unknown is IfUnknown.APPLY)
        self.state = _STATES[truth]
        self.effects: Mapping[type[Any], tuple[Any, ...]] = _by_kind(rule.then)
        self.holding = self.effects if self.applies else {}


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
