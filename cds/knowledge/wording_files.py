"""The plain words of the handout: English in YAML, the other languages in catalogues."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import fields, validate

from cds.errors import Location
from cds.knowledge.catalogue import Catalogue
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, choice, load_documents, suggest
from cds.knowledge.translations import places, translate
from cds.model.wording import LANGUAGES, SOURCE_LANGUAGE, PlainAdvice, Wording

FOLDER = "knowledge/handout"
#: The first line of its catalogues.
ABOUT = "Patient handout. The English text of each sentence stands in the YAML files here."
_GROUPS = ("emergency", "stop", "ease", "pain", "caution", "reopen", "instead", "goal")
_FILLED = validate.Length(min=1, error="This list is empty. Name at least one sentence.")


class _AdviceSchema(KnowledgeSchema):
    id = Text(required=True)
    group = choice(*_GROUPS, required=True)
    text = Text(required=True)
    stands_for = fields.List(Text(), required=True, validate=_FILLED)


class _Schema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    translation_review = choice("pending", required=True)
    description = Text(required=True)
    source = fields.Nested(SourceSchema(), required=True)
    sentences = fields.Dict(keys=Text(), values=Text(), load_default=dict)
    advice = fields.List(fields.Nested(_AdviceSchema()), load_default=list)


def load_wording(root: Path, catalogue: Catalogue, problems: Problems) -> Wording:
    """Every sentence in every language; a movement or tag without one is not a problem here.

    The handout then says to ask the clinician, and a test lists what lacks words.
    """
    sentences, advice = read_sentences(root, problems, _named(catalogue) or None)
    translated: dict[str, Mapping[str, str]] = {SOURCE_LANGUAGE: MappingProxyType(sentences)}
    for language in LANGUAGES:
        if sentences and language not in translated:
            path = root / FOLDER / f"{language}.po"
            found = translate(path, root, sentences, problems)
            translated[language] = MappingProxyType(found)
    return Wording(MappingProxyType(translated), advice)


def read_sentences(
    root: Path, problems: Problems, known: Iterable[str] | None = None
) -> tuple[dict[str, str], tuple[PlainAdvice, ...]]:
    """The English sentences by id, and the advice; `known` lists what ids may be about."""
    sentences: dict[str, str] = {}
    advice: list[PlainAdvice] = []
    said: set[str] = set()
    for name, document, loaded in load_documents(root, f"{FOLDER}/*.yaml", _Schema(), problems):
        for id_, text, line in _entries(document, loaded):
            place = Location(name, line)
            if id_ in sentences:
                problems.add(f"The sentence '{id_}' stands twice. Keep one.", place)
            if known is not None:
                _check_name(id_, known, place, problems)
            sentences[id_] = text
        for number, entry in enumerate(loaded["advice"]):
            place = Location(name, line_of(document, ("advice", number)))
            _check_advice(entry, said, place, problems)
            advice.append(PlainAdvice(entry["id"], entry["group"], tuple(entry["stands_for"])))
    return sentences, tuple(advice)


def _entries(document: Any, loaded: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    for id_, text in loaded["sentences"].items():
        yield id_, text, line_of(document, ("sentences", id_))
    for number, entry in enumerate(loaded["advice"]):
        yield entry["id"], entry["text"], line_of(document, ("advice", number))


def _named(catalogue: Catalogue) -> frozenset[str]:
    movements = (f"movement.{id_}" for id_ in catalogue.movements)
    return frozenset((*movements, *(f"avoid.{tag}" for tag in catalogue.tags)))


def _check_name(id_: str, known: Iterable[str], place: Location, problems: Problems) -> None:
    if id_.startswith(("movement.", "avoid.")) and id_ not in known:
        problems.add(f"'{id_}' is not in the catalogue of movements.{suggest(id_, known)}", place)


def _check_advice(
    entry: Mapping[str, Any], said: set[str], place: Location, problems: Problems
) -> None:
    for clinical in entry["stands_for"]:
        if clinical in said:
            problems.add(f"Two sentences stand for: {clinical} Keep one.", place)
        if not places(entry["text"]) <= places(clinical):
            problems.add(
                f"'{entry['id']}' has a place in braces that a sentence it stands for lacks. "
                "The number would be missing. Use the same names.",
                place,
            )
        said.add(clinical)
