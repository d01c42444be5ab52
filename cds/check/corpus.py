"""What the cases prove together, and what is written but never used."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from cds.check.case_runs import CaseRun
from cds.errors import KnowledgeError, Location, RuleCheckError
from cds.knowledge.fact import FactDefinition
from cds.model.case import Case
from cds.model.condition import DATE_TESTS, NUMERIC_TESTS, Leaf, Test, leaves
from cds.model.effect import Avoid, Contraindicate, Effect
from cds.model.rule import Rule
from cds.rules.analysis import holds_always
from cds.rules.effect_words import rule_words
from cds.service import Service

_LISTED = re.compile(r"\s*- \{?id: ([a-z0-9-]+)")
_MOVEMENT = re.compile(r"\b[A-Z]\d\d\b")
# At these the value itself and what lies below it differ; at the others, what lies above it.
_BELOW = (Test.AT_LEAST, Test.LESS_THAN)


def unproved_rules(service: Service) -> Iterator[KnowledgeError]:
    """Each rule that no case lets fire, or that no case leaves silent."""
    fires = {id_ for case in service.cases for id_ in case.fires}
    silent = {id_ for case in service.cases for id_ in case.silent}
    for rule in service.rules:
        for proved, word in ((fires, "fires"), (silent, "stays silent")):
            if rule.id not in proved and not (proved is silent and holds_always(rule.when)):
                yield RuleCheckError(
                    f"No case says when '{rule.id}' {word}, so nobody would notice if it stopped "
                    "working. Add a case.",
                    rule.location,
                )


def unsaid_effects(service: Service) -> Iterator[KnowledgeError]:
    """Each rule of which the cases say something else than it does, or nothing."""
    for rule in service.rules:
        said, does = service.cases.does.get(rule.id), rule_words(rule)
        if said != does:
            told = "do not say" if said is None else f"say under 'does': {', '.join(said)}; not"
            yield RuleCheckError(
                f"The cases of '{rule.id}' {told} what it does: {', '.join(does)}. A changed "
                "effect has to be meant. Correct the rule, or 'does'.",
                rule.location,
            )


def overdue_topics(service: Service, today: date) -> Iterator[KnowledgeError]:
    """Each active topic whose review is due."""
    topics = {rule.topic.path: rule.topic for rule in service.rules}
    for path, topic in topics.items():
        if topic.review_due < today:
            yield RuleCheckError(
                f"The review of this topic was due on {topic.review_due}, so its content may be "
                "out of date. Review it and set a new 'review_due'.",
                Location(path, 1),
            )


def unproved_thresholds(service: Service, runs: Sequence[CaseRun]) -> Iterator[KnowledgeError]:
    """Each threshold without a case exactly on it, or without one just past it."""
    seen: dict[str, list[Case]] = defaultdict(list)
    for run in runs:
        if run.seen is not None:
            for _, id_ in run.case.expectations():
                seen[id_].append(run.seen)
    for rule in service.rules:
        for leaf in dict.fromkeys(leaves(rule.when)):
            if leaf.test in NUMERIC_TESTS | DATE_TESTS:
                definition = service.knowledge.vocabulary[leaf.fact]
                yield from _unproved(rule, leaf, definition, seen[rule.id])


def _unproved(
    rule: Rule, leaf: Leaf, definition: FactDefinition, cases: Iterable[Case]
) -> Iterator[KnowledgeError]:
    threshold = leaf.value if isinstance(leaf.value, float) else 0.0
    if leaf.test in DATE_TESTS:
        threshold = math.floor(threshold)  # days are whole: three months are 91 of them
    values = [value for case in cases if (value := _value(leaf, case)) is not None]
    gaps = [threshold - v if leaf.test in _BELOW else v - threshold for v in values]
    missing = []
    if threshold not in values:
        missing.append("exactly on it")
    # Rounding is not a distance: mg/dL makes long fractions of mmol/L.
    step = (1.0 if leaf.test in DATE_TESTS else definition.step) * 1.001
    reachable = _can_be_past(leaf, threshold, definition)
    if reachable and not any(0 < gap <= step for gap in gaps):
        missing.append("just below it" if leaf.test in _BELOW else "just above it")
    if missing:
        yield RuleCheckError(
            f"'{rule.id}' has a threshold without a case {' and '.join(missing)}: {leaf.fact} "
            f"{leaf.test} {threshold:g} {leaf.unit}. Add it.",
            rule.location,
        )


def _value(leaf: Leaf, case: Case) -> float | None:
    return case.days_ago(leaf.fact) if leaf.test in DATE_TESTS else case.number(leaf.fact)


def _can_be_past(leaf: Leaf, threshold: float, definition: FactDefinition) -> bool:
    """Whether a plausible value lies just past the threshold."""
    if leaf.test in DATE_TESTS or definition.low is None or definition.high is None:
        return True
    return threshold > definition.low if leaf.test in _BELOW else threshold < definition.high


def unused_citations(service: Service, root: Path) -> Iterator[KnowledgeError]:
    """Each citation that nothing cites."""
    texts = {path: path.read_text(encoding="utf-8") for path in _files(root / "knowledge")}
    listed = {path: text for path, text in texts.items() if path.parent.name == "evidence"}
    other = "\n".join(text for path, text in texts.items() if path not in listed)
    used = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", other))
    every = (*service.rules, *service.rules.inactive.values())
    used |= {entry.citation for rule in every for entry in rule.evidence}
    for path, text in listed.items():
        for line, words in enumerate(text.splitlines(), start=1):
            named = _LISTED.match(words)
            id_ = named.group(1) if named else ""
            if id_ in service.knowledge.citations and id_ not in used:
                place = Location(path.relative_to(root).as_posix(), line)
                yield KnowledgeError(f"Nothing cites '{id_}'. Cite it, or take it out.", place)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".csv"))


def unknown_movements(service: Service) -> Iterator[KnowledgeError]:
    """Each movement id inside a sentence that the catalogue does not hold."""
    movements = service.knowledge.catalogue.movements
    for rule in service.rules:
        for effect in rule.then:
            for id_ in _MOVEMENT.findall(" ".join(_sentences(effect))):
                if id_ not in movements:
                    yield RuleCheckError(
                        f"'{rule.id}' names the movement {id_} in a sentence, and the catalogue "
                        "has none. Correct it.",
                        rule.location,
                    )


def _sentences(effect: Effect) -> tuple[str, ...]:
    if isinstance(effect, Contraindicate | Avoid):
        return (*effect.alternatives, effect.message)
    return ()


def counts_of(service: Service, warnings: Sequence[KnowledgeError]) -> Mapping[str, int]:
    """How much was checked."""
    knowledge, rules = service.knowledge, service.rules
    retired = sum(rule.topic.status == "retired" for rule in rules.inactive.values())
    return {
        "rules": len(rules.rules),
        "drafts": len(rules.inactive) - retired,
        "retired": retired,
        "topics": len({rule.topic.path for rule in rules}),
        "cases": len(service.cases),
        "facts": len(knowledge.vocabulary),
        "conditions": len(knowledge.members["condition"]),
        "medications": len(knowledge.members["medication"]),
        "procedures": len(knowledge.members["procedure"]),
        "policies": len(knowledge.policies),
        "citations": len(knowledge.citations),
        "movements": len(knowledge.catalogue.movements),
        "profiles": len(knowledge.profiles.profiles),
        "warnings": len(warnings),
    }
