"""Reads and checks the known conflicts between conditions, and the routes that remain."""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import fields, validate

from cds.errors import Location
from cds.knowledge.documents import LocatedDict, Problems, line_of
from cds.knowledge.profile_schemas import CitedSchema, file_schema
from cds.knowledge.schema import Flag, KnowledgeSchema, Text, check_document, choice, suggest
from cds.knowledge.yaml_reader import read_document
from cds.model.profile import SoftConflict

NAME = "knowledge/profiles/conflicts.yaml"
_FILLED = validate.Length(min=1, error="This list is empty. Name at least one.")
_ROUTES = (
    *("hrr_percent", "rpe_6_20", "rt_percent", "days", "minutes", "rt_days", "rt_sets"),
    *("weekly", "blocked_region", "rationed"),
)


class _ConflictSchema(KnowledgeSchema):
    id = Text(required=True)
    conflict = Text(required=True)
    sides = fields.List(fields.List(Text(), validate=_FILLED), required=True, validate=_FILLED)
    wants_impact = Flag()
    resolution = Text(required=True)
    mark = choice("V", "K", "O", required=True)


_ROUTES_SCHEMA = KnowledgeSchema.from_dict(
    {name: Text(required=True) for name in _ROUTES}, name="Routes"
)
_FILE = file_schema(
    "ConflictsFile",
    source=fields.Nested(CitedSchema, required=True),
    conflicts=fields.List(fields.Nested(_ConflictSchema), required=True),
    routes=fields.Nested(_ROUTES_SCHEMA, required=True),
)


def load_conflicts(
    root: Path, names: Collection[str] | None, problems: Problems
) -> tuple[tuple[SoftConflict, ...], Mapping[str, str]]:
    """The conflicts and routes of `NAME`.

    `names` are the profiles and facts that sides may use; None while they cannot be read.
    """
    document = read_document(root / NAME, root, problems)
    loaded = None if document is None else check_document(NAME, document, _FILE, problems)
    if document is None or loaded is None:
        return (), MappingProxyType({})
    if names is not None:
        _check_names(document, loaded, names, problems)
    conflicts = tuple(_conflict(entry) for entry in loaded["conflicts"])
    return conflicts, MappingProxyType(dict(loaded["routes"]))


def _conflict(entry: Mapping[str, Any]) -> SoftConflict:
    return SoftConflict(
        id=entry["id"],
        conflict=entry["conflict"],
        resolution=entry["resolution"],
        sides=tuple(tuple(side) for side in entry["sides"]),
        wants_impact=entry.get("wants_impact", False),
        mark=entry["mark"],
    )


def _check_names(
    document: LocatedDict, loaded: Mapping[str, Any], names: Collection[str], problems: Problems
) -> None:
    for index, entry in enumerate(loaded["conflicts"]):
        for number, side in enumerate(entry["sides"]):
            for name in side:
                if name not in names:
                    problems.add(
                        f"'{name}' is neither a profile nor a fact, so the conflict would never "
                        f"be seen.{suggest(name, names)}",
                        Location(NAME, line_of(document, ("conflicts", index, "sides", number))),
                    )
