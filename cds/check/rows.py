"""The rows of the clinical reference, and where each of them is carried."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import fields

from cds.calculators.registry import CALCULATORS
from cds.errors import Location
from cds.knowledge.csv_tables import read_table
from cds.knowledge.documents import LocatedDict, Problems, read_document
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Text,
    choice,
    load_documents,
    suggest,
)
from cds.service import Service

TABLE = "knowledge/reference_rows.csv"
ELSEWHERE = "knowledge/reference_rows.yaml"
NOT_CARRIED = "knowledge/not_carried.yaml"
MUST_BE_CARRIED = ("critical", "high")
_COLUMNS = ("id", "file", "section", "severity")
# Files whose entries are used in decisions or calculators and name their row. The doses of
# guidance.yaml are not among them: nothing says them to anybody yet.
_TABLES = ("intensity/*.yaml", "hiit/*.yaml")
_UNSAID = "guidance.yaml"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the reference: its id, where it stands, and its severity where it states one."""

    id: str
    file: str
    section: str
    severity: str
    location: Location


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row is carried: a rule, policy, table, calculator, profile or message, by name."""

    kind: str
    name: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A row with its places, what is missing of it, and why it has no place."""

    row: Row
    places: tuple[Place, ...]
    missing: str = ""
    reason: str = ""
    needs: str = ""


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


class _ReasonSchema(KnowledgeSchema):
    row = Text(required=True)
    reason = Text(required=True)
    needs = Text(required=True)


class _PartSchema(KnowledgeSchema):
    row = Text(required=True)
    missing = Text(required=True)


class _NotCarriedSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    not_carried = fields.List(fields.Nested(_ReasonSchema), required=True)
    partly = fields.List(fields.Nested(_PartSchema), required=True)


def account_rows(service: Service, root: Path, problems: Problems) -> tuple[Account, ...]:
    """Each row in the order of the reference, with its places; every fault is noted.

    A fault is a row with neither place nor reason, or with both; a critical or high row without a
    place; and a name that leads nowhere.
    """
    rows = load_rows(root, problems)
    places = _places(service, rows, root, problems)
    reasons, parts = _unfinished(root, rows, problems)
    accounts = tuple(
        Account(row, tuple(sorted(places[id_], key=_place_key)), parts.get(id_, ""), *why)
        for id_, row in rows.items()
        for why in (reasons.get(id_, ("", "")),)
    )
    for account in accounts:
        _check_account(account, problems)
    return accounts


def load_rows(root: Path, problems: Problems) -> Mapping[str, Row]:
    """The rows of the reference by id; one that stands twice is a problem."""
    found: dict[str, Row] = {}
    for place, cells in read_table(root / TABLE, root, _COLUMNS, problems, _COLUMNS[2:]):
        if cells["id"] in found:
            problems.add(f"The row '{cells['id']}' stands twice. Keep one.", place)
        found[cells["id"]] = Row(*(cells[column] for column in _COLUMNS), location=place)
    return found


def _check_account(account: Account, problems: Problems) -> None:
    row = account.row
    if account.places and account.reason:
        problems.add(
            f"'{row.id}' is carried and explained as not carried; one is out of date. Take it out "
            f"of {NOT_CARRIED}.",
            row.location,
        )
    elif not account.places and row.severity in MUST_BE_CARRIED:
        problems.add(
            f"'{row.id}' is {row.severity} and nothing carries it, so a danger goes unsaid. Write "
            "a rule that names it in 'reference'.",
            row.location,
        )
    elif not account.places and not account.reason:
        problems.add(
            f"Nothing carries '{row.id}' and nothing says why. Name it in the 'reference' of a "
            f"rule, or give the reason in {NOT_CARRIED}.",
            row.location,
        )


def _places(
    service: Service, rows: Mapping[str, Row], root: Path, problems: Problems
) -> Mapping[str, set[Place]]:
    found: dict[str, set[Place]] = defaultdict(set)
    for id_, place, at in _citing(service):
        if _is_row(id_, rows, at, problems):
            found[id_].add(place)
    for name, id_ in _named_in_tables(root, problems):
        found[id_].add(Place("table", name))
    for name, document, loaded in load_documents(root, ELSEWHERE, _RowsSchema(), problems):
        for entry, written in zip(loaded["elsewhere"], document["elsewhere"], strict=True):
            place, at = Place(entry["kind"], entry["name"], entry["how"]), Location(name, written.line)
            if _is_row(entry["row"], rows, at, problems) and _exists(place, service, root, at, problems):
                found[entry["row"]].add(place)
    return found


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
            document = None if path.name == _UNSAID else read_document(path, root, problems)
            for entry in _entries(document):
                for key in ("id", "reference", "rule"):
                    if isinstance(entry.get(key), str):
                        yield path.relative_to(root / "knowledge").as_posix(), entry[key]


def _entries(value: Any) -> Iterator[LocatedDict]:
    if isinstance(value, LocatedDict):
        yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _entries(part)


def _exists(place: Place, service: Service, root: Path, at: Location, problems: Problems) -> bool:
    known: Mapping[str, Iterable[str]] = {
        "calculator": CALCULATORS,
        "profile": service.knowledge.profiles.profiles,
        "message": service.knowledge.messages,
        "rule": service.rules.rules,
        "table": [place.name] if (root / "knowledge" / place.name).is_file() else [],
    }
    if place.name in known[place.kind]:
        return True
    hint = suggest(place.name, known[place.kind])
    problems.add(f"There is no {place.kind} '{place.name}'. Correct it.{hint}", at)
    return False


def _unfinished(
    root: Path, rows: Mapping[str, Row], problems: Problems
) -> tuple[Mapping[str, tuple[str, str]], Mapping[str, str]]:
    """Why rows are not carried, with what that needs; and what is missing of others."""
    reasons: dict[str, tuple[str, str]] = {}
    parts: dict[str, str] = {}
    for name, document, loaded in load_documents(root, NOT_CARRIED, _NotCarriedSchema(), problems):
        for key in ("not_carried", "partly"):
            for entry, written in zip(loaded[key], document[key], strict=True):
                _is_row(entry["row"], rows, Location(name, written.line), problems)
        reasons.update((e["row"], (e["reason"], e["needs"])) for e in loaded["not_carried"])
        parts.update((e["row"], e["missing"]) for e in loaded["partly"])
    return reasons, parts


def _is_row(id_: str, rows: Mapping[str, Row], at: Location, problems: Problems) -> bool:
    if id_ not in rows:
        problems.add(
            f"'{id_}' is no row of the clinical reference. Correct it.{suggest(id_, rows)}", at
        )
    return id_ in rows


def _place_key(place: Place) -> tuple[str, str]:
    return place.kind, place.name
