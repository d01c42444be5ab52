"""Reads and checks how exercises are chosen from the catalogue."""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import fields

from cds.errors import Location
from cds.knowledge.documents import LocatedDict, Problems, line_of
from cds.knowledge.predicates import PredicateSchema, make_predicate
from cds.knowledge.profile_schemas import CitedSchema, FactRuleSchema, file_schema
from cds.knowledge.schema import KnowledgeSchema, Number, Text, check_document, suggest
from cds.knowledge.yaml_reader import read_document
from cds.model.movement import Movement
from cds.model.selection import BalanceRule, DualTask, SelectionTable, Slot

PHASES = ("start", "target")
NAME = "knowledge/exercises/selection.yaml"


def _names(**kwargs: Any) -> fields.List[Any]:
    return fields.List(Text(), **kwargs)


class _SlotSchema(KnowledgeSchema):
    id = Text(required=True)
    component = Text(required=True)
    label = Text(required=True)
    modalities = _names(required=True)
    patterns = _names(required=True)
    regions = _names()
    when = Text()
    phases = _names()
    start = _names(required=True)
    target = _names(required=True)


class _FactSchema(FactRuleSchema):
    profile = Text()


class _BalanceSchema(KnowledgeSchema):
    easy = Text(required=True)
    usual = Text(required=True)
    guarded = Text(required=True)
    guarded_from_supervision = Number(required=True)
    fell = fields.Nested(_FactSchema, required=True)
    unsteady = fields.Nested(_FactSchema, required=True)
    profiles = _names(required=True)
    unknown_from_age = fields.Nested(_FactSchema, required=True)


class _VigorousSchema(CitedSchema):
    rpe_6_20 = Number(required=True)
    hrr_percent = Number(required=True)


class _ExercisesSchema(CitedSchema):
    at_least = Number(required=True)
    at_most = Number(required=True)
    at_most_home = Number(required=True)


class _DualTaskSchema(CitedSchema):
    profiles = _names(required=True)
    place = Number(required=True)


_FILE = file_schema(
    "SelectionFile",
    source=fields.Nested(CitedSchema, required=True),
    slots=fields.List(fields.Nested(_SlotSchema), required=True),
    household=_names(required=True),
    words=fields.Dict(keys=Text(), values=_names(), required=True),
    balance=fields.Nested(_BalanceSchema, required=True),
    vigorous=fields.Nested(_VigorousSchema, required=True),
    exercises=fields.Nested(_ExercisesSchema, required=True),
    settings=fields.Dict(keys=Text(), values=_names(), required=True),
    blocked_regions=fields.Dict(keys=Text(), values=_names(), required=True),
    loading=_names(required=True),
    components=fields.Dict(keys=Text(), values=_names(), required=True),
    told_under=fields.Dict(keys=Text(), values=Text(), required=True),
    always=_names(required=True),
    told=_names(required=True),
    dual_task=fields.Nested(_DualTaskSchema, required=True),
    pool=_names(required=True),
    stand_ins=_names(required=True),
    intervals=fields.Dict(keys=Text(), values=Text(), required=True),
    led=fields.Dict(keys=Text(), values=Text(), required=True),
    clinic_from_supervision=Number(required=True),
    seldom=fields.Nested(PredicateSchema, required=True),
)


def load_selection(
    root: Path, movements: Mapping[str, Movement], problems: Problems
) -> SelectionTable | None:
    """The selection table under `root`, every movement checked against the catalogue."""
    document = read_document(root / NAME, root, problems)
    if document is None:
        return None
    loaded = check_document(NAME, document, _FILE, problems)
    if loaded is None:
        return None
    _check_movements(document, loaded, movements, problems)
    _check_told_under(document, loaded, movements, problems)
    return SelectionTable(
        slots=tuple(_slot(entry) for entry in loaded["slots"]),
        household=frozenset(loaded["household"]),
        words=_lists(loaded["words"]),
        balance=_balance(loaded["balance"]),
        vigorous_rpe=loaded["vigorous"]["rpe_6_20"],
        vigorous_hrr=loaded["vigorous"]["hrr_percent"],
        at_least=int(loaded["exercises"]["at_least"]),
        at_most=int(loaded["exercises"]["at_most"]),
        at_most_home=int(loaded["exercises"]["at_most_home"]),
        settings=_lists(loaded["settings"]),
        blocked_regions=_lists(loaded["blocked_regions"]),
        loading=frozenset(loaded["loading"]),
        components=_lists(loaded["components"]),
        told_under=MappingProxyType(dict(loaded["told_under"])),
        always=frozenset(loaded["always"]),
        told=frozenset(loaded["told"]),
        dual_task=DualTask(
            frozenset(loaded["dual_task"]["profiles"]), int(loaded["dual_task"]["place"])
        ),
        pool=frozenset(loaded["pool"]),
        stand_ins=tuple(loaded["stand_ins"]),
        intervals=MappingProxyType(dict(loaded["intervals"])),
        led=MappingProxyType(dict(loaded["led"])),
        clinic_from_supervision=int(loaded["clinic_from_supervision"]),
        seldom=make_predicate(loaded["seldom"]),
    )


def _lists(entries: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({key: tuple(names) for key, names in entries.items()})


def _slot(entry: Mapping[str, Any]) -> Slot:
    return Slot(
        id=entry["id"],
        component=entry["component"],
        label=entry["label"],
        modalities=tuple(entry["modalities"]),
        patterns=tuple(entry["patterns"]),
        regions=tuple(entry.get("regions", ())),
        when=entry.get("when"),
        phases=tuple(entry.get("phases", PHASES)),
        order=MappingProxyType({p: tuple(entry[p]) for p in PHASES}),
    )


def _balance(entry: Mapping[str, Any]) -> BalanceRule:
    return BalanceRule(
        easy=entry["easy"],
        usual=entry["usual"],
        guarded=entry["guarded"],
        guarded_from_supervision=int(entry["guarded_from_supervision"]),
        fell_fact=entry["fell"]["fact"],
        fell_at_least=entry["fell"]["at_least"],
        unsteady_fact=entry["unsteady"]["fact"],
        profiles=frozenset(entry["profiles"]),
        age_fact=entry["unknown_from_age"]["fact"],
        unknown_from_age=entry["unknown_from_age"]["at_least"],
    )


def _check_movements(
    document: LocatedDict,
    loaded: Mapping[str, Any],
    movements: Collection[str],
    problems: Problems,
) -> None:
    named: list[tuple[tuple[str | int, ...], Any]] = [
        (("slots", index, phase), entry[phase])
        for index, entry in enumerate(loaded["slots"])
        for phase in PHASES
    ]
    named += [(("words", word), ids) for word, ids in loaded["words"].items()]
    named += [(("intervals", id_), [movement]) for id_, movement in loaded["intervals"].items()]
    slots = [entry["id"] for entry in loaded["slots"]]
    for index, name in enumerate(loaded["stand_ins"]):
        if name not in slots:
            problems.add(
                f"There is no slot '{name}', so nothing could stand in.{suggest(name, slots)}",
                Location(NAME, line_of(document, ("stand_ins", index))),
            )
    for path, ids in named:
        for movement in ids:
            if movement not in movements:
                problems.add(
                    f"'{movement}' is not in the catalogue, so it can never be chosen."
                    f"{suggest(movement, movements)}",
                    Location(NAME, line_of(document, path)),
                )


def _check_told_under(
    document: LocatedDict,
    loaded: Mapping[str, Any],
    movements: Mapping[str, Movement],
    problems: Problems,
) -> None:
    told, components = loaded["told_under"], loaded["components"]
    for modality, component in told.items():
        if component not in components:
            problems.add(
                f"There is no component '{component}'.{suggest(component, components)}",
                Location(NAME, line_of(document, ("told_under", modality))),
            )
    for modality in sorted({movement.modality for movement in movements.values()} - told.keys()):
        problems.add(
            f"Nothing says under which component an avoided movement of '{modality}' is told.",
            Location(NAME, line_of(document, ("told_under",))),
        )
