"""Which facts can change, in which direction and by what."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class By(StrEnum):
    """What brings the change about."""

    ASKING = "by_asking"
    DECISION = "by_decision"
    TREATMENT = "by_treatment"
    TIME = "by_time"


class Moves(StrEnum):
    """In which direction: numbers down, up or any; flags absent or present; codes to a code."""

    DOWN = "down"
    UP = "up"
    ANY = "any"
    ABSENT = "absent"
    PRESENT = "present"
    TO = "to"


class Changeable(Struct, frozen=True):
    """How one fact can change; `to` are the codes that a code can become."""

    by: By
    moves: Moves
    to: tuple[str, ...] = ()

    def allows(self, before: float | bool | str, after: float | bool | str) -> bool:
        """Whether the fact can go from one value to the other."""
        if self.moves is Moves.TO:
            return after in self.to
        if isinstance(before, str) or isinstance(after, str):
            return False
        if self.moves is Moves.ANY:
            return True
        rises = self.moves in (Moves.UP, Moves.PRESENT)
        return after > before if rises else after < before


class Changes(Struct, frozen=True):
    """Every fact that can change, and how far the smallest set of changes is searched.

    `good_news` are flags whose presence opens something, though nobody can bring it about.
    `never_supposed` are flags that no answer to an open question is tried for.
    `easiest_first` orders what brings a change about; `most_changes` facts at once and
    `most_decisions` trials end a search.
    """

    facts: Mapping[str, Changeable]
    good_news: frozenset[str]
    never_supposed: frozenset[str]
    easiest_first: tuple[By, ...]
    most_changes: int
    most_decisions: int

    def may_suppose(self, fact: str, answer: float | bool | str, mildest: str | None) -> bool:
        """Whether a search may try this answer to an open question.

        `mildest` is the first value of a code.
        """
        change = self.facts.get(fact)
        if isinstance(answer, str):
            return answer == mildest or (change is not None and answer in change.to)
        if answer is not True:
            return True
        return fact in self.good_news or (change is not None and change.moves is Moves.PRESENT)

    def effort(self, by: By) -> int:
        """The place among what brings a change about; the easiest is 0."""
        return self.easiest_first.index(by)
