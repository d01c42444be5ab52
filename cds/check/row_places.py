"""Where the rows of the clinical reference are carried: what names them, and what is listed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path

from marshmallow import fields

from cds.check.places import Ground, Place, check_place, entries_of
from cds.check.rows import Row, is_row
from cds.errors import Location
from cds.knowledge.documents import Problems
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Text,
    choice,
    load_documents,
)
from cds.knowledge.yaml_reader import read_document
from cds.service import Service

ELSEWHERE = "knowledge/reference_rows.yaml"
# Files whose entries are used in decisions or calculators and name their row.
_TABLES = ("intensity/*.yaml", "hiit/*.yaml")


class _PlaceSchema(KnowledgeSchema):
    row = Text(required=True)
    kind = choice("calculator", "profile", "message", "table", "rule", required=True)
    name = Text(required=True)
    how = Text(required=True)


class _SourceSchema(KnowledgeSchema):
    citation = Text(required=True)
    locator = Text(required=True)
    mark = choice("V", "K", "O", required=True)


class _RowsSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    source = fields.Nested(_SourceSchema, required=True)
    elsewhere = fields.List(fields.Nested(_PlaceSchema), required=True)


def find_places(
    service: Service, rows: Mapping[str, Row], root: Path, problems: Problems
) -> Mapping[str, tuple[Place, ...]]:
    """Where each row is carried, by id; a name that leads nowhere is noted as a problem."""
    found: dict[str, set[Place]] = defaultdict(set)
    for id_, place, at in _citing(service):
        if is_row(id_, rows, at, problems):
            found[id_].add(place)
    for name, id_ in _named_in_tables(root, problems):
        found[id_].add(Place("table", name))
    ground = Ground(service, root, problems)
    for id_, place, at in _listed(root, problems):
        if is_row(id_, rows, at, problems):
            check_place(place, at, ground)
            found[id_].add(place)
    by_name = attrgetter("kind", "name")
    return {id_: tuple(sorted(places, key=by_name)) for id_, places in found.items()}


def _listed(root: Path, problems: Problems) -> Iterator[tuple[str, Place, Location]]:
    for name, document, loaded in load_documents(root, ELSEWHERE, _RowsSchema(), problems):
        for entry, written in zip(loaded["elsewhere"], document["elsewhere"], strict=True):
            place = Place(entry["kind"], entry["name"], entry["how"])
            yield entry["row"], place, Location(name, written.line)


def _citing(service: Service) -> Iterator[tuple[str, Place, Location]]:
    for rule in service.rules:
        for id_ in rule.reference:
            yield id_, Place("rule", rule.id), rule.location
    for policy in service.knowledge.policies.values():
        yield policy.reference, Place("policy", policy.id), Location("knowledge/policies", 1)


def _named_in_tables(root: Path, problems: Problems) -> Iterator[tuple[str, str]]:
    """What each entry of the tables names as its row, with the file."""
    for pattern in _TABLES:
        for path in sorted((root / "knowledge").glob(pattern)):
            for entry in entries_of(read_document(path, root, problems)):
                for key in ("id", "reference", "rule"):
                    if isinstance(entry.get(key), str):
                        yield path.relative_to(root / "knowledge").as_posix(), entry[key]
