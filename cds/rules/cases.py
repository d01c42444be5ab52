"""The cases beside the rules: what is given, and which rules must fire, stay silent, or ask."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
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
from cds.rules.loader import RuleBase


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One case of a topic; `given` is a request body as the API takes it, facts at its top."""

    name: str
    given: Mapping[str, Any]
    evaluation_date: date | None
    policy: Mapping[str, str]
    fires: tuple[str, ...]
    silent: tuple[str, ...]
    unknown: tuple[str, ...]
    because: str
    location: Location


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


class _FileSchema(KnowledgeSchema):
    topic = Text(required=True)
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    cases = fields.List(
        fields.Nested(_CaseSchema()),
        required=True,
        validate=validate.Length(min=1, error="There is no case here. Write one."),
    )


def load_cases(root: Path, rules: RuleBase, problems: Problems) -> tuple[RuleCase, ...]:
    """Every case of `root/rules/<stage>/<topic>.cases.yaml`, its rule ids checked.

    A rule that is written but faulty counts as known: one fault is told once.
    """
    cases: list[RuleCase] = []
    for name, document, loaded in load_documents(
        root, "rules/*/*.cases.yaml", _FileSchema(), problems
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
    return tuple(cases)


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
                hint = suggest(id_, rules.rules)
                yield (
                    ("expect", word, index),
                    f"There is no rule '{id_}', so it cannot be expected.{hint}",
                )
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
