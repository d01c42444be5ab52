"""Reads one topic file into rules, every fault noted at its line."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marshmallow import fields, validate

from cds.errors import Location, RuleCheckError
from cds.knowledge.documents import (
    LocatedDict,
    LocatedList,
    Problems,
    line_of,
    read_document,
)
from cds.knowledge.schema import Day, KnowledgeSchema, Text, choice, flatten_errors
from cds.model.rule import Evidence, IfUnknown, Mark, Rule, Topic
from cds.rules.conditions import ConditionReader
from cds.rules.effects import EffectReader
from cds.rules.references import Place, References

STAGES = (
    "definitions",
    "screening",
    "contraindications",
    "cardiac",
    "medications",
    "intensity",
    "hiit",
    "prescription",
    "delivery",
    "referral",
)
_RULE_KEYS = (
    "id",
    "title",
    "reference",
    "if_unknown",
    "when",
    "then",
    "because",
    "evidence",
    "limitations",
)
_ID = r"^[a-z0-9_]+(?:\.[a-z0-9]+(?:[-_][a-z0-9]+)*){2}$"


class _EvidenceSchema(KnowledgeSchema):
    citation = Text(required=True)
    locator = Text(required=True)
    direction = choice("for", "against", load_default="for")
    strength = choice(
        "strong",
        "conditional",
        "consensus",
        "expert",
        "policy",
        "not_stated",
        load_default="not_stated",
    )
    certainty = choice(
        "high", "moderate", "low", "very_low", "not_stated", load_default="not_stated"
    )
    mark = choice(*Mark, required=True)
    page = Text()


class _RuleSchema(KnowledgeSchema):
    id = Text(
        required=True,
        validate=validate.Regexp(
            _ID,
            error="An id is stage.topic.slug in lower case.",
        ),
    )
    title = Text(required=True)
    reference = fields.List(Text(), required=True)
    if_unknown = choice(*IfUnknown, required=True)
    when = fields.Raw(required=True)
    then = fields.Raw(required=True)
    because = Text(required=True)
    evidence = fields.List(
        fields.Nested(_EvidenceSchema()),
        required=True,
        validate=validate.Length(min=1, error="Every sentence has a source: cite at least one."),
    )
    limitations = Text(required=True)


class _TopicSchema(KnowledgeSchema):
    topic = Text(required=True)
    stage = choice(*STAGES, required=True)
    version = Text(
        required=True,
        validate=validate.Regexp(
            r"^\d+\.\d+\.\d+$", error="A version is three numbers, like 1.0.0."
        ),
    )
    status = choice("draft", "active", "retired", required=True)
    clinical_sign_off = choice("pending", required=True)
    author = Text(required=True)
    date = Day(required=True)
    review_due = Day(required=True)
    description = Text(required=True)
    use = Text(required=True)
    misuse = Text(required=True)
    rules = fields.List(fields.Raw(), required=True)


def read_topic(
    path: Path, root: Path, references: References, problems: Problems
) -> Iterator[Rule]:
    """The sound rules of one file."""
    document = read_document(path, root, problems)
    if document is None:
        return
    place = Place(path.relative_to(root).as_posix(), problems)
    topic = _topic(document, path, place)
    if topic is None:
        return
    for item, line in zip(document["rules"], document["rules"].lines, strict=True):
        rule = _rule(item, line, topic, references, place)
        if rule is not None:
            yield rule


def _topic(document: LocatedDict, path: Path, place: Place) -> Topic | None:
    faults = list(flatten_errors(_TopicSchema(), document))
    for where, message in faults:
        place.refuse(line_of(document, where), message)
    if faults or not isinstance(document["rules"], LocatedList):
        return None
    for key, expected in (("topic", path.stem), ("stage", path.parent.name)):
        if document[key] != expected:
            place.refuse(
                document.lines[key],
                f"'{key}' is '{document[key]}', but the file lies at "
                f"{place.path}. Path and content say the same: use '{expected}'.",
            )
            return None
    if document["review_due"] <= document["date"]:
        place.refuse(document.lines["review_due"], "'review_due' is not after 'date'.")
    texts = {
        key: document[key]
        for key in (
            "stage",
            "topic",
            "version",
            "status",
            "clinical_sign_off",
            "author",
            "description",
            "use",
            "misuse",
            "review_due",
        )
    }
    return Topic(**texts, dated=document["date"], path=place.path)


def _rule(item: Any, line: int, topic: Topic, references: References, place: Place) -> Rule | None:
    if not isinstance(item, LocatedDict):
        place.refuse(line, "A rule is a mapping that starts with 'id'.")
        return None
    faults = list(flatten_errors(_RuleSchema(), item))
    for where, message in faults:
        place.refuse(line_of(item, where), message)
    if faults or not _well_formed(item, topic, references, place):
        return None
    when = ConditionReader(references, place).read(item["when"], item.lines["when"])
    then = EffectReader(references, place, topic.stage).read(item["then"], item.lines["then"])
    if when is None or not then:
        return None
    return Rule(
        id=item["id"],
        title=item["title"],
        topic=topic,
        reference=tuple(item["reference"]),
        if_unknown=IfUnknown(item["if_unknown"]),
        when=when,
        then=then,
        because=item["because"],
        evidence=tuple(_evidence(entry) for entry in item["evidence"]),
        limitations=item["limitations"],
        location=Location(place.path, line),
        sha256=content_hash(item),
    )


def _well_formed(item: LocatedDict, topic: Topic, references: References, place: Place) -> bool:
    before = len(place.problems.found)
    order = [key for key in _RULE_KEYS if key in item]
    if list(item) != order:
        place.refuse(item.line, f"The keys of a rule stand in this order: {', '.join(order)}.")
    if not item["id"].startswith(f"{topic.stage}.{topic.topic}."):
        place.refuse(
            item.lines["id"],
            f"The id '{item['id']}' does not start with "
            f"'{topic.stage}.{topic.topic}.', the place of its file.",
        )
    for entry, line in zip(item["evidence"], item["evidence"].lines, strict=True):
        place.known(line, "citation", entry["citation"], references.citations)
    return len(place.problems.found) == before


def _evidence(entry: LocatedDict) -> Evidence:
    return Evidence(
        citation=entry["citation"],
        locator=entry["locator"],
        mark=Mark(entry["mark"]),
        direction=entry.get("direction", "for"),
        strength=entry.get("strength", "not_stated"),
        certainty=entry.get("certainty", "not_stated"),
        page=entry.get("page"),
    )


def content_hash(item: LocatedDict) -> str:
    """SHA-256 of the rule as written, independent of layout and comments."""
    text = json.dumps(item, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_unique(rules: list[Rule], problems: Problems) -> None:
    """Notes every id that stands twice."""
    seen: dict[str, Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.id, rule)
        if first is not rule:
            problems.add(
                f"The id '{rule.id}' is already used at {first.location}. An explanation "
                "could not tell them apart. Choose another.",
                rule.location,
                RuleCheckError,
            )
