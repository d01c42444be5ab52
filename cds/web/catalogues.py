"""The fixed texts of the pages in every language: gettext catalogues, the English as message id.

Sentences of rules are not among them: they are shown as they were written and checked.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir

from cds.knowledge.documents import Problems
from cds.knowledge.fact import FactType
from cds.knowledge.translations import translate
from cds.model.effect import Kind, Urgency
from cds.model.wording import LANGUAGES, SOURCE_LANGUAGE, Catalogues
from cds.rules.base import STAGES
from cds.web.layout import SPOKEN, Field, Layout, as_words
from cds.web.reading import words

FOLDER = "web/translations"
ABOUT = "Pages. The English texts stand in cds/web/templates and in the layout of the form."
_TEMPLATES = Path(__file__).parent / "templates"
# Codes and words that stand in a table or a tag; others are spelt out in the templates.
_CODES = (
    *STAGES,
    *Kind,
    *Urgency,
    *("draft", "active", "retired", "pending"),
    *("page_read", "abstract", "secondary", "not_rechecked"),
    *("conditions", "medications", "procedures", "the default", "yes", "no"),
    "(words that were typed; the record does not keep them)",
)


def load_catalogues(root: Path, layout: Layout, problems: Problems) -> Catalogues:
    """The language → the English text → what is read instead; English needs none."""
    sentences = page_sentences(layout)
    return {
        language: translate(root / FOLDER / f"{language}.po", root, sentences, problems)
        for language in LANGUAGES
        if language != SOURCE_LANGUAGE
    }


def page_sentences(layout: Layout) -> dict[str, str]:
    """Every fixed text of the templates, of the form and of codes, each under itself."""
    found = (*_of_templates(), *_of_form(layout), *map(words, _CODES))
    return {text: text for text in found if text}


@cache
def _of_templates() -> tuple[str, ...]:
    found = extract_from_dir(_TEMPLATES, method_map=[("**.html", "jinja2")], keywords={"_": None})
    return tuple(str(entry[2]) for entry in sorted(found, key=lambda entry: entry[:2]))


def _of_form(layout: Layout) -> Iterator[str]:
    yield from SPOKEN.values()
    for section in (*layout.sections, *layout.check_in):
        yield from (section.legend, section.help)
    for field in layout.fields.values():
        yield from (_wording(field, FactType.FLAG), *field.choices.values())
    for field in layout.of_check_in.fields.values():
        yield from (_wording(field, FactType.FLAG, FactType.NUMBER), *field.choices.values())
    yield from as_words((*layout.intensities, *layout.settings)).values()
    yield from (choice.label for choice in (*layout.modalities, *layout.examples, *layout.reasons))


def _wording(field: Field, *asked_in_full: FactType) -> str:
    return field.fact.question if field.fact.type in asked_in_full else field.fact.label
