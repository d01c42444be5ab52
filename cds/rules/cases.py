"""The cases beside the rules: what is given, and which rules must fire, stay silent, or ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from marshmallow import fields

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


class _ExpectSchema(KnowledgeSchema):
    fires = fields.List(Text(), load_default=[])
    silent = fields.List(Text(), load_default=[])
    unknown = fields.List(Text(), load_default=[])


class _CaseSchema(KnowledgeSchema):
    name = Text(required=True)
    given = fields.Dict(keys=Text(), required=True)
    evaluation_date = Day(load_default=None)
    policy = fields.Dict(keys=Text(), values=Text(), load_default={})
    expect = fields.Nested(_ExpectSchema(), required=True)
    because = Text(required=True)


class _Schema(KnowledgeSchema.from_dict(dict(SIGN_OFF))):  # type: ignore[misc]
    topic = Text(required=True)
    cases = fields.List(fields.Nested(_CaseSchema()), required=True)


def load_cases(root: Path, rules: RuleBase, problems: Problems) -> tuple[RuleCase, ...]:
    """Every case of `root/rules/<stage>/<topic>.cases.yaml`, its rule ids checked.

    With problems in the rules themselves ids are not checked: one fault would be told many times.
    """
    cases: list[RuleCase] = []
    sound = not problems.found
    for name, document, loaded in load_documents(root, "rules/*/*.cases.yaml", _Schema(), problems):
        for index, entry in enumerate(loaded["cases"]):
            location = Location(name, line_of(document, ("cases", index)))
            case = _case(entry, location)
            for rule_id in (*case.fires, *case.silent, *case.unknown):
                if sound and rule_id not in rules.rules:
                    problems.add(
                        f"There is no active rule '{rule_id}'.{suggest(rule_id, rules.rules)}",
                        location,
                        RuleCheckError,
                    )
            cases.append(case)
    return tuple(cases)


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
