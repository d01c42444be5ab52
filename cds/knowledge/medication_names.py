"""How a medicine is read from its name: every part of it is understood, or said not to be.

A name counts only as whole words. What is only similar is suggested, never taken.
"""

import difflib
import re
from collections.abc import Mapping

from msgspec import Struct

from cds.knowledge.code_tables import PhraseTable, medicine_words

NO_CLASS = "no_class"
# What stands between the ingredients of a combined product; '2 MG/ML' is cut too and means nothing.
_BETWEEN = re.compile(r"[/+&;\n]|,\s|\s(?:and|with|plus)\s", re.IGNORECASE)
# A shorter word, or one less alike, is closer to chance than to a slip of the pen.
_SHORTEST = 5
_LIKENESS = 0.8
# A text of any length costs little: only its first words are compared, with names of their letter.
_COMPARED = 2


class MedicationReading(Struct, frozen=True):
    """The classes of a medicine as it was written.

    `known` says that all of it was understood; `note` tells what was not, or why nothing counts.
    """

    classes: frozenset[str]
    known: bool
    note: str | None = None


NOT_READ = MedicationReading(frozenset(), known=False)


class MedicationNames(Struct, frozen=True):
    """Names of ingredients, brands and classes, and the words that change what a name means.

    `phrases` holds the names, those without a class under `NO_CLASS`; `by_letter` those of one
    word under their first letter; `origins` says of the words of a name how far it is verified, and
    where it comes from.
    """

    phrases: PhraseTable
    by_letter: Mapping[str, tuple[str, ...]]
    systemic_only: frozenset[str]
    local_route_words: frozenset[str]
    filler_words: frozenset[str]
    not_taken_words: frozenset[str]
    notes: Mapping[str, str]
    origins: Mapping[str, tuple[str, str]]

    def read(self, text: str) -> MedicationReading:
        """What the text names; a part without any known name leaves the whole not known."""
        spoken = frozenset(medicine_words(text))
        if not spoken.isdisjoint(self.not_taken_words):
            return MedicationReading(frozenset(), known=False, note=self.notes["not_taken"])
        found: frozenset[str] = frozenset()
        unread: list[str] = []
        for part in (part.strip() for part in _BETWEEN.split(text)):
            names = self.phrases.find(part)
            found |= names
            if not names and not self._is_filler(part):
                unread.append(part)
        local = not spoken.isdisjoint(self.local_route_words)
        return self._reading(found, unread, local=local)

    def local(self, classes: frozenset[str]) -> MedicationReading:
        """A product that is used where it acts: classes that count only in the blood are left."""
        left = classes - self.systemic_only
        return MedicationReading(left, known=True, note=None if left else self.notes["local"])

    def _reading(self, found: frozenset[str], unread: list[str], local: bool) -> MedicationReading:
        classes = found - {NO_CLASS}
        if unread or not found:
            left = classes - self.systemic_only if local else classes
            return MedicationReading(left, known=False, note=self._doubt(unread, bool(found)))
        if local and classes:
            return self.local(classes)
        note = None if classes else self.notes["no_class"]
        return MedicationReading(classes, known=True, note=note)

    def _is_filler(self, part: str) -> bool:
        """Whether the part is only strength, form or how to take it."""
        return all(w.isdigit() or w in self.filler_words for w in medicine_words(part))

    def _doubt(self, unread: list[str], partly: bool) -> str | None:
        said = [self.notes["part_not_read"].format(parts="; ".join(unread))] if partly else []
        close = dict.fromkeys(self._similar(unread))
        said += [self.notes["did_you_mean"].format(name=name) for name in close]
        return " ".join(said) or None

    def _similar(self, unread: list[str]) -> list[str]:
        told = (w for w in medicine_words(" ".join(unread)) if w not in self.filler_words)
        words = [w for w in told if len(w) >= _SHORTEST]
        return [
            name
            for word in words[:_COMPARED]
            for name in difflib.get_close_matches(
                word, self.by_letter.get(word[0], ()), n=1, cutoff=_LIKENESS
            )
        ]
