"""Reads and checks the movement catalogue and its avoid tags."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import Schema, fields

from cds.errors import Location
from cds.knowledge.catalogue import Catalogue
from cds.knowledge.documents import LocatedDict, Problems, line_of
from cds.knowledge.predicates import MANY, TestSchema, make_predicate
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, check_document, choice, suggest
from cds.knowledge.selection_file import load_selection
from cds.knowledge.table_rows import Row, parse_code, parse_flag, parse_number, read_rows
from cds.knowledge.yaml_reader import read_document
from cds.model.movement import AvoidTag, Caution, Movement

FOLDER = "knowledge/exercises"
COLUMNS = Movement.__struct_fields__
MODALITIES = (
    *("aerobic", "interval", "resistance", "isometric", "tendon", "impact", "flexibility"),
    *("mobility", "pnf", "balance", "dual_task", "aquatic", "mind_body", "breath"),
    *("graded_exposure", "coordination"),
)
REGIONS = (
    *("lower", "upper", "full", "trunk", "neck", "hand", "respiratory", "vestibular", "pelvic"),
)
IMPACTS = ("none", "low", "moderate", "high")
DEGREES = ("none", "low", "mod", "high")
_FLAGS = ("spine_loaded", "end_range", "overhead", "supine", "prone")
_CODES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "modality": MODALITIES,
        "region": REGIONS,
        "impact_level": IMPACTS,
        "kinetic_chain": ("open", "closed", "mixed"),
        "valsalva_risk": DEGREES,
        "balance_demand": DEGREES,
        "mets_match": ("", "direct", "nearest"),
    }
)


class _TagSchema(KnowledgeSchema):
    id = Text(required=True)
    label = Text(required=True)
    why = Text(required=True)
    mark = choice("V", "K", "O", required=True)
    all = fields.List(fields.Nested(TestSchema))
    any = fields.List(fields.Nested(TestSchema))


class _CautionSchema(KnowledgeSchema):
    id = Text(required=True)
    under = fields.List(Text(), required=True)
    needs = fields.List(Text())
    message = Text(required=True)
    mark = choice("V", "K", "O", required=True)
    all = fields.List(fields.Nested(TestSchema), required=True)


class _SourceSchema(KnowledgeSchema):
    citation = Text(required=True)
    locator = Text(required=True)
    mark = choice("V", "K", "O", required=True)


_TagFile: type[Schema] = KnowledgeSchema.from_dict(
    {
        **SIGN_OFF,
        "licence": Text(required=True),
        "source": fields.Nested(_SourceSchema, required=True),
        "tags": fields.List(fields.Nested(_TagSchema), required=True),
        "cautions": fields.List(fields.Nested(_CautionSchema), required=True),
    },
    name="TagFile",
)


def load_catalogue(root: Path, problems: Problems) -> Catalogue:
    """The catalogue under `root`/knowledge/exercises; every fault is noted in `problems`."""
    path = root / FOLDER / "movements.csv"
    movements: dict[str, Movement] = {}
    places: dict[str, Location] = {}
    for row in read_rows(path, root, COLUMNS, problems):
        movement = _movement(row, problems)
        if movement.id in movements:
            problems.add(f"'{movement.id}' stands twice. Keep one.", row.location)
        movements[movement.id], places[movement.id] = movement, row.location
    _check_links(movements, places, problems)
    tags, cautions = _load_tags(root, problems)
    selection = load_selection(root, movements, problems)
    return Catalogue(MappingProxyType(movements), MappingProxyType(tags), cautions, selection)


def _movement(row: Row, problems: Problems) -> Movement:
    values: dict[str, Any] = dict(row.cells)
    values.update({column: row.items(column) for column in MANY})
    values.update({column: parse_flag(row, column, problems) for column in _FLAGS})
    for column, allowed in _CODES.items():
        parse_code(row, column, allowed, problems)
    values["mets"] = parse_number(row, "mets", problems) if row["mets"] else None
    values["regression"] = row["regression"] or None
    values["progression"] = row["progression"] or None
    return Movement(**values)


def _check_links(
    movements: Mapping[str, Movement], places: Mapping[str, Location], problems: Problems
) -> None:
    for movement in movements.values():
        for direction in ("regression", "progression"):
            step = getattr(movement, direction)
            if step is not None and step not in movements:
                problems.add(
                    f"'{direction}' names a movement that does not exist, so the chain breaks. "
                    f"Correct the id.{suggest(step, movements)}",
                    places[movement.id],
                )
            elif _runs_in_circle(movements, movement.id, direction):
                problems.add(
                    f"The {direction} chain from '{movement.id}' comes back to itself, so "
                    "nothing is easier or harder. Break the circle.",
                    places[movement.id],
                )


def _runs_in_circle(movements: Mapping[str, Movement], start: str, direction: str) -> bool:
    seen: set[str] = set()
    step: str | None = start
    while step is not None and step in movements:
        if step in seen:
            return True
        seen.add(step)
        step = getattr(movements[step], direction)
    return False


def _load_tags(root: Path, problems: Problems) -> tuple[dict[str, AvoidTag], tuple[Caution, ...]]:
    path = root / FOLDER / "avoid_tags.yaml"
    document = read_document(path, root, problems)
    if document is None:
        return {}, ()
    name = path.relative_to(root).as_posix()
    loaded = check_document(name, document, _TagFile(), problems)
    if loaded is None:
        return {}, ()
    tags: dict[str, AvoidTag] = {}
    for index, entry in enumerate(loaded["tags"]):
        if entry["id"] in tags:
            place = Location(name, line_of(document, ("tags", index)))
            problems.add(f"'{entry['id']}' stands twice. Keep one.", place)
        tags[entry["id"]] = AvoidTag(
            entry["id"], entry["label"], entry["why"], make_predicate(entry), entry["mark"]
        )
    return tags, tuple(_cautions(name, document, loaded, tags, problems))


def _cautions(
    name: str,
    document: LocatedDict,
    loaded: Mapping[str, Any],
    tags: Mapping[str, AvoidTag],
    problems: Problems,
) -> list[Caution]:
    cautions = []
    for index, entry in enumerate(loaded["cautions"]):
        for tag in entry["under"]:
            if tag not in tags:
                place = Location(name, line_of(document, ("cautions", index, "under")))
                problems.add(f"'{tag}' is not an avoid tag.{suggest(tag, tags)}", place)
        cautions.append(
            Caution(
                entry["id"],
                tuple(entry["under"]),
                make_predicate(entry),
                entry["message"],
                tuple(entry.get("needs", ())),
                entry["mark"],
            )
        )
    return cautions
