"""The cases beside the rules: what is given, and which rules must fire, stay silent, or ask."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from marshmallow import Schema, fields, validate

from cds.errors import Location, RuleCheckError
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.schema import (
    SIGN_OFF,
    Day,
    KnowledgeSchema,
    Text,
    load_documents,
    suggest,
)
from cds.rules.base import RuleBase
from cds.rules.case_book import CaseBook, RuleCase


def _ids() -> Any:
    return fields.List(Text(), load_default=list)


# Made from a mapping: a schema class has an attribute named 'unknown' already.
_ExpectSchema: type[Schema] = KnowledgeSchema.from_dict(
    {"fires": _ids(), "silent": _ids(), "unknown": _ids()}
)


class _CaseSchema(KnowledgeSchema):
    name = Text(required=True)
    given = fields.Dict(keys=Text(), required=True)
    evaluation_date = Day(load_default=None)
    policy = fields.Dict(keys=Text(), values=Text(), load_default=dict)
    expect = fields.Nested(_ExpectSchema(), required=True)
    because = Text(required=True)


class _EquivalentSchema(KnowledgeSchema):
    rule = Text(required=True)
    mutants = fields.List(Text(), required=True, validate=validate.Length(min=1))
    because = Text(required=True)


class _FileSchema(KnowledgeSchema):
    topic = Text(required=True)
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    does = fields.Dict(keys=Text(), values=fields.List(Text()), load_default=dict)
    equivalent = fields.List(fields.Nested(_EquivalentSchema()), load_default=list)
    cases = fields.List(
        fields.Nested(_CaseSchema()),
        required=True,
        validate=validate.Length(min=1, error="There is no case here. Write one."),
    )


def load_cases(root: Path, rules: RuleBase, problems: Problems, of: str = "*/*") -> CaseBook:
    """Every case of `root/rules/<stage>/<topic>.cases.yaml`, its rule ids checked.

    `of` names one topic, as stage/topic.

    A rule that is written but faulty counts as known: one fault is told once.
    """
    cases: list[RuleCase] = []
    does: dict[str, tuple[str, ...]] = {}
    equivalents: dict[tuple[str, str], str] = {}
    for name, document, loaded in load_documents(
        root, f"rules/{of}.cases.yaml", _FileSchema(), problems
    ):
        _check_topic(root, name, loaded["topic"], line_of(document, ("topic",)), problems)
        names: set[str] = set()
        for index, entry in enumerate(loaded["cases"]):
            location = Location(name, line_of(document, ("cases", index)))
            case = _case(entry, location)
            for path, reason in _faults(case, rules, names):
                place = Location(name, line_of(document, ("cases", index, *path)))
                problems.add(reason, place, RuleCheckError)
            names.add(case.name)
            cases.append(case)
        for path, reason in _misplaced(loaded, _prefix(name), rules):
            problems.add(reason, Location(name, line_of(document, path)), RuleCheckError)
        does |= {id_: tuple(words) for id_, words in loaded["does"].items()}
        equivalents |= {
            (entry["rule"], mutant): entry["because"]
            for entry in loaded["equivalent"]
            for mutant in entry["mutants"]
        }
    return CaseBook(tuple(cases), does, equivalents)


def _prefix(name: str) -> str:
    """How the ids of the topic begin beside which the cases lie."""
    path = PurePosixPath(name.removesuffix(".cases.yaml"))
    return f"{path.parent.name}.{path.name}."


def _misplaced(
    loaded: Mapping[str, Any], prefix: str, rules: RuleBase
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is said beside the cases of a rule that there is not, or not in this topic."""
    places: dict[tuple[str | int, ...], str] = {("does", id_): id_ for id_ in loaded["does"]}
    for index, entry in enumerate(loaded["equivalent"]):
        places["equivalent", index, "rule"] = entry["rule"]
    for path, id_ in places.items():
        if not rules.may_hold(id_):
            yield path, _no_rule(id_, rules)
        elif not id_.startswith(prefix):
            yield path, f"'{id_}' belongs to another topic. Say it beside its own cases."


def _no_rule(id_: str, rules: RuleBase) -> str:
    return f"There is no rule '{id_}', so it cannot be expected.{suggest(id_, rules.rules)}"


def _check_topic(root: Path, name: str, topic: str, line: int, problems: Problems) -> None:
    beside = name.removesuffix(".cases.yaml") + ".yaml"
    if not (root / beside).is_file():
        problems.add(
            f"There is no topic file {beside} beside these cases, so they prove nothing. Rename "
            "the file.",
            Location(name, 1),
            RuleCheckError,
        )
    elif topic != PurePosixPath(beside).stem:
        problems.add(
            f"'topic' is '{topic}', but the file lies at {name}. Path and content say the same: "
            f"use '{PurePosixPath(beside).stem}'.",
            Location(name, line),
            RuleCheckError,
        )


def _faults(
    case: RuleCase, rules: RuleBase, names: set[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is wrong with one case: the path to its place, and why."""
    if case.name in names:
        yield (
            ("name",),
            f"A case named '{case.name}' stands above. A report could not tell them "
            "apart. Rename one.",
        )
    expected = {"fires": case.fires, "silent": case.silent, "unknown": case.unknown}
    if not any(expected.values()):
        yield ("expect",), "This case expects nothing, so it proves nothing. Name a rule."
    seen: dict[str, str] = {}
    for word, ids in expected.items():
        for index, id_ in enumerate(ids):
            if id_ in seen:
                yield (
                    ("expect", word, index),
                    f"'{id_}' stands under '{seen[id_]}' already. Keep one.",
                )
            elif not rules.may_hold(id_):
                yield ("expect", word, index), _no_rule(id_, rules)
            seen.setdefault(id_, word)


def _case(entry: Mapping[str, Any], location: Location) -> RuleCase:
    expect = entry["expect"]
    return RuleCase(
        name=entry["name"],
        given=entry["given"],
        evaluation_date=entry["evaluation_date"],
        policy=entry["policy"],
        fires=tuple(expect["fires"]),
        silent=tuple(expect["silent"]),
        unknown=tuple(expect["unknown"]),
        because=entry["because"],
        location=location,
    )
