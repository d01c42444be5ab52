"""What is not known and would let the service say more; the most useful question first."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from cds.case import UNREAD_HARMLESS
from cds.explain.why import Sources
from cds.model.case import Case
from cds.model.consequence import Consequence, order_of, place_of
from cds.model.decision import Decisive, Missing
from cds.model.rule import IfUnknown, Rule
from cds.stages.outcome import Outcome

_LISTS = {
    "condition": "conditions_reviewed",
    "procedure": "conditions_reviewed",
    "medication": "medications_reviewed",
}
# Worked out by the stages themselves; the rules of those stages ask for what they lack.
_FOUND_HERE = ("screening", "contraindication")
_TITLES = 3
#: A rule lacks the same few facts in most cases.
_MOST_KEPT = 4096
Turned = Callable[[str, set[Consequence]], Iterable[Rule]]


class Need(Struct, frozen=True):
    """One fact that one rule, or the service itself, wants to know, and what hangs on it.

    A critical one that `blocks` keeps everything from being prescribed in this very case.
    """

    fact: str
    by: str
    title: str
    critical: bool
    changes: tuple[Consequence, ...] = (Consequence.NUMBERS,)
    blocks: bool = False


def needs(
    case: Case,
    live: Sequence[Outcome],
    decisive: Callable[[str], Decisive],
    *,
    screened: bool = True,
    of: Sequence[Outcome] | None = None,
) -> list[Need]:
    """What each undecided rule wants to know; flags defined by rules are traced to their facts.

    `live` are the outcomes that are not false. A member of a list that is present already lacks
    its date, not the list its review. Once `screened`, the rows of the screening block nothing.
    `of` are those of them whose needs are looked for, or all.
    """
    trace, found = _Trace(case, live, decisive), list[Need]()
    for outcome in [outcome for outcome in (live if of is None else of) if outcome.asks]:
        if not outcome.rule.defines:
            found += _needs_of(outcome, trace.facts_of(outcome.rule.id), screened=screened)
    return found


@lru_cache(_MOST_KEPT)
def _needs_of(outcome: Outcome, facts: tuple[str, ...], *, screened: bool) -> tuple[Need, ...]:
    rule = outcome.rule
    critical = rule.if_unknown is IfUnknown.REQUIRE
    row = Consequence.SCREENING in rule.changes
    blocks = critical and not (row and screened)
    changes = (Consequence.PRESCRIPTION,) if blocks else rule.changes
    return tuple(Need(fact, rule.id, rule.title, critical, changes, blocks) for fact in facts)


def missing(wanted: Iterable[Need], sources: Sources, turned: Turned) -> tuple[Missing, ...]:
    """One question per fact: what blocks most first, then what could change the most important.

    `turned` gives the rules that the answer to one fact could turn and on which more hangs than
    it is told of. Of two facts that change the same, the one that more rules wait for comes first.
    """
    by_fact: dict[str, list[Need]] = defaultdict(list)
    for need in wanted:
        by_fact[need.fact].append(need)
    asked = [
        _Asked(fact, entries, _kinds(fact, entries, turned)) for fact, entries in by_fact.items()
    ]
    place = sources.vocabulary.place
    ranked = sorted(asked, key=lambda one: (*one.weight, place(one.fact)))
    return tuple(_question(one, sources, rank) for rank, one in enumerate(ranked, start=1))


class _Asked(Struct, frozen=True):
    fact: str
    needs: list[Need]
    changes: tuple[Consequence, ...]

    @property
    def weight(self) -> tuple[int, int, int]:
        """The smaller, the more hangs on the fact."""
        blocked = len({need.by for need in self.needs if need.blocks})
        return -blocked, place_of(self.changes[0]), -len({need.by for need in self.needs})


def _kinds(fact: str, entries: Iterable[Need], turned: Turned) -> tuple[Consequence, ...]:
    found = {kind for entry in entries for kind in entry.changes}
    if Consequence.PRESCRIPTION not in found:  # else no rule could make it more important
        for rule in turned(fact, found):
            found.update(rule.changes)
    return order_of(found)


class _Trace:
    """What the rules of one case want to be told. The case holds the flags that rules define."""

    def __init__(
        self, case: Case, live: Iterable[Outcome], decisive: Callable[[str], Decisive]
    ) -> None:
        self._case = case
        self._live = live
        self._decisive = decisive
        self._reviewed = case.flag("medications_reviewed") is True
        self._defined: Mapping[str, str] | None = None  # seldom asked for

    def facts_of(self, rule_id: str) -> tuple[str, ...]:
        """The facts that would decide the rule, in written order."""
        needed = self._decisive(rule_id).needed
        common = self._case.own.keys().isdisjoint(needed)
        return _asked_for(needed, self._reviewed) if common else self._traced(needed)

    def _traced(self, needed: Iterable[str]) -> tuple[str, ...]:
        if self._defined is None:
            self._defined = {f: one.rule.id for one in self._live for f in one.rule.defines}
        by = self._defined
        return tuple(dict.fromkeys(name for fact in needed for name in self._names(fact, by)))

    def _names(self, fact: str, defined_by: Mapping[str, str]) -> tuple[str, ...]:
        if fact in defined_by:
            return self.facts_of(defined_by[fact])
        asked = _asked_for((fact,), self._reviewed)
        return (fact,) if asked and self._case.flag(fact) is True else asked  # it lacks its date


@lru_cache(_MOST_KEPT)
def _asked_for(needed: tuple[str, ...], medications_reviewed: bool) -> tuple[str, ...]:
    """What is asked to learn of facts of which a case holds nothing and that no rule defines."""
    names = (_name(fact, medications_reviewed) for fact in needed)
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _name(fact: str, medications_reviewed: bool) -> str | None:
    kind = fact.partition(".")[0]
    if kind in _FOUND_HERE:
        return None
    if kind == "medication" and medications_reviewed:
        return UNREAD_HARMLESS  # the list is complete; one of its names says nothing
    return _LISTS.get(kind, fact)


def _question(asked: _Asked, sources: Sources, rank: int) -> Missing:
    fact, entries = asked.fact, asked.needs
    rules = tuple(dict.fromkeys([entry.by for entry in entries]))
    definition = sources.vocabulary[fact]
    question = definition.question
    if fact.partition(".")[0] in _LISTS:
        question = sources.messages["missing.date"].format(label=definition.label)
    would_allow = definition.would_allow or _decides(entries, sources.messages)
    critical = any(entry.critical for entry in entries)
    return Missing(fact, question, would_allow, critical, rules, rank, asked.changes)


def _decides(entries: Iterable[Need], messages: Mapping[str, str]) -> str:
    titles = list(dict.fromkeys(entry.title for entry in entries))
    return messages["missing.decides"].format(titles="; ".join(titles[:_TITLES]))
