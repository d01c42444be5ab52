"""Reads one topic file into rules, every fault noted at its line."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from cds.errors import Location
from cds.knowledge.documents import (
    LocatedDict,
    LocatedList,
    Problems,
    line_of,
)
from cds.knowledge.schema import flatten_errors
from cds.knowledge.yaml_reader import read_document
from cds.model.rule import Evidence, IfUnknown, Mark, Rule, Topic
from cds.rules.base import STAGES
from cds.rules.conditions import ConditionReader
from cds.rules.effects import EffectReader
from cds.rules.references import Place, References
from cds.rules.topic_schemas import RULE_KEYS, RuleSchema, TopicSchema

__all__ = ["STAGES", "ReadTopic", "read_topic"]

# Building a schema costs more than checking with it.
_TOPIC, _RULE = TopicSchema(), RuleSchema()


class ReadTopic(Struct, frozen=True):
    """The sound rules of one file, and where each id stands, whether its rule is sound or not.

    `name` is stage.topic as the path says it; not `readable` means that nothing is known of it.
    """

    name: str
    rules: tuple[Rule, ...] = ()
    ids: tuple[tuple[str, Location], ...] = ()
    readable: bool = True


def read_topic(path: Path, root: Path, references: References, problems: Problems) -> ReadTopic:
    """What one file holds; every fault of every rule is noted, even when the header has some."""
    name = f"{path.parent.name}.{path.stem}"
    document = read_document(path, root, problems)
    if document is None:
        return ReadTopic(name, readable=False)
    place = Place(path.relative_to(root).as_posix(), problems)
    topic = _topic(document, path, place)
    items = document.get("rules")
    if not isinstance(items, LocatedList):
        return ReadTopic(name, readable=False)
    reader = _RuleReader(path.parent.name, path.stem, references, place)
    found = [reader.read(item, at) for item, at in zip(items, items.lines, strict=True)]
    sound = [sound for sound in found if sound is not None]
    ids = tuple(
        (item["id"], Location(place.path, line_of(item, ("id",))))
        for item in items
        if isinstance(item, LocatedDict) and isinstance(item.get("id"), str)
    )
    rules = tuple(Rule(topic=topic, **parts) for parts in sound) if topic else ()
    return ReadTopic(name, rules, ids)


def _topic(document: LocatedDict, path: Path, place: Place) -> Topic | None:
    before = len(place.problems.found)
    for where, message in flatten_errors(_TOPIC, document):
        place.refuse(line_of(document, where), message)
    if len(place.problems.found) == before:
        _check_place(document, path, place)
        if document["review_due"] <= document["date"]:
            place.refuse(
                document.lines["review_due"],
                "'review_due' is not after 'date', so the topic would be overdue from its first "
                "day. Correct one of them.",
            )
    if len(place.problems.found) > before:
        return None
    texts = {key: document[key] for key in document if key not in ("date", "rules")}
    return Topic(**texts, dated=document["date"], path=place.path)


def _check_place(document: LocatedDict, path: Path, place: Place) -> None:
    for key, expected in (("topic", path.stem), ("stage", path.parent.name)):
        if document[key] != expected:
            place.refuse(
                document.lines[key],
                f"'{key}' is '{document[key]}', but the file lies at {place.path}. Path and "
                f"content say the same: use '{expected}', or move the file.",
            )


class _RuleReader(Struct, frozen=True):
    """Reads the rules of one file."""

    stage: str
    topic: str
    references: References
    place: Place

    def read(self, item: Any, line: int) -> Mapping[str, Any] | None:
        """The parts of a rule, or None when something in it was noted as a problem."""
        if not isinstance(item, LocatedDict):
            self.place.refuse(
                line, "This is not a rule. A rule is a mapping that begins with 'id'."
            )
            return None
        before = len(self.place.problems.found)
        for where, message in flatten_errors(_RULE, item):
            self.place.refuse(line_of(item, where), message)
        self._check_order(item)
        self._check_id(item)
        self._check_citations(item)
        when = then = None
        if item.get("when") is not None:
            reader = ConditionReader(self.references, self.place)
            when = reader.read(item["when"], item.lines["when"])
        if item.get("then") is not None:
            effects = EffectReader(self.references, self.place, self.stage)
            then = effects.read(item["then"], item.lines["then"])
        if len(self.place.problems.found) > before:
            return None
        return self._parts(item, line) | {"when": when, "then": then}

    def _parts(self, item: LocatedDict, line: int) -> dict[str, Any]:
        texts = {key: item[key] for key in ("id", "title", "because", "limitations")}
        return texts | {
            "reference": tuple(item["reference"]),
            "if_unknown": IfUnknown(item["if_unknown"]),
            "evidence": tuple(_evidence(entry) for entry in item["evidence"]),
            "location": Location(self.place.path, line),
            "sha256": content_hash(item),
        }

    def _check_order(self, item: LocatedDict) -> None:
        written = [key for key in item if key in RULE_KEYS]
        for key, expected in zip(written, sorted(written, key=RULE_KEYS.index), strict=True):
            if key != expected:
                self.place.refuse(
                    item.lines[key],
                    f"'{key}' stands where '{expected}' belongs. Readers look for each key in its "
                    f"place. The order is: {', '.join(RULE_KEYS)}.",
                )
                return

    def _check_id(self, item: LocatedDict) -> None:
        id_, start = item.get("id"), f"{self.stage}.{self.topic}."
        if isinstance(id_, str) and id_.count(".") == 2 and not id_.startswith(start):
            self.place.refuse(
                item.lines["id"],
                f"The id '{id_}' does not start with '{start}', the place of its file. An "
                "explanation could not lead there. Correct it.",
            )

    def _check_citations(self, item: LocatedDict) -> None:
        entries = item.get("evidence")
        for entry in entries if isinstance(entries, LocatedList) else ():
            cited = entry.get("citation") if isinstance(entry, LocatedDict) else None
            if isinstance(cited, str) and cited:
                line = entry.lines["citation"]
                self.place.known(line, "citation", cited, self.references.citations)


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
