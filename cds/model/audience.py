"""A decision as it is told to one audience."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, empty for the first part, and its lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """Where more can be read of one rule."""

    rule: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Told:
    """The whole: `text` is at most `at_most` characters; `left_out` lines did not fit."""

    audience: str
    text: str
    sections: tuple[Section, ...]
    details: tuple[Detail, ...]
    left_out: int
    at_most: int
