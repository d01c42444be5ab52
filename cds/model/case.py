"""One patient at one moment, as the rules see it: every fact present, absent or unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct


class State(StrEnum):
    """What is known of a fact. Unknown is a value, never "no"."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"

    __hash__ = str.__hash__  # that of an enumeration is written in Python, and asked for often


FactValue = float | bool | str | None
_LISTED = "_listed"
_LISTS = ("condition.", "medication.", "procedure.")


class Fact(Struct, frozen=True):
    """One fact: a flag (bool), a number in the canonical unit, or a code; None is unknown.

    `at` is the day it was true or measured, `source` where it came from (a FHIR reference,
    "submitted", "derived", "list reviewed"), `derived_from` the facts it was computed from.
    """

    name: str
    value: FactValue
    unit: str | None = None
    at: date | None = None
    source: str | None = None
    derived_from: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """Absent is only ever an explicit `False`."""
        if self.value is None:
            return State.UNKNOWN
        return State.ABSENT if self.value is False else State.PRESENT


#: More names than the vocabulary holds; a cap, should a caller ask for names without end.
_MOST_UNKNOWN = 10_000


@lru_cache(_MOST_UNKNOWN)
def unknown_fact(name: str) -> Fact:
    """The fact of which nothing is known; it never changes, so one of a name is enough."""
    return Fact(name, None)


class Common:
    """What many cases hold in common: what reviewed lists deny, whether they are reviewed, and the
    positions where a case chooses none. The same for every such case, and compared by identity.

    `facts` are known, every one of them, and none has a date.
    """

    __slots__ = ("facts",)

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self.facts = facts


_NOTHING = Common({})
_UNMERGED: Mapping[str, Fact] = MappingProxyType({})


@dataclass(frozen=True)
class Case:
    """All facts of one patient, keyed by name; a name that is not a key is unknown.

    `own` are those that it does not hold in common with others, `facts` all; an own fact wins. They
    are merged here, unless they are given merged.
    """

    evaluation_date: date
    own: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    common: Common = field(default=_NOTHING, compare=False)
    facts: Mapping[str, Fact] = field(default_factory=lambda: _UNMERGED)

    def __post_init__(self) -> None:
        if self.facts is _UNMERGED:
            object.__setattr__(self, "facts", {**self.common.facts, **self.own})

    @property
    def listed(self) -> tuple[str, ...]:
        """The names of the conditions, medication classes and procedures that are present.

        Kept without a lock: `cached_property` of Python 3.11 has one for all cases, and a worker
        that is forked while it is held would wait for ever.
        """
        kept: tuple[str, ...] | None = self.__dict__.get(_LISTED)
        if kept is None:
            own = self.own.items()
            kept = tuple([n for n, fact in own if fact.value is True and n.startswith(_LISTS)])
            self.__dict__[_LISTED] = kept
        return kept

    def get(self, name: str) -> Fact:
        """The fact, or an unknown one of that name."""
        return self.facts.get(name) or unknown_fact(name)

    def number(self, name: str) -> float | None:
        """The number, or None when unknown."""
        fact = self.facts.get(name)
        value = None if fact is None else fact.value
        return None if value is None or isinstance(value, (bool, str)) else float(value)

    def code(self, name: str) -> str | None:
        """The code, or None when unknown."""
        fact = self.facts.get(name)
        value = None if fact is None else fact.value
        return value if isinstance(value, str) else None

    def flag(self, name: str) -> bool | None:
        """True, False, or None when unknown."""
        fact = self.facts.get(name)
        value = None if fact is None else fact.value
        return value if isinstance(value, bool) else None

    def days_ago(self, name: str) -> int | None:
        """Days from the fact's date to the evaluation date, or None when undated."""
        at = self.get(name).at
        return None if at is None else (self.evaluation_date - at).days

    def with_facts(self, *facts: Fact) -> "Case":
        """The same case, with these facts added or replaced."""
        new = {fact.name: fact for fact in facts}
        own, merged = {**self.own, **new}, {**self.facts, **new}
        return Case(self.evaluation_date, own, self.common, merged)
