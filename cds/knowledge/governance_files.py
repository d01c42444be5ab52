"""Loads the intended use, and which facts the source attributes of a rule are about."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import fields

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.fact import FactDefinition
from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents, suggest
from cds.model.governance import IntendedUse, SourceAttributes

USE = "knowledge/intended_use.yaml"
ATTRIBUTES = "knowledge/source_attributes.yaml"
#: Of the 13 attributes the first say where a rule comes from, the others which data it uses.
#: Source: 45 CFR 170.315(b)(11)(iv)(A).
ORIGINS = (
    "bibliographic_citation",
    "developer",
    "funding_source",
    "release_and_revision_dates",
)
USES = (
    "use_of_race",
    "use_of_ethnicity",
    "use_of_language",
    "use_of_sexual_orientation",
    "use_of_gender_identity",
    "use_of_sex",
    "use_of_date_of_birth",
    "use_of_social_determinants_of_health",
    "use_of_health_status_assessments",
)


class _FileSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    source = fields.Nested(SourceSchema(), required=True)


class _UseSchema(_FileSchema):
    use, users, population = (Text(required=True) for _ in range(3))
    exclusions, limits = (Text(required=True) for _ in range(2))


class _AttributeSchema(KnowledgeSchema):
    id = Text(required=True)
    label = Text(required=True)
    facts = fields.List(Text())


class _AttributesSchema(_FileSchema):
    not_available, not_used, funding_source = (Text(required=True) for _ in range(3))
    attributes = fields.List(fields.Nested(_AttributeSchema()), required=True)


def load_intended_use(root: Path, problems: Problems) -> IntendedUse:
    """What `knowledge/intended_use.yaml` says."""
    for _, _, loaded in load_documents(root, USE, _UseSchema(), problems):
        names = ("use", "users", "population", "exclusions", "limits")
        return IntendedUse(*(loaded[name] for name in names))
    return IntendedUse("", "", "", "", "")


def load_source_attributes(
    root: Path, vocabulary: Mapping[str, FactDefinition] | None, problems: Problems
) -> SourceAttributes:
    """The table of `knowledge/source_attributes.yaml`; `vocabulary` is None when not readable."""
    for name, document, loaded in load_documents(root, ATTRIBUTES, _AttributesSchema(), problems):
        for path, text in _faults(loaded["attributes"], vocabulary):
            problems.add(text, Location(name, line_of(document, ("attributes", *path))))
        return _attributes(loaded)
    return SourceAttributes(MappingProxyType({}), MappingProxyType({}), "", "", "")


def _attributes(loaded: Mapping[str, Any]) -> SourceAttributes:
    entries = loaded["attributes"]
    facts = {entry["id"]: frozenset(entry["facts"]) for entry in entries if "facts" in entry}
    return SourceAttributes(
        MappingProxyType({entry["id"]: entry["label"] for entry in entries}),
        MappingProxyType(facts),
        loaded["not_available"],
        loaded["not_used"],
        loaded["funding_source"],
    )


def _faults(
    entries: Sequence[Mapping[str, Any]], vocabulary: Mapping[str, FactDefinition] | None
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if [entry["id"] for entry in entries] != [*ORIGINS, *USES]:
        yield (
            (),
            "These are not the 13 attributes in their order, so that one would not be told. "
            f"List {', '.join((*ORIGINS, *USES))}.",
        )
    for index, entry in enumerate(entries):
        if ("facts" in entry) != (entry["id"] in USES):
            told = "'facts' go with the attributes about the use of data, and only there."
            yield (index,), f"{told} Correct '{entry['id']}'."
        for place, fact in enumerate(entry.get("facts", ())):
            if vocabulary is not None and fact not in vocabulary:
                hint = suggest(fact, vocabulary)
                yield (index, "facts", place), f"'{fact}' is not in the vocabulary.{hint}"
