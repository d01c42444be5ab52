"""Reads `knowledge/derivations.yaml`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import fields

from cds.errors import Location
from cds.knowledge.derivations import Copy, Derivations, Excluded, Shown, Since
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Text,
    load_documents,
    suggest,
)
from cds.knowledge.vocabulary import Vocabulary


class _ProfileSchema(KnowledgeSchema):
    profile = Text(required=True)
    conditions = fields.List(Text(), required=True)


class _CopySchema(KnowledgeSchema):
    fact = Text(required=True)
    sources = fields.List(Text(), required=True)


class _SinceSchema(KnowledgeSchema):
    fact = Text(required=True)
    unit = Text(required=True)
    events = fields.List(Text(), required=True)


class _ShownSchema(KnowledgeSchema):
    fact = Text(required=True)
    by = fields.List(Text(), required=True)


class _ExcludedSchema(KnowledgeSchema):
    fact = Text(required=True)
    by = Text(required=True)
    equals = Text(required=True)


class _Schema(KnowledgeSchema.from_dict(dict(SIGN_OFF))):  # type: ignore[misc]
    description = Text(required=True)
    profiles = fields.List(fields.Nested(_ProfileSchema()), required=True)
    copies = fields.List(fields.Nested(_CopySchema()), required=True)
    since = fields.List(fields.Nested(_SinceSchema()), required=True)
    shown = fields.List(fields.Nested(_ShownSchema()), required=True)
    excluded = fields.List(fields.Nested(_ExcludedSchema()), required=True)


def load_derivations(root: Path, vocabulary: Vocabulary, problems: Problems) -> Derivations:
    """The derivations of `derivations.yaml`, every name checked against the vocabulary."""
    for name, document, loaded in load_documents(
        root, "knowledge/derivations.yaml", _Schema(), problems
    ):
        for kind in ("profiles", "copies", "since", "shown", "excluded"):
            for index, entry in enumerate(loaded[kind]):
                place = Location(name, line_of(document, (kind, index)))
                for fact in _names(entry):
                    if fact not in vocabulary:
                        problems.add(
                            f"There is no fact '{fact}'.{suggest(fact, vocabulary)}", place
                        )
        return Derivations(
            {e["profile"]: tuple(e["conditions"]) for e in loaded["profiles"]},
            tuple(Copy(e["fact"], tuple(e["sources"])) for e in loaded["copies"]),
            tuple(Since(e["fact"], e["unit"], tuple(e["events"])) for e in loaded["since"]),
            tuple(Shown(e["fact"], tuple(e["by"])) for e in loaded["shown"]),
            tuple(Excluded(e["fact"], e["by"], e["equals"]) for e in loaded["excluded"]),
        )
    return Derivations({}, (), (), (), ())


def _names(entry: Mapping[str, Any]) -> Iterator[str]:
    """Every fact that an entry names."""
    if "profile" in entry:
        yield from (f"condition.{id_}" for id_ in (entry["profile"], *entry["conditions"]))
    else:
        yield entry["fact"]
        for key in ("sources", "events", "by"):
            names = entry.get(key, ())
            yield from (names,) if isinstance(names, str) else names
