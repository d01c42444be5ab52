"""A decision as it is told to one audience."""

from msgspec import Struct


class Section(Struct, frozen=True):
    """A heading, empty for the first part, and its lines."""

    heading: str
    lines: tuple[str, ...]


class Detail(Struct, frozen=True):
    """Where more can be read of one rule."""

    rule: str
    title: str
    href: str


class Told(Struct, frozen=True):
    """The whole: `text` is at most `at_most` characters; `left_out` lines did not fit."""

    audience: str
    text: str
    sections: tuple[Section, ...]
    details: tuple[Detail, ...]
    left_out: int
    at_most: int
