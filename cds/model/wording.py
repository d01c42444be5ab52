"""Plain words for patients, in every language, and the clinical sentences they stand for."""

from collections.abc import Mapping

from msgspec import Struct

#: The languages of the handout, each by its own name; the texts are written in the first.
LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Español", "de": "Deutsch"}
SOURCE_LANGUAGE = "en"
#: The language → the English text → what is read instead; English needs none.
Catalogues = Mapping[str, Mapping[str, str]]


class PlainAdvice(Struct, frozen=True):
    """One plain sentence and the clinical ones it stands for.

    A clinical sentence may hold {places} for numbers, which the plain one takes over. `group`
    says what it is about: emergency, stop, ease, pain, caution, reopen, instead or goal.
    """

    id: str
    group: str
    stands_for: tuple[str, ...]


class Wording(Struct, frozen=True):
    """The sentences by language and id, and what the advice among them stands for."""

    sentences: Mapping[str, Mapping[str, str]]
    advice: tuple[PlainAdvice, ...]
