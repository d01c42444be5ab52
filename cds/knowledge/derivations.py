"""How one known fact gives another: copies, time since an event, what shows it, exclusions."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Copy:
    """`fact` takes the first known value of `sources`."""

    fact: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """`fact` is the time from the latest dated of `events` to the evaluation date."""

    fact: str
    unit: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """`fact` is present when one of `by` is present or, a number, known."""

    fact: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """`fact` is absent when the code fact `by` equals `equals`."""

    fact: str
    by: str
    equals: str


@dataclass(frozen=True, slots=True)
class Derivations:
    """Every way one fact gives another; `profiles` maps a profile id to the conditions it names."""

    profiles: Mapping[str, tuple[str, ...]]
    copies: tuple[Copy, ...]
    since: tuple[Since, ...]
    shown: tuple[Shown, ...]
    excluded: tuple[Excluded, ...]
