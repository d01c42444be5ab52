"""What the source article cites, whether it stands up, and what is cited instead."""

from collections.abc import Iterator
from pathlib import Path

from marshmallow import fields
from msgspec import Struct

from cds.errors import Location
from cds.knowledge.documents import Problems
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Text,
    choice,
    load_documents,
    suggest,
)
from cds.service import Service

CITED = "knowledge/article/citations.yaml"
#: What the audit found: it stands up; it exists but is weaker than it was used; it was not found
#: as cited; it stands in another journal.
FINDINGS = ("sound", "weaker", "unverified", "wrong_journal")


class Cited(Struct, frozen=True):
    """One entry of the article's list of references, with what the audit found.

    `instead` are citations of the service. No citation of the service may hold all the words of
    one part of `never`.
    """

    cited: str
    finding: str
    text: str
    instead: tuple[str, ...]
    never: tuple[tuple[str, ...], ...]


class _CitedSchema(KnowledgeSchema):
    cited = Text(required=True)
    finding = choice(*FINDINGS, required=True)
    text = Text(required=True)
    instead = fields.List(Text(), required=True)
    never = fields.List(fields.List(Text()), load_default=list)


class _CitationsSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    citations = fields.List(fields.Nested(_CitedSchema), required=True)


def audit_citations(service: Service, root: Path, problems: Problems) -> tuple[Cited, ...]:
    """What the article cites; a wrong one that the service repeats is noted."""
    found = []
    for cited, at in _cited(root, problems):
        for id_ in cited.instead:
            if id_ not in service.knowledge.citations:
                hint = suggest(id_, service.knowledge.citations)
                problems.add(f"There is no citation '{id_}'. Correct it.{hint}", at)
        _check_finding(cited, at, problems)
        _check_not_repeated(cited, service, at, problems)
        found.append(cited)
    return tuple(found)


def _cited(root: Path, problems: Problems) -> Iterator[tuple[Cited, Location]]:
    for name, document, loaded in load_documents(root, CITED, _CitationsSchema(), problems):
        for entry, written in zip(loaded["citations"], document["citations"], strict=True):
            never = tuple(tuple(words) for words in entry["never"])
            cited = Cited(**{**entry, "instead": tuple(entry["instead"]), "never": never})
            yield cited, Location(name, written.line)


def _check_finding(cited: Cited, at: Location, problems: Problems) -> None:
    if bool(cited.never) != (cited.finding in ("unverified", "wrong_journal")):
        problems.add(
            f"'{cited.cited}' is {cited.finding}: list in 'never' the words by which a wrong "
            "citation is known, and for a right one leave it out.",
            at,
        )


def _check_not_repeated(cited: Cited, service: Service, at: Location, problems: Problems) -> None:
    for citation in service.knowledge.citations.values():
        said = f"{citation.id} {citation.text} {citation.year}".lower()
        if any(all(word.lower() in said for word in words) for words in cited.never):
            problems.add(
                f"The citation '{citation.id}' repeats '{cited.cited}', which is "
                f"{cited.finding}. Cite what was checked instead.",
                at,
            )
