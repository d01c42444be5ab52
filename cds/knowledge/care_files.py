"""Who holds a plan of several teams together, and in which order things are taught."""

from collections.abc import Collection
from pathlib import Path

from marshmallow import fields, validate

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents, suggest
from cds.model.care import Owner, TeachingOrder, TeamTable
from cds.model.measure import Source

TEAM = "knowledge/team.yaml"
TEACHING = "knowledge/teaching.yaml"
_FILLED = validate.Length(min=1, error="This list is empty. Name at least one.")


def _count(least: int) -> "fields.Integer":
    return fields.Integer(strict=True, required=True, validate=validate.Range(min=least))


class _OwnerSchema(KnowledgeSchema):
    teams = fields.List(Text(), required=True, validate=_FILLED)
    owner = Text(required=True)


class _TeamSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    source = fields.Nested(SourceSchema(), required=True)
    at_least = _count(2)
    owners = fields.List(fields.Nested(_OwnerSchema()), required=True)
    otherwise = Text(required=True)
    message = Text(required=True)


class _TeachingSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    source = fields.Nested(SourceSchema(), required=True)
    shown = _count(1)
    order = fields.List(Text(), required=True)


def load_team(root: Path, teams: Collection[str], problems: Problems) -> TeamTable | None:
    """The table of `root`/knowledge/team.yaml; every team in it has to be a known one.

    Names are looked up only in knowledge that was sound so far.
    """
    sound = not problems.found
    for name, document, loaded in load_documents(root, TEAM, _TeamSchema(), problems):
        named: list[tuple[tuple[str | int, ...], str]] = [(("otherwise",), loaded["otherwise"])]
        for index, row in enumerate(loaded["owners"]):
            named += [(("owners", index), team) for team in (*row["teams"], row["owner"])]
        for path, team in named:
            if sound and team not in teams:
                place = Location(name, line_of(document, path))
                problems.add(f"There is no team '{team}'.{suggest(team, teams)}", place)
        owners = tuple(Owner(frozenset(r["teams"]), r["owner"]) for r in loaded["owners"])
        return TeamTable(
            Source(**loaded["source"]),
            loaded["at_least"],
            owners,
            loaded["otherwise"],
            loaded["message"],
        )
    return None


def load_teaching(root: Path, problems: Problems) -> TeachingOrder | None:
    """The order of `root`/knowledge/teaching.yaml; its rules are checked with the rules."""
    for _, _, loaded in load_documents(root, TEACHING, _TeachingSchema(), problems):
        return TeachingOrder(tuple(loaded["order"]), loaded["shown"])
    return None
