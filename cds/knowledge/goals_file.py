"""How measurements and a person's own words become goals."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Number,
    Text,
    choice,
    load_documents,
    suggest,
)
from cds.knowledge.vocabulary import Vocabulary
from cds.model.goal import GoalMeasure, GoalTable, Marked, OwnWords, WeeklyMinutes
from cds.model.measure import Source
from cds.model.profile import Profile

PATTERN = "knowledge/goals.yaml"
_NUMBERS = ("worth_from", "change", "target")
_FILLED = validate.Length(min=1, error="This list is empty. Name at least one.")
_Path = tuple[str | int, ...]
Entry = Mapping[str, Any]


def _weeks() -> "fields.Integer":
    return fields.Integer(strict=True, required=True, validate=validate.Range(min=1, max=52))


def _words() -> "fields.List[Any]":
    word = validate.Regexp(r"^[a-z0-9]+\Z", error="Write one word in lower case.")
    return fields.List(Text(validate=word), required=True, validate=_FILLED)


class _MarkedSchema(SourceSchema):
    value = Number(required=True)
    unit = Text(required=True)


class _WorthSchema(_MarkedSchema):
    fact = Text()


class _MeasureSchema(KnowledgeSchema):
    fact = Text(required=True)
    kind = choice("safety", "condition", required=True)
    domain = Text(required=True)
    better = choice("higher", "lower", required=True)
    text = Text(required=True)
    why = Text(required=True)
    weeks = _weeks()
    worth_from = fields.Nested(_WorthSchema(), required=True)
    change = fields.Nested(_MarkedSchema())
    target = fields.Nested(_MarkedSchema())
    like = Text()
    not_with = fields.List(Text(), load_default=(), validate=_FILLED)

    @validates_schema
    def check_aim(self, data: Entry, **_: Any) -> None:
        """Refuse a measure with no way, or with two ways, to its target."""
        if len({"change", "target", "like"} & data.keys()) != 1:
            raise ValidationError(
                "Say exactly one of: change, target, like. Otherwise the target would be guessed."
            )


class _OwnSchema(KnowledgeSchema):
    words = _words()
    facts = fields.List(Text(), required=True, validate=_FILLED)


class _WeeklySchema(KnowledgeSchema):
    text = Text(required=True)
    label = Text(required=True)
    why = Text(required=True)
    weeks = _weeks()


class _Schema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    source = fields.Nested(SourceSchema(), required=True)
    measures = fields.List(fields.Nested(_MeasureSchema()), required=True, validate=_FILLED)
    own = fields.List(fields.Nested(_OwnSchema()), required=True)
    vague = _words()
    domains = fields.List(Text(), required=True)
    ask_vague = Text(required=True)
    ask_concrete = Text(required=True)
    ask_measure = Text(required=True)
    weekly = fields.Nested(_WeeklySchema(), required=True)


def load_goals(
    root: Path,
    vocabulary: Vocabulary,
    citations: Collection[str],
    profiles: Mapping[str, Profile],
    problems: Problems,
) -> GoalTable | None:
    """The table of `root`/knowledge/goals.yaml, or None with every fault noted at its line.

    What it names is looked up only in knowledge that was sound so far.
    """
    sound = not problems.found
    for name, document, loaded in load_documents(root, PATTERN, _Schema(), problems):
        if sound:
            for path, message in _faults(loaded, vocabulary, citations, profiles):
                problems.add(message, Location(name, line_of(document, path)))
        return _table(loaded)
    return None


def _faults(
    loaded: Entry,
    vocabulary: Vocabulary,
    citations: Collection[str],
    profiles: Mapping[str, Profile],
) -> Iterator[tuple[_Path, str]]:
    """Names that lead nowhere, numbers in another unit, facts that stand twice."""
    seen: set[str] = set()
    for index, entry in enumerate(loaded["measures"]):
        path: _Path = ("measures", index, "fact")
        if entry["fact"] in seen:
            yield path, f"'{entry['fact']}' stands twice. Only one can set the goal. Keep one."
        seen.add(entry["fact"])
        yield from _measure_faults(path[:2], entry, vocabulary, citations)
        like = entry.get("like")
        if like is not None and like not in profiles:
            yield (*path[:2], "like"), f"There is no profile '{like}'.{suggest(like, profiles)}"
        elif like is not None and not _names_change(profiles[like], entry["fact"]):
            told = (
                f"The profile '{like}' names no change of '{entry['fact']}'. Write 'change' here."
            )
            yield (*path[:2], "like"), told
        for name in entry["not_with"]:
            if name not in profiles:
                told = f"There is no profile '{name}'.{suggest(name, profiles)}"
                yield (*path[:2], "not_with"), told
    for index, entry in enumerate(loaded["own"]):
        for fact in entry["facts"]:
            if fact not in seen:
                yield (
                    ("own", index, "facts"),
                    f"'{fact}' is no measure above, so it would set no goal.{suggest(fact, seen)}",
                )


def _names_change(profile: Profile, fact: str) -> bool:
    return any(m.fact == fact and m.change for m in profile.outcome_measures)


def _measure_faults(
    path: _Path, entry: Entry, vocabulary: Vocabulary, citations: Collection[str]
) -> Iterator[tuple[_Path, str]]:
    own: str = entry["fact"]
    if own not in vocabulary:
        yield (*path, "fact"), f"There is no fact '{own}'.{suggest(own, vocabulary)}"
        return
    for key, number in ((key, entry[key]) for key in _NUMBERS if key in entry):
        fact, cited = number.get("fact", own), number["citation"]
        if fact not in vocabulary:
            yield (*path, key), f"There is no fact '{fact}'.{suggest(fact, vocabulary)}"
        elif number["unit"] != vocabulary[fact].unit:
            yield (
                (*path, key),
                f"'{fact}' is measured in {vocabulary[fact].unit}, not in {number['unit']}. Write "
                "it in that unit.",
            )
        if cited not in citations:
            yield (*path, key), f"There is no citation '{cited}'.{suggest(cited, citations)}"


def _table(loaded: Entry) -> GoalTable:
    return GoalTable(
        source=Source(**loaded["source"]),
        measures=tuple(_measure(entry) for entry in loaded["measures"]),
        own=tuple(OwnWords(tuple(o["words"]), tuple(o["facts"])) for o in loaded["own"]),
        vague=tuple(loaded["vague"]),
        domains=tuple(loaded["domains"]),
        ask_vague=loaded["ask_vague"],
        ask_concrete=loaded["ask_concrete"],
        ask_measure=loaded["ask_measure"],
        weekly=WeeklyMinutes(**loaded["weekly"]),
    )


def _measure(entry: Entry) -> GoalMeasure:
    numbers = {key: _number(entry[key]) for key in _NUMBERS if key in entry}
    return GoalMeasure(**{**entry, **numbers, "not_with": tuple(entry["not_with"])})


def _number(entry: Entry) -> Marked:
    source = {key: entry[key] for key in ("citation", "locator", "mark", "page") if key in entry}
    return Marked(entry["value"], Source(**source), entry.get("fact"))
