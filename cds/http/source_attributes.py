"""The 13 source attributes of a rule, its use of data traced to what was told of the person."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from cds.knowledge.base import Knowledge
from cds.knowledge.derivations import Derivations
from cds.model.governance import SourceAttributes
from cds.model.rule import Rule

Json = dict[str, Any]
# What all rules of a stage find together is not traced to the facts that they read.
_FOUND_BY_STAGES = ("screening.", "contraindication.")


class Attributed:
    """The attributes of every rule of a rule base."""

    def __init__(self, rules: Iterable[Rule], knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._from = _origins(rules, knowledge.derivations)

    def of(self, rule: Rule) -> Json:
        """Each attribute by its id: its label, and its value as text or a list of texts."""
        told = self._knowledge.source_attributes
        values = {**self._origin(rule, told), **self._use(rule, told)}
        return {
            id_: {"label": label, "value": values[id_] or told.not_available}
            for id_, label in told.labels.items()
        }

    def _origin(self, rule: Rule, told: SourceAttributes) -> Json:
        citations = self._knowledge.citations
        topic = rule.topic
        return {
            "bibliographic_citation": sorted({citations[e.citation].text for e in rule.evidence}),
            "developer": topic.author,
            "funding_source": told.funding_source,
            "release_and_revision_dates": topic.dated.isoformat(),
        }

    def _use(self, rule: Rule, told: SourceAttributes) -> Json:
        vocabulary = self._knowledge.vocabulary
        read = self._told(rule.facts)
        opaque = any(fact.startswith(_FOUND_BY_STAGES) for fact in read)
        found = {}
        for id_, facts in told.facts.items():
            used = sorted(vocabulary[fact].label for fact in facts & read)
            unknown = opaque and bool(facts)
            found[id_] = used or (told.not_available if unknown else told.not_used)
        return found

    def _told(self, facts: Iterable[str]) -> frozenset[str]:
        """The facts from which these come, as far as rules and derivations say."""
        left, seen, found = list(facts), set(facts), set()
        while left:
            fact = left.pop()
            origins = self._from.get(fact, frozenset())
            if not origins or self._knowledge.vocabulary[fact].submittable:
                found.add(fact)
            left += origins - seen
            seen |= origins
        return frozenset(found)


def _origins(rules: Iterable[Rule], derivations: Derivations) -> Mapping[str, frozenset[str]]:
    """The facts that each fact can come from directly."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for rule in rules:
        for flag in rule.defines:
            found[flag].update(rule.facts)
    for copy in derivations.copies:
        found[copy.fact].update(copy.sources)
    for since in derivations.since:
        found[since.fact].update(since.events)
    for shown in derivations.shown:
        found[shown.fact].update(shown.by)
    for excluded in derivations.excluded:
        found[excluded.fact].add(excluded.by)
    return {fact: frozenset(origins) for fact, origins in found.items()}
