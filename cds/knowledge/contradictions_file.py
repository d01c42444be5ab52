"""Reads and checks the table of facts that cannot both be true."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import fields, validate

from cds.errors import LoadError, Location
from cds.knowledge.contradictions import Bound, Comparison, Contradiction
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.fact import FactDefinition
from cds.knowledge.files import ROOT
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Number,
    Text,
    choice,
    load_documents,
    suggest,
)

PATTERN = "knowledge/contradictions.yaml"


class _BoundSchema(KnowledgeSchema):
    fact = Text(required=True)
    less_than = Number()
    at_least = Number()
    equals = Text()
    one_of = fields.List(Text())
    unit = Text()


class _CompareSchema(KnowledgeSchema):
    left = Text(required=True)
    not_below = Text()
    above = Text()
    same_day = fields.Boolean(truthy={True}, falsy={False})


class _RowSchema(KnowledgeSchema):
    id = Text(required=True)
    message = Text(required=True)
    facts = fields.Dict()
    known = Text()
    any = fields.List(fields.Nested(_BoundSchema), validate=validate.Length(min=1))
    every = fields.List(fields.Nested(_BoundSchema), validate=validate.Length(min=1))
    compare = fields.Nested(_CompareSchema)
    source = Text()
    mark = choice("V", "K", "O")


class _FileSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    contradictions = fields.List(fields.Nested(_RowSchema), required=True)


def load_contradictions(
    root: Path, vocabulary: Mapping[str, FactDefinition], problems: Problems
) -> tuple[Contradiction, ...]:
    """Every row; a fact that the vocabulary does not hold, or a foreign unit, is a problem."""
    rows: list[Contradiction] = []
    for name, document, loaded in load_documents(root, PATTERN, _FileSchema(), problems):
        for index, entry in enumerate(loaded["contradictions"]):
            place = Location(name, line_of(document, ("contradictions", index, "id")))
            row = _row(entry)
            rows.append(row)
            for text in _faults(row, entry, vocabulary):
                problems.add(text, place)
    return tuple(rows)


def find_contradictions(vocabulary: Mapping[str, FactDefinition]) -> tuple[Contradiction, ...]:
    """The rows as shipped.

    Raises: LoadError with every problem.
    """
    problems = Problems()
    found = load_contradictions(ROOT, vocabulary, problems)
    if problems.found:
        raise LoadError(problems.found)
    return found


def _row(entry: Mapping[str, Any]) -> Contradiction:
    compare = entry.get("compare")
    return Contradiction(
        entry["id"],
        entry["message"],
        entry.get("facts", {}),
        entry.get("known"),
        tuple(_bound(bound) for bound in entry.get("any", ())),
        tuple(_bound(bound) for bound in entry.get("every", ())),
        None
        if compare is None
        else Comparison(
            compare["left"],
            compare.get("not_below") or compare.get("above") or "",
            "above" in compare,
            compare.get("same_day", False),
        ),
    )


def _bound(entry: Mapping[str, Any]) -> Bound:
    plain = {key: value for key, value in entry.items() if key not in ("unit", "one_of")}
    return Bound(**plain, one_of=tuple(entry.get("one_of", ())))


def _faults(
    row: Contradiction, entry: Mapping[str, Any], vocabulary: Mapping[str, FactDefinition]
) -> Iterator[str]:
    compared = (row.compare.left, row.compare.right) if row.compare else ()
    bounds = [*entry.get("any", ()), *entry.get("every", ())]
    named = [*row.facts, *([row.known] if row.known else ()), *compared]
    for fact in [*named, *(bound["fact"] for bound in bounds)]:
        if fact not in vocabulary and "." not in fact:
            yield f"The fact '{fact}' is not in the vocabulary.{suggest(fact, vocabulary)}"
    for bound in bounds:
        definition = vocabulary.get(bound["fact"])
        numeric = "less_than" in bound or "at_least" in bound
        if definition and numeric and bound.get("unit") != definition.unit:
            yield f"'{bound['fact']}' is compared without its unit. Write unit: {definition.unit}."
