"""The sentences of a profile: each with its mark and, where a page was read, its citation."""

from msgspec import Struct

SUITABLE = ("yes", "conditional", "no")


class Marked(Struct, frozen=True):
    """A sentence. `mark`: V (seen in the page cited), K (professional knowledge), O (a choice)."""

    text: str
    mark: str
    citation: str | None = None


class Suitability(Struct, frozen=True):
    """Whether HIIT, water or mind-body exercise suits a condition: yes, conditional or no."""

    suitable: str
    text: str
    mark: str
    citation: str | None = None


class Change(Struct, frozen=True):
    """The smallest change that matters, as a number in the unit of the measure."""

    value: float
    unit: str


class OutcomeMeasure(Struct, frozen=True):
    """An outcome measure and the smallest change that matters, where one is known.

    `fact` is the fact of the vocabulary that holds the measured value.
    """

    name: str
    important_change: str | None
    mark: str
    citation: str | None = None
    change: Change | None = None
    fact: str | None = None


class Particular(Struct, frozen=True):
    """What is particular about the programme of one condition, as `attribute` names it.

    `low` and `high` are its figures in `unit`, one of them where there is one end only.
    """

    attribute: str
    text: str
    mark: str
    citation: str | None = None
    low: float | None = None
    high: float | None = None
    unit: str | None = None


class PainCeiling(Struct, frozen=True):
    """The pain during exercise that is accepted, from 0 to 10 (NRS)."""

    value: float
    mark: str
    citation: str | None = None


class Stage(Struct, frozen=True):
    """A stage of healing. The next one begins when its `from_week` is reached, the `milestone`
    of this one is met and, with `surgeon`, the surgeon agrees.

    `avoid_tags` is what this stage does not allow yet. `phase` start holds the dose at its start;
    `opens_resistance` lets a region work that the start row of the bounds still blocks.
    """

    id: str
    name: str
    from_week: float
    to_week: float | None
    allowed: tuple[str, ...]
    not_yet: tuple[str, ...]
    milestone: Marked | None
    surgeon: bool
    avoid_tags: frozenset[str]
    mark: str
    citation: str | None = None
    phase: str | None = None
    opens_resistance: bool = False
    pain_ceiling: PainCeiling | None = None
