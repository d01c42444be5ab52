"""Loads which facts can change; the table and the vocabulary must agree."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import fields, validate

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.fact import FactDefinition, FactType
from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Text,
    choice,
    load_documents,
    suggest,
)
from cds.model.change import By, Changeable, Changes, Moves

PATTERN = "knowledge/changes.yaml"
_FLAGS = ("good_news", "never_supposed")
_NOTHING = Changes(MappingProxyType({}), frozenset(), frozenset(), tuple(By), 0, 0)
_FITTING = {
    FactType.NUMBER: frozenset({Moves.DOWN, Moves.UP, Moves.ANY}),
    FactType.FLAG: frozenset({Moves.ABSENT, Moves.PRESENT}),
    FactType.CODE: frozenset({Moves.TO}),
}


class _ChangeSchema(KnowledgeSchema):
    by = choice(*(by.value for by in By if by is not By.ASKING), required=True)
    moves = choice(*(moves.value for moves in Moves if moves is not Moves.TO))
    to = fields.List(Text(), validate=validate.Length(min=1))


class _SearchSchema(KnowledgeSchema):
    changes = fields.Integer(strict=True, required=True, validate=validate.Range(min=1, max=10))
    decisions = fields.Integer(strict=True, required=True, validate=validate.Range(min=1, max=500))


class _Schema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    source = fields.Nested(SourceSchema(), required=True)
    easiest_first = fields.List(choice(*(by.value for by in By)), required=True)
    good_news = fields.List(Text(), required=True)
    never_supposed = fields.List(Text(), required=True)
    search = fields.Nested(_SearchSchema(), required=True)
    groups = fields.Dict(
        keys=Text(),
        values=fields.Dict(keys=Text(), values=fields.Nested(_ChangeSchema())),
        required=True,
    )


def load_changes(
    root: Path, vocabulary: Mapping[str, FactDefinition] | None, problems: Problems
) -> Changes:
    """The table of `knowledge/changes.yaml`; `vocabulary` is None when it could not be read."""
    for name, document, loaded in load_documents(root, PATTERN, _Schema(), problems):
        if set(loaded["easiest_first"]) != set(By) or len(loaded["easiest_first"]) != len(By):
            problems.add(
                "'easiest_first' does not name each of "
                f"{', '.join(By)} once. Changes could not be compared.",
                Location(name, line_of(document, ("easiest_first",))),
            )
        for path, text in _faults(loaded, vocabulary) if vocabulary else ():
            problems.add(text, Location(name, line_of(document, path)))
        return _changes(loaded)
    return _NOTHING


def _changes(loaded: Mapping[str, Any]) -> Changes:
    found = {
        fact: Changeable(
            By(entry["by"]), Moves(entry.get("moves", Moves.TO)), tuple(entry.get("to", ()))
        )
        for group in loaded["groups"].values()
        for fact, entry in group.items()
    }
    order, search = tuple(By(by) for by in loaded["easiest_first"]), loaded["search"]
    good_news, never_supposed = (frozenset(loaded[key]) for key in _FLAGS)
    bounds = search["changes"], search["decisions"]
    return Changes(MappingProxyType(found), good_news, never_supposed, order, *bounds)


def _faults(
    loaded: Mapping[str, Any], vocabulary: Mapping[str, FactDefinition]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    groups = loaded["groups"]
    for key in _FLAGS:
        for index, name in enumerate(loaded[key]):
            if name not in vocabulary or vocabulary[name].type is not FactType.FLAG:
                unknown = f"'{name}' is not a flag of the vocabulary.{suggest(name, vocabulary)}"
                yield (key, index), unknown
    known = dict.fromkeys(fact.group for name, fact in vocabulary.items() if "." not in name)
    for group in known:
        if group not in groups:
            yield (
                ("groups",),
                f"The group '{group}' of the vocabulary is missing. Nobody would have said which "
                "of its facts can change. Add it; empty, like {}, when none can.",
            )
    for group, entries in groups.items():
        if group not in known:
            yield ("groups", group), f"No fact has this group.{suggest(group, known)}"
        for name, entry in entries.items():
            if text := _fault(group, name, entry, vocabulary):
                yield ("groups", group, name), text


def _fault(
    group: str, name: str, entry: Mapping[str, Any], vocabulary: Mapping[str, FactDefinition]
) -> str | None:
    fact = vocabulary.get(name)
    if fact is None or fact.group != group:
        return f"'{name}' is not a fact of the group '{group}'.{suggest(name, vocabulary)}"
    if not fact.submittable:
        return f"'{name}' is worked out here, so nobody can change it. Name what it comes from."
    if ("moves" in entry) == ("to" in entry):
        return f"'{name}' needs either 'moves' or 'to'. Write one of them."
    moves = Moves(entry.get("moves", Moves.TO))
    if moves not in _FITTING[fact.type]:
        fitting = " or ".join(sorted(_FITTING[fact.type]))
        return f"'{name}' is a {fact.type.value} and cannot move like this. Use {fitting}."
    foreign = [code for code in entry.get("to", ()) if code not in fact.values]
    if foreign:
        return f"'{name}' has no code '{foreign[0]}'.{suggest(foreign[0], fact.values)}"
    return None
