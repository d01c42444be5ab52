"""A value that is copied with other fields is what `dataclasses.replace` makes of it."""

import dataclasses

from cds.model.decision import Statement
from cds.model.frozen import replace
from cds.service import Service


def test_only_the_named_fields_are_other_ones() -> None:
    one = Statement("Breathe out.", ("a.rule",))
    other = replace(one, because=("b.rule",))
    assert other == Statement("Breathe out.", ("b.rule",))
    assert one == Statement("Breathe out.", ("a.rule",))


def test_what_a_class_works_out_itself_is_worked_out_anew(service: Service) -> None:
    """A rule gathers the facts that it reads from its condition."""
    one, other = list(service.rules)[:2]
    changed = replace(one, when=other.when)
    assert changed == dataclasses.replace(one, when=other.when)
    assert changed.facts == other.facts
