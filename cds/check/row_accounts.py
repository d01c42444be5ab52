"""Each row of the clinical reference with where it is carried, what is missing, or why not."""

from collections.abc import Mapping
from pathlib import Path

from marshmallow import fields
from msgspec import Struct

from cds.check.places import Place
from cds.check.row_places import find_places
from cds.check.rows import Row, is_row, load_rows
from cds.errors import Location
from cds.knowledge.documents import Problems
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents
from cds.service import Service

NOT_CARRIED = "knowledge/not_carried.yaml"
MUST_BE_CARRIED = ("critical", "high")


class Account(Struct, frozen=True):
    """A row with its places, what is missing of it, and why it has no place."""

    row: Row
    places: tuple[Place, ...]
    missing: str = ""
    reason: str = ""
    needs: str = ""


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
    places = find_places(service, rows, root, problems)
    reasons, parts = _unfinished(root, rows, problems)
    accounts = tuple(
        Account(row, places.get(id_, ()), parts.get(id_, ""), *why)
        for id_, row in rows.items()
        for why in (reasons.get(id_, ("", "")),)
    )
    for account in accounts:
        _check_account(account, problems)
    return accounts


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


def _unfinished(
    root: Path, rows: Mapping[str, Row], problems: Problems
) -> tuple[Mapping[str, tuple[str, str]], Mapping[str, str]]:
    """Why rows are not carried, with what that needs; and what is missing of others."""
    reasons: dict[str, tuple[str, str]] = {}
    parts: dict[str, str] = {}
    for name, document, loaded in load_documents(root, NOT_CARRIED, _NotCarriedSchema(), problems):
        for key in ("not_carried", "partly"):
            for entry, written in zip(loaded[key], document[key], strict=True):
                is_row(entry["row"], rows, Location(name, written.line), problems)
        reasons.update((e["row"], (e["reason"], e["needs"])) for e in loaded["not_carried"])
        parts.update((e["row"], e["missing"]) for e in loaded["partly"])
    return reasons, parts
