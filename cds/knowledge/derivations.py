"""How one known fact gives another: copies, time since an event, what shows it, exclusions."""

from collections.abc import Mapping

from msgspec import Struct


class Copy(Struct, frozen=True):
    """`fact` takes the first known value of `sources`."""

    fact: str
    sources: tuple[str, ...]


class Since(Struct, frozen=True):
    """`fact` is the time from the latest dated of `events` to the evaluation date."""

    fact: str
    unit: str
    events: tuple[str, ...]


class Shown(Struct, frozen=True):
    """`fact` is present when one of `by` is present or, a number, known."""

    fact: str
    by: tuple[str, ...]


class Excluded(Struct, frozen=True):
    """`fact` is absent when the code fact `by` equals `equals`."""

    fact: str
    by: str
    equals: str


class Derivations(Struct, frozen=True):
    """Every way one fact gives another; `profiles` maps a profile id to the conditions it names."""

    profiles: Mapping[str, tuple[str, ...]]
    copies: tuple[Copy, ...]
    since: tuple[Since, ...]
    shown: tuple[Shown, ...]
    excluded: tuple[Excluded, ...]
