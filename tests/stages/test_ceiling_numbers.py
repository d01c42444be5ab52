"""The calculator's heart-rate limits and the rules' state the same numbers."""

from collections import defaultdict
from collections.abc import Iterator

from cds.model.effect import Bound, Limit
from cds.model.rule import Rule
from cds.model.threshold import LimitKind
from cds.service import Service


def _upper_bounds(rule: Rule) -> Iterator[Bound]:
    for effect in rule.then:
        if isinstance(effect, Limit) and effect.attribute == "hr_bpm" and effect.at_most:
            yield effect.at_most


def _stated(kind: LimitKind) -> set[Bound]:
    if kind.constant is not None:
        return {Bound(value=kind.constant - kind.below)}
    offsets = (kind.offset, kind.conservative_offset)
    return {Bound(fact=kind.fact, plus=offset) for offset in offsets if offset is not None}


def test_table_and_rules_agree(service: Service) -> None:
    in_table: dict[str, set[Bound]] = defaultdict(set)
    in_rules: dict[str, set[Bound]] = defaultdict(set)
    for kind in service.knowledge.intensity.ceiling.limits.values():
        reference = kind.id.removesuffix("-NOBB").removesuffix("-BB")
        in_table[reference] |= _stated(kind)
        for rule in service.rules:
            if reference in rule.reference:
                in_rules[reference] |= set(_upper_bounds(rule))
    assert in_rules == in_table
