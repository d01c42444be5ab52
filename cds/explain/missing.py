"""What is not known and would let the service say more; the most useful question first."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cds.case import UNREAD_HARMLESS
from cds.explain.why import Sources, facts_needed
from cds.model.case import Case
from cds.model.condition import Truth
from cds.model.consequence import Consequence, order_of, place_of
from cds.model.decision import ConditionNote, Missing
from cds.model.rule import IfUnknown
from cds.stages.outcome import Outcome

_LISTS = {
    "condition": "conditions_reviewed",
    "procedure": "conditions_reviewed",
    "medication": "medications_reviewed",
}
# Worked out by the stages themselves; the rules of those stages ask for what they lack.
_FOUND_HERE = ("screening", "contraindication")
_TITLES = 3


@dataclass(frozen=True, slots=True)
class Need:
    """One fact that one rule, or the service itself, wants to know, and what hangs on it."""

    fact: str
    by: str
    title: str
    critical: bool
    changes: tuple[Consequence, ...] = (Consequence.NUMBERS,)


def needs(
    case: Case, live: Sequence[Outcome], decisive: Callable[[str], Iterable[ConditionNote]]
) -> Iterator[Need]:
    """What each undecided rule wants to know; flags defined by rules are traced to their facts.

    `live` are the outcomes that are not false. A member of a list that is present already lacks
    its date, not the list its review.
    """
    trace = _Trace(case, _defined(live), decisive)
    for outcome in live:
        if outcome.truth is not Truth.UNKNOWN or outcome.rule.id in trace.defining:
            continue
        if outcome.rule.if_unknown is IfUnknown.ASSUME:
            continue
        critical = outcome.rule.if_unknown is IfUnknown.REQUIRE
        for fact in trace.facts_of(outcome.rule.id):
            yield Need(fact, outcome.rule.id, outcome.rule.title, critical, outcome.rule.changes)


def missing(wanted: Iterable[Need], sources: Sources) -> tuple[Missing, ...]:
    """One question per fact: those that block, by how much they block; then by what they change.

    Of two that change the same, the one that more rules wait for comes first.
    """
    by_fact: dict[str, list[Need]] = defaultdict(list)
    for need in wanted:
        by_fact[need.fact].append(need)
    place = sources.vocabulary.place
    ranked = sorted(by_fact, key=lambda fact: (*_weight(by_fact[fact]), place(fact)))
    return tuple(
        _question(fact, by_fact[fact], sources, rank) for rank, fact in enumerate(ranked, start=1)
    )


def _weight(needs_of_fact: Sequence[Need]) -> tuple[bool, int, int, int]:
    """The smaller, the more hangs on the fact."""
    blocked = len({need.by for need in needs_of_fact if need.critical})
    best = min(place_of(kind) for need in needs_of_fact for kind in need.changes)
    return not blocked, -blocked, best, -len({need.by for need in needs_of_fact})


def _defined(outcomes: Iterable[Outcome]) -> Mapping[str, str]:
    """The rule that defines each flag."""
    return {fact: outcome.rule.id for outcome in outcomes for fact in outcome.rule.defines}


class _Trace:
    """What the rules of one case want to be told, each rule traced once."""

    def __init__(
        self,
        case: Case,
        defined: Mapping[str, str],
        decisive: Callable[[str], Iterable[ConditionNote]],
    ) -> None:
        self.defining = frozenset(defined.values())
        self._case = case
        self._defined = defined
        self._decisive = decisive
        self._found: dict[str, tuple[str, ...]] = {}

    def facts_of(self, rule_id: str) -> tuple[str, ...]:
        """The facts that would decide the rule, in written order."""
        if rule_id not in self._found:
            needed = facts_needed(self._decisive(rule_id))
            names = (name for fact in needed for name in self._names(fact))
            self._found[rule_id] = tuple(dict.fromkeys(names))
        return self._found[rule_id]

    def _names(self, fact: str) -> tuple[str, ...]:
        if fact in self._defined:
            return self.facts_of(self._defined[fact])
        dated, kind = self._case.flag(fact) is True, fact.partition(".")[0]
        if kind in _FOUND_HERE:
            return ()
        if dated:
            return (fact,)
        if kind == "medication" and self._case.flag("medications_reviewed"):
            return (UNREAD_HARMLESS,)  # the list is complete; one of its names says nothing
        return (_LISTS.get(kind, fact),)


def _question(fact: str, entries: list[Need], sources: Sources, rank: int) -> Missing:
    rules = tuple(dict.fromkeys(entry.by for entry in entries))
    titles = list(dict.fromkeys(entry.title for entry in entries))
    definition = sources.vocabulary[fact]
    question = definition.question
    if fact.partition(".")[0] in _LISTS:
        question = sources.messages["missing.date"].format(label=definition.label)
    decides = sources.messages["missing.decides"].format(titles="; ".join(titles[:_TITLES]))
    would_allow = definition.would_allow or decides
    changes = order_of(kind for entry in entries for kind in entry.changes)
    critical = any(entry.critical for entry in entries)
    return Missing(fact, question, would_allow, critical, rules, rank, changes)
