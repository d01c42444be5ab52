"""Plain words in one language: by id, or for a clinical sentence of the decision."""

import re
from collections.abc import Mapping

from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal
from msgspec import Struct

from cds.handout.document import Sentence
from cds.handout.reading import Pair, day_of
from cds.model.wording import LANGUAGES, SOURCE_LANGUAGE, Wording

_PLACE = re.compile(r"\\\{(\w+)\\\}")
_NUMBER = r"(?P<\1>\\d+(?:\\.\\d+)?)"


class Plain(Struct, frozen=True):
    """A plain sentence and the group it belongs to."""

    group: str
    sentence: Sentence


class Tongue:
    """Speaks one of the languages of the wording."""

    def __init__(self, wording: Wording, language: str) -> None:
        self.language = language
        self._texts: Mapping[str, str] = wording.sentences[language]
        self._known = {
            clinical: advice for advice in wording.advice for clinical in advice.stands_for
        }

    def say(self, id: str, /, **values: object) -> Sentence:
        """The sentence of that id, its places filled.

        Raises: KeyError when there is none; tests hold every id of the code against the texts.
        """
        return Sentence(self._texts[id].format(**values), self.language, id)

    def maybe(self, id: str, /, **values: object) -> Sentence | None:
        """The sentence of that id, or None."""
        return self.say(id, **values) if id in self._texts else None

    def plain(self, clinical: str) -> Plain | None:
        """The plain words for a clinical sentence, or None."""
        if (advice := self._known.get(clinical)) is not None:
            return Plain(advice.group, self.say(advice.id))
        for written, advice in self._known.items():
            if "{" in written and (match := _pattern(written).fullmatch(clinical)):
                values = {
                    name: self.number(float(text)) for name, text in match.groupdict().items()
                }
                return Plain(advice.group, self.say(advice.id, **values))
        return None

    def original(self, clinical: str) -> Sentence:
        """A clinical sentence that has no plain words, as it stands."""
        return Sentence(clinical, SOURCE_LANGUAGE)

    def number(self, value: float) -> str:
        """A number as it is written in this language."""
        return str(format_decimal(value, locale=self.language))

    def span(self, pair: Pair) -> str:
        """A range in words."""
        low, high = (self.number(value) for value in pair)
        return low if low == high else self.say("range", low=low, high=high).text

    def day(self, text: str) -> str:
        """A calendar day in words; what is not one stays as it is."""
        found = day_of(text)
        return format_date(found, "long", locale=self.language) if found else text

    def weekdays(self) -> tuple[str, ...]:
        """The days of the week from Monday on, in short."""
        names = get_day_names("abbreviated", locale=self.language)
        return tuple(names[number].strip(".") for number in range(7))

    @property
    def others(self) -> Mapping[str, str]:
        """The other languages by code, each by its own name."""
        return {code: name for code, name in LANGUAGES.items() if code != self.language}


def _pattern(written: str) -> re.Pattern[str]:
    """A sentence with places, each of which takes a number."""
    return re.compile(_PLACE.sub(_NUMBER, re.escape(written)))
