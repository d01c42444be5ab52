"""The claims of the source article and what it leaves unsaid, each with its answer."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from marshmallow import fields
from msgspec import Struct

from cds.check.places import KINDS, Ground, Place, check_place
from cds.errors import Location
from cds.knowledge.csv_tables import read_table
from cds.knowledge.documents import LocatedDict, Problems
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Text,
    choice,
    load_documents,
    suggest,
)

TABLE = "knowledge/article/claims.csv"
ANSWERS = "knowledge/article/claims_*.yaml"
UNSAID = "knowledge/article/unsaid.yaml"
_COLUMNS = ("id", "section", "topic")


class Claim(Struct, frozen=True):
    """One claim with its places, what is missing of it, and why it is no rule if it is none."""

    id: str
    section: str
    topic: str
    places: tuple[Place, ...]
    missing: str = ""
    no_rule: str = ""


class Gap(Struct, frozen=True):
    """What the article leaves unsaid, with where the service says it."""

    topic: str
    places: tuple[Place, ...]
    missing: str = ""


class _PlaceSchema(KnowledgeSchema):
    kind = choice(*KINDS, required=True)
    name = Text(required=True)
    how = Text()
    test = Text()


class _ClaimSchema(KnowledgeSchema):
    claim = Text(required=True)
    carried_by = fields.List(fields.Nested(_PlaceSchema))
    missing = Text()
    no_rule = Text()


class _ClaimsSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    claims = fields.List(fields.Nested(_ClaimSchema), required=True)


class _GapSchema(KnowledgeSchema):
    topic = Text(required=True)
    carried_by = fields.List(fields.Nested(_PlaceSchema), required=True)
    missing = Text()


class _GapsSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    unsaid = fields.List(fields.Nested(_GapSchema), required=True)


def account_claims(ground: Ground) -> tuple[Claim, ...]:
    """Each claim in the order of the article, with its answer; every fault is noted.

    A fault is a claim with neither place nor reason, or with both; one that stands twice or is
    answered twice; and a place that does not exist.
    """
    root, problems = ground.root, ground.problems
    listed = _listed(root, problems)
    answers: dict[str, Mapping[str, Any]] = {}
    for entry, at, lines in _answers(root, problems):
        id_ = entry["claim"]
        if id_ not in listed:
            hint = suggest(id_, listed)
            problems.add(f"'{id_}' is no claim of the article. Correct it.{hint}", at)
        if id_ in answers:
            problems.add(f"'{id_}' is answered twice. Keep one answer.", at)
        _check_answer(entry, at, problems)
        answers[id_] = {**entry, "places": _places(entry, lines, ground)}
    return tuple(_claim(*each, answers, problems) for each in listed.values())


def find_gaps(ground: Ground) -> tuple[Gap, ...]:
    """What the article leaves unsaid; a place that does not exist is noted."""
    return tuple(
        Gap(
            entry["topic"],
            _places(entry, _lines(name, written), ground),
            entry.get("missing", ""),
        )
        for name, document, loaded in load_documents(
            ground.root, UNSAID, _GapsSchema(), ground.problems
        )
        for entry, written in zip(loaded["unsaid"], document["unsaid"], strict=True)
    )


def _listed(root: Path, problems: Problems) -> Mapping[str, tuple[Mapping[str, str], Location]]:
    found: dict[str, tuple[Mapping[str, str], Location]] = {}
    for at, cells in read_table(root / TABLE, root, _COLUMNS, problems):
        if cells["id"] in found:
            problems.add(f"The claim '{cells['id']}' stands twice. Keep one.", at)
        found[cells["id"]] = cells, at
    return found


def _answers(
    root: Path, problems: Problems
) -> Iterator[tuple[Mapping[str, Any], Location, Sequence[Location]]]:
    """Each answer with its place and the places of what it names."""
    for name, document, loaded in load_documents(root, ANSWERS, _ClaimsSchema(), problems):
        for entry, written in zip(loaded["claims"], document["claims"], strict=True):
            yield entry, Location(name, written.line), _lines(name, written)


def _lines(name: str, written: LocatedDict) -> Sequence[Location]:
    return [Location(name, place.line) for place in written.get("carried_by", ())]


def _check_answer(entry: Mapping[str, Any], at: Location, problems: Problems) -> None:
    if bool(entry.get("carried_by")) == bool(entry.get("no_rule")):
        problems.add(
            f"'{entry['claim']}' needs one of both: places in 'carried_by', or in 'no_rule' the "
            "reason why it is no rule.",
            at,
        )
    if entry.get("missing") and entry.get("no_rule"):
        problems.add(f"'{entry['claim']}' is no rule, so nothing of it can be missing.", at)


def _places(
    entry: Mapping[str, Any], lines: Sequence[Location], ground: Ground
) -> tuple[Place, ...]:
    places = tuple(Place(**named) for named in entry.get("carried_by", ()))
    for place, at in zip(places, lines, strict=True):
        check_place(place, at, ground)
    return places


def _claim(
    cells: Mapping[str, str],
    at: Location,
    answers: Mapping[str, Mapping[str, Any]],
    problems: Problems,
) -> Claim:
    answer = answers.get(cells["id"])
    if answer is None:
        problems.add(
            f"Nothing answers '{cells['id']}', and nothing says why it is no rule. Answer it in "
            f"{ANSWERS}.",
            at,
        )
        return Claim(**cells, places=())
    missing, no_rule = answer.get("missing", ""), answer.get("no_rule", "")
    return Claim(**cells, places=answer["places"], missing=missing, no_rule=no_rule)
