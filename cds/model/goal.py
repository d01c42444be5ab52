"""Goals: what is measured, from where to where, by when, and why."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from types import MappingProxyType

from msgspec import Struct

from cds.model.measure import Source


class Marked(Struct, frozen=True):
    """A number in the unit of its fact, with where it comes from; `fact` is another one's."""

    value: float
    source: Source
    fact: str | None = None


class GoalMeasure(Struct, frozen=True):
    """How a measured fact becomes a goal.

    `kind` is safety or condition, `better` higher or lower. From `worth_from` on (itself
    included, in the bad direction) a goal is set.
    The target is `target`, or the value plus or minus `change`, else the largest change that the
    profiles of the person, or else `like` (another profile), name as one that matters. Beside a
    profile of `not_with` it is neither set nor asked for.
    """

    fact: str
    kind: str
    domain: str
    better: str
    text: str
    why: str
    weeks: int
    worth_from: Marked
    change: Marked | None = None
    target: Marked | None = None
    like: str | None = None
    not_with: tuple[str, ...] = ()


class OwnWords(Struct, frozen=True):
    """Words in a person's own goal, and the facts that measure it, the best first."""

    words: tuple[str, ...]
    facts: tuple[str, ...]


class WeeklyMinutes(Struct, frozen=True):
    """The goal that the plan itself sets: minutes a week."""

    text: str
    label: str
    why: str
    weeks: int


class GoalTable(Struct, frozen=True, dict=True):
    """The measures in order of use, the words of own goals, and what is asked back.

    `domains` each get a question when something impairs them and nothing was measured.
    """

    source: Source
    measures: tuple[GoalMeasure, ...]
    own: tuple[OwnWords, ...]
    vague: tuple[str, ...]
    domains: tuple[str, ...]
    ask_vague: str
    ask_concrete: str
    ask_measure: str
    weekly: WeeklyMinutes

    @cached_property
    def by_fact(self) -> Mapping[str, GoalMeasure]:
        """The measures by their facts."""
        return MappingProxyType({measure.fact: measure for measure in self.measures})


class Goal(Struct, frozen=True):
    """One goal. `kind`: own, safety or condition; own goals keep the person's words.

    `baseline` (measured on `at`) and `target` are in `unit`; both are None until something is
    measured. `ask` is what would make the goal concrete. `because` names the profiles it is for,
    `mark` and `citation` say where the size of the change comes from.
    """

    text: str
    kind: str
    domain: str | None = None
    measure: str | None = None
    label: str | None = None
    baseline: float | None = None
    at: date | None = None
    target: float | None = None
    unit: str | None = None
    by: date | None = None
    ask: str | None = None
    why: str | None = None
    because: tuple[str, ...] = ()
    mark: str | None = None
    citation: str | None = None
