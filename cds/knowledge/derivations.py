"""How one known fact gives another: copies, time since an event, exclusions."""

from dataclasses import dataclass
from pathlib import Path

from marshmallow import fields

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Text,
    load_documents,
    suggest,
)
from cds.knowledge.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Copy:
    """`fact` takes the first known value of `sources`."""

    fact: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """`fact` is the time from the latest dated of `events` to the evaluation date."""

    fact: str
    unit: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """`fact` is absent when the code fact `by` equals `equals`."""

    fact: str
    by: str
    equals: str


@dataclass(frozen=True, slots=True)
class Derivations:
    """Every way one fact gives another."""

    copies: tuple[Copy, ...]
    since: tuple[Since, ...]
    excluded: tuple[Excluded, ...]


class _CopySchema(KnowledgeSchema):
    fact = Text(required=True)
    sources = fields.List(Text(), required=True)


class _SinceSchema(KnowledgeSchema):
    fact = Text(required=True)
    unit = Text(required=True)
    events = fields.List(Text(), required=True)


class _ExcludedSchema(KnowledgeSchema):
    fact = Text(required=True)
    by = Text(required=True)
    equals = Text(required=True)


class _Schema(KnowledgeSchema.from_dict(dict(SIGN_OFF))):  # type: ignore[misc]
    description = Text(required=True)
    copies = fields.List(fields.Nested(_CopySchema()), required=True)
    since = fields.List(fields.Nested(_SinceSchema()), required=True)
    excluded = fields.List(fields.Nested(_ExcludedSchema()), required=True)


def load_derivations(root: Path, vocabulary: Vocabulary, problems: Problems) -> Derivations:
    """The derivations of `derivations.yaml`, every name checked against the vocabulary."""
    empty = Derivations((), (), ())
    for name, document, loaded in load_documents(root, "derivations.yaml", _Schema(), problems):
        for kind in ("copies", "since", "excluded"):
            for index, entry in enumerate(loaded[kind]):
                names = (
                    entry["fact"],
                    *entry.get("sources", ()),
                    *entry.get("events", ()),
                )
                for fact in names:
                    if fact not in vocabulary:
                        problems.add(
                            f"There is no fact '{fact}'.{suggest(fact, vocabulary)}",
                            Location(name, line_of(document, (kind, index))),
                        )
        return Derivations(
            tuple(Copy(e["fact"], tuple(e["sources"])) for e in loaded["copies"]),
            tuple(Since(e["fact"], e["unit"], tuple(e["events"])) for e in loaded["since"]),
            tuple(Excluded(e["fact"], e["by"], e["equals"]) for e in loaded["excluded"]),
        )
    return empty
