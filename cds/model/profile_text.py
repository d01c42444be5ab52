"""The sentences of a profile: each with its mark and, where a page was read, its citation."""

from dataclasses import dataclass

SUITABLE = ("yes", "conditional", "no")


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence. `mark`: V (seen in the page cited), K (professional knowledge), O (a choice)."""

    text: str
    mark: str
    citation: str | None = None


@dataclass(frozen=True, slots=True)
class Suitability:
    """Whether HIIT, water or mind-body exercise suits a condition: yes, conditional or no."""

    suitable: str
    text: str
    mark: str
    citation: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change that matters, as a number in the unit of the measure."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class OutcomeMeasure:
    """An outcome measure and the smallest change that matters, where one is known.

    `fact` is the fact of the vocabulary that holds the measured value.
    """

    name: str
    important_change: str | None
    mark: str
    citation: str | None = None
    change: Change | None = None
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of healing, from its first week on; the last one has no end.

    `milestone` has to be met, besides the weeks, before the next stage begins; `avoid_tags` is
    what this stage does not allow yet.
    """

    id: str
    name: str
    from_week: float
    to_week: float | None
    allowed: tuple[str, ...]
    not_yet: tuple[str, ...]
    milestone: str | None
    avoid_tags: frozenset[str]
    mark: str
    citation: str | None = None
