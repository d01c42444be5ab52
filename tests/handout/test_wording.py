"""Plain words exist for all that a handout may have to say, in every language."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import cds
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.knowledge.translations import places, renew
from cds.knowledge.wording_files import ABOUT, FOLDER, read_sentences
from cds.model.effect import Advise, Contraindicate
from cds.model.wording import LANGUAGES, SOURCE_LANGUAGE, Wording
from cds.service import Service
from tests.handout.reading_grade import reading_grade

_PACKAGE = Path(cds.__file__).parent
_SAID = re.compile(r"""say\(\s*["']([a-z_]+\.[a-z_]+|range)["']""")
_HARDEST = 8.0


def advised(service: Service, kinds: set[str]) -> dict[str, str]:
    """Every sentence of these kinds that a rule may add to a decision, with a rule."""
    found = (
        (effect.message, rule.id)
        for rule in service.rules
        for effect in rule.then
        if isinstance(effect, Advise) and effect.kind in kinds
    )
    return dict(found)


def covered(wording: Wording) -> set[str]:
    return {clinical for advice in wording.advice for clinical in advice.stands_for}


def test_every_movement_and_every_avoid_tag_has_plain_words(
    service: Service, wording: Wording
) -> None:
    """A gap would only say 'ask your clinician', but then the handout says nothing to do."""
    catalogue = service.knowledge.catalogue
    needed = [f"movement.{id}" for id in catalogue.movements]
    needed += [f"avoid.{tag}" for tag in catalogue.tags]
    assert [id for id in needed if id not in wording.sentences[SOURCE_LANGUAGE]] == []


def test_every_stop_sentence_of_the_rules_has_plain_words(
    service: Service, wording: Wording
) -> None:
    wanted = advised(service, {"stop_criterion", "red_flag"})
    assert {text: rule for text, rule in wanted.items() if text not in covered(wording)} == {}


def test_every_own_limit_has_plain_words_with_its_numbers(
    service: Service, wording: Wording
) -> None:
    messages = service.knowledge.messages
    limits = [text for key, text in messages.items() if key.startswith("own_limit.")]
    assert [text for text in limits if text not in covered(wording)] == []


def test_every_way_back_and_every_caution_has_plain_words(
    service: Service, wording: Wording
) -> None:
    effects = (effect for rule in service.rules for effect in rule.then)
    held = (effect for effect in effects if isinstance(effect, Contraindicate))
    wanted = {effect.reopens for effect in held if effect.reopens}
    wanted |= {caution.message for caution in service.knowledge.catalogue.cautions}
    assert wanted - covered(wording) == set()


def test_no_plain_sentence_stands_for_something_that_nobody_says(
    service: Service, wording: Wording
) -> None:
    """A clinical sentence that was changed must be read again before its plain one is used."""
    effects = [effect for rule in service.rules for effect in rule.then]
    said = {getattr(effect, "message", None) for effect in effects}
    said |= {getattr(effect, "reopens", None) for effect in effects}
    said |= {caution.message for caution in service.knowledge.catalogue.cautions}
    said |= {text.replace(":g}", "}") for text in service.knowledge.messages.values()}
    kept = [advice for advice in wording.advice if advice.group != "goal"]
    stood_for = {clinical for advice in kept for clinical in advice.stands_for}
    assert stood_for - said == set()


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != SOURCE_LANGUAGE])
def test_every_sentence_is_translated_and_keeps_its_places(wording: Wording, language: str) -> None:
    english, other = wording.sentences[SOURCE_LANGUAGE], wording.sentences[language]
    assert list(other) == list(english)
    assert [id for id, text in other.items() if not text] == []
    assert [id for id in english if places(other[id]) != places(english[id])] == []
    numbers = re.compile(r"\d+(?:[.,]\d+)?")
    differing = [
        id
        for id, text in english.items()
        if sorted(n.replace(",", ".") for n in numbers.findall(other[id]))
        != sorted(numbers.findall(text))
    ]
    assert differing == []


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != SOURCE_LANGUAGE])
def test_no_translation_is_doubtful_and_the_catalogue_is_as_it_is_written(
    language: str, tmp_path: Path
) -> None:
    path = ROOT / FOLDER / f"{language}.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    assert [message.context for message in catalogue if message.id and message.fuzzy] == []
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    english, _ = read_sentences(ROOT, Problems())
    assert renew(copy, english, ABOUT) == 0
    assert copy.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def test_a_new_wording_leaves_its_translation_empty_and_keeps_the_others(tmp_path: Path) -> None:
    copy = tmp_path / "es.po"
    copy.write_bytes((ROOT / FOLDER / "es.po").read_bytes())
    english, _ = read_sentences(ROOT, Problems())
    assert renew(copy, {**english, "label.name": "Your name", "new.one": "New"}, ABOUT) == 2
    with copy.open("rb") as file:
        catalogue = read_po(file, locale="es")
    assert catalogue.get("Your name", "label.name").string == ""
    assert catalogue.get("Date", "label.date").string == "Fecha"
    assert catalogue.get("Name", "label.name") is None


def test_every_text_that_the_code_names_exists(wording: Wording) -> None:
    """A missing one would be found by a patient's clinician only."""
    files = [*_PACKAGE.glob("handout/*.py"), *_PACKAGE.glob("web/handout*.py")]
    files.append(_PACKAGE / "web/templates/handout.html")
    named = {id for path in files for id in _SAID.findall(path.read_text(encoding="utf-8"))}
    assert named - set(wording.sentences[SOURCE_LANGUAGE]) == set()
    assert len(named) > 40


def test_every_sentence_of_several_words_is_easy_to_read(wording: Wording) -> None:
    """A heading of two words has no grade worth the name; the handouts as a whole are graded."""
    texts = {id: text if text[-1] in ".?:" else f"{text}." for id, text in _english(wording)}
    hard = {id: round(reading_grade(text), 1) for id, text in texts.items()}
    assert {id: grade for id, grade in hard.items() if grade > _HARDEST} == {}


def _english(wording: Wording) -> list[tuple[str, str]]:
    found = wording.sentences[SOURCE_LANGUAGE].items()
    return [(id, text) for id, text in found if len(text.split()) > 3]
