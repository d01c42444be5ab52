"""The cases beside the rules: what is given, and which rules must fire, stay silent, or ask."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct, field

from cds.errors import Location
from cds.model.condition import Truth


class CaseBook(Struct, frozen=True):
    """All cases, and what is said beside them about the rules.

    `does`: by rule, its effects said a second time (`cds.rules.effect_words`). `equivalents`: by
    rule and mutant, why that change of the rule would change nothing.
    """

    cases: tuple["RuleCase", ...] = ()
    does: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    equivalents: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def __iter__(self) -> Iterator["RuleCase"]:
        return iter(self.cases)

    def __len__(self) -> int:
        return len(self.cases)

    def equivalents_of(self, rule: str) -> tuple[str, ...]:
        """The mutants of the rule that are listed as changing nothing."""
        return tuple(mutant for id_, mutant in self.equivalents if id_ == rule)


class RuleCase(Struct, frozen=True):
    """One case of a topic; `given` is a request body as the API takes it, facts at its top."""

    name: str
    given: Mapping[str, Any]
    evaluation_date: date | None
    policy: Mapping[str, str]
    fires: tuple[str, ...]
    silent: tuple[str, ...]
    unknown: tuple[str, ...]
    because: str
    location: Location

    def expectations(self) -> Iterator[tuple[Truth, str]]:
        """Each rule that the case names, after the truth that it expects of it."""
        yield from ((Truth.TRUE, id_) for id_ in self.fires)
        yield from ((Truth.FALSE, id_) for id_ in self.silent)
        yield from ((Truth.UNKNOWN, id_) for id_ in self.unknown)
