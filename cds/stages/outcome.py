"""A rule with its truth for one case, and which of its effects hold."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from cds.model.condition import Truth
from cds.model.effect import Effect
from cds.model.rule import IfUnknown, Rule

T = TypeVar("T", bound=Effect)
_STATES = {Truth.TRUE: "fired", Truth.FALSE: "not_fired", Truth.UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule and its truth.

    `applies` says whether its effects hold: it is true, or unknown and to be read cautiously.
    `state` is fired, not_fired or unknown, as the contract names it.
    """

    rule: Rule
    truth: Truth
    applies: bool = field(init=False, compare=False)
    state: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        cautious = self.truth is Truth.UNKNOWN and self.rule.if_unknown is IfUnknown.APPLY
        object.__setattr__(self, "applies", self.truth is Truth.TRUE or cautious)
        object.__setattr__(self, "state", _STATES[self.truth])

    @property
    def requires(self) -> bool:
        """Whether it is unknown and nothing is prescribed until it is known."""
        return self.truth is Truth.UNKNOWN and self.rule.if_unknown is IfUnknown.REQUIRE


def effects_of(outcomes: Iterable[Outcome], kind: type[T]) -> Iterator[tuple[Outcome, T]]:
    """Each effect of one kind that holds, with the outcome that brings it."""
    for outcome in outcomes:
        if outcome.applies:
            for effect in outcome.rule.then:
                if isinstance(effect, kind):
                    yield outcome, effect
