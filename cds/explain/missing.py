"""What is not known and would let the service say more; the most useful question first."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter

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
_DATED = tuple(f"{kind}." for kind in _LISTS)
# Worked out by the stages themselves; the rules of those stages ask for what they lack.
_FOUND_HERE = ("screening", "contraindication")
_TITLES = 3
_PRESCRIPTION = Consequence.PRESCRIPTION  # a member takes its time on an enumeration
#: A rule lacks the same few facts in most cases.
_MOST_KEPT = 4096
Turned = Callable[[str, set[Consequence]], Iterable[Rule]]


class Need(Struct, frozen=True, eq=False):
    """What one rule, or the service itself, wants to know facts for, and what hangs on it.

    A critical one that `blocks` keeps everything from being prescribed in this very case. There is
    one for all cases, so it is compared by identity.
    """

    by: str
    title: str
    critical: bool
    changes: tuple[Consequence, ...]
    blocks: bool


def lacking(
    case: Case,
    defining: Iterable[Outcome],
    decisive: Callable[[Outcome], Decisive],
    of: Iterable[Outcome],
) -> list[tuple[Outcome, tuple[str, ...]]]:
    """Each undecided rule of these outcomes, with the facts that it wants to know.

    Flags that the rules of `defining` define are traced to their facts; those outcomes are not
    false. A member of a list that is present already lacks its date, not the list its review.
    """
    facts_of = _Trace(case, defining, decisive).facts_of
    return [
        (outcome, facts_of(decisive(outcome).needed))
        for outcome in of
        if outcome.asks and not outcome.rule.defines
    ]


def needs(
    open_rules: Iterable[tuple[Outcome, tuple[str, ...]]], *, screened: bool = True
) -> dict[str, list[Need]]:
    """By fact what undecided rules want to know it for.

    Once `screened`, the rows of the screening block nothing.
    """
    found: dict[str, list[Need]] = defaultdict(list)
    for outcome, facts in open_rules:
        need = _need_of(outcome, screened)
        for fact in facts:
            found[fact].append(need)
    return found


@lru_cache(_MOST_KEPT)
def need(by: str, title: str, *, critical: bool) -> Need:
    """Numbers that the service itself, or a rule that is not undecided, would tell more closely."""
    return Need(by, title, critical, (Consequence.NUMBERS,), blocks=False)


@lru_cache(_MOST_KEPT)
def _need_of(outcome: Outcome, screened: bool) -> Need:
    rule = outcome.rule
    critical = rule.if_unknown is IfUnknown.REQUIRE
    row = Consequence.SCREENING in rule.changes
    blocks = critical and not (row and screened)
    changes = (Consequence.PRESCRIPTION,) if blocks else rule.changes
    return Need(rule.id, rule.title, critical, changes, blocks)


def missing(
    wanted: Mapping[str, Sequence[Need]], sources: Sources, turned: Turned
) -> tuple[Missing, ...]:
    """One question per fact: what blocks most first, then what could change the most important.

    `turned` gives the rules that the answer to one fact could turn and on which more hangs than
    it is told of. Of two facts that change the same, the one that more rules wait for comes first.
    """
    place, ranked = sources.vocabulary.place, []
    for fact, entries in wanted.items():
        asked = _gather(fact, tuple(entries))
        changes = _with_turned(asked, turned)
        weight = -asked.blocked, place_of(changes[0]), -len(asked.rules), place(fact)
        ranked.append((weight, asked, changes))
    ranked.sort(key=itemgetter(0))
    return tuple(
        [
            _question(asked, changes, sources, rank)
            for rank, (_, asked, changes) in enumerate(ranked, start=1)
        ]
    )


class _Asked(Struct, frozen=True):
    """All that rules want to know one fact for; `blocked` counts those that it blocks.

    `changes` is what hangs on these rules, `kinds` the same as a set, `titles` the first of them.
    """

    fact: str
    rules: tuple[str, ...]
    critical: bool
    blocked: int
    changes: tuple[Consequence, ...]
    kinds: frozenset[Consequence]
    titles: str


@lru_cache(_MOST_KEPT)
def _gather(fact: str, needs: tuple[Need, ...]) -> _Asked:
    """Needs of one fact, taken together: rules want it in few ways."""
    kinds = frozenset(kind for need in needs for kind in need.changes)
    titles = list(dict.fromkeys(need.title for need in needs))
    return _Asked(
        fact,
        tuple(dict.fromkeys(need.by for need in needs)),
        any(need.critical for need in needs),
        len({need.by for need in needs if need.blocks}),
        order_of(kinds),
        kinds,
        "; ".join(titles[:_TITLES]),
    )


def _with_turned(asked: _Asked, turned: Turned) -> tuple[Consequence, ...]:
    if _PRESCRIPTION in asked.kinds:
        return asked.changes  # no rule could make it more important
    found = set(asked.kinds)
    for rule in turned(asked.fact, found):
        found.update(rule.changes)
    return asked.changes if found == asked.kinds else order_of(found)


class _Trace:
    """What is asked to learn a fact in one case. The case holds the flags that rules define."""

    def __init__(
        self, case: Case, defining: Iterable[Outcome], decisive: Callable[[Outcome], Decisive]
    ) -> None:
        self._reviewed = case.flag("medications_reviewed") is True
        self._untouched = case.own.keys().isdisjoint
        self._case = case
        self._defined = {fact: one for one in defining for fact in one.rule.defines}
        self._decisive = decisive
        self._found: dict[tuple[str, ...], tuple[str, ...]] = {}  # many rules lack the same

    def facts_of(self, needed: tuple[str, ...]) -> tuple[str, ...]:
        """The facts that would decide a rule that lacks these, in written order."""
        if self._untouched(needed):
            return _asked_for(needed, self._reviewed)
        facts = self._found.get(needed)
        if facts is None:
            traced = [self._trace(fact) for fact in needed]
            self._found[needed] = facts = tuple(dict.fromkeys(chain.from_iterable(traced)))
        return facts

    def _trace(self, fact: str) -> tuple[str, ...]:
        if fact in self._defined:
            return self.facts_of(self._decisive(self._defined[fact]).needed)
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


def _question(
    asked: _Asked, changes: tuple[Consequence, ...], sources: Sources, rank: int
) -> Missing:
    definition, messages = sources.vocabulary[asked.fact], sources.messages
    question = definition.question
    if definition.name.startswith(_DATED):
        question = messages["missing.date"].format(label=definition.label)
    would_allow = definition.would_allow or messages["missing.decides"].format(titles=asked.titles)
    return Missing(asked.fact, question, would_allow, asked.critical, asked.rules, rank, changes)
