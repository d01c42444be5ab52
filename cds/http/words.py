"""Free text stays out of the record: a mark stands in its place, and the words only in the answer.

What nobody of us wrote may name a person. A mark holds those of the words that stand in our own
lists, as only these count, so that a decision with marks is the same; the words themselves are put
back into what is told at once.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from cds.model.intake import Intake, Unmapped

#: What is read where words were.
NOT_KEPT = "(not kept)"
_MARK = re.compile(r'"⟦w(\d+)[a-z0-9 ]*⟧"')
# A reference to a resource, as "Observation/17", names no person; nor does a code of a code system.
_REFERENCE = re.compile(r"submitted|[A-Z][A-Za-z]{2,40}/[A-Za-z0-9.\-]{1,64}")
_SYSTEM = re.compile(r"(https?://|urn:)[A-Za-z0-9.:/\-_]+")
_CODE = re.compile(r"[A-Za-z0-9.\-]{1,20}")
_SOURCED = ("facts", "conditions", "medications", "procedures", "rejected")
T = TypeVar("T")


class Withheld(Struct, frozen=True):
    """An intake with marks in it, and the words that the marks stand for, in their order."""

    intake: Intake
    words: tuple[str, ...]


def withhold(intake: Intake, understood: Callable[[str, str], str]) -> Withheld:
    """The intake without free text; `understood` says what of a preference of a kind counts."""
    marks = _Marks()
    changes: dict[str, Any] = {
        name: tuple(marks.sourced(entry) for entry in getattr(intake, name)) for name in _SOURCED
    }
    changes["unmapped"] = tuple(marks.unmapped(entry) for entry in intake.unmapped)
    changes["preferences"] = {
        name: marks.wishes(name, wishes, understood) for name, wishes in intake.preferences.items()
    }
    return Withheld(replace(intake, **changes), tuple(marks.words))


def tell(text: str, words: Sequence[str] = ()) -> str:
    """JSON text with the words in the places of their marks, as far as they are at hand."""
    if "⟦" not in text:
        return text
    return _MARK.sub(lambda mark: _quoted(words, int(mark[1])), text)


def _quoted(words: Sequence[str], number: int) -> str:
    word = words[number] if number < len(words) else NOT_KEPT
    return json.dumps(word, ensure_ascii=False)


class _Marks(Struct):
    """Each word once, with the number of its mark."""

    words: dict[str, int] = field(default_factory=dict)

    def mark(
        self, word: str | None, closed: re.Pattern[str] | None = None, counts: str = ""
    ) -> str | None:
        """The mark of a word; the word itself when it is none of a person's."""
        if word is None or word in (NOT_KEPT, counts) or (closed and closed.fullmatch(word)):
            return word
        return f"⟦w{self.words.setdefault(word, len(self.words))} {counts}".rstrip() + "⟧"

    def sourced(self, entry: T) -> T:
        """A fact or an entry of a list."""
        source = getattr(entry, "source")  # noqa: B009 - all kinds of entries have one
        marked = self.mark(source, _REFERENCE)
        return entry if marked is source else replace(entry, source=marked)  # type: ignore[type-var]

    def unmapped(self, entry: Unmapped) -> Unmapped:
        """What was not understood; the note on a medicine may quote its name."""
        quotes = entry.kind == "medication" and entry.text is not None
        return replace(
            entry,
            text=self.mark(entry.text),
            note=self.mark(entry.note) if quotes else entry.note,
            source=self.mark(entry.source, _REFERENCE),
            system=self.mark(entry.system, _SYSTEM),
            code=self.mark(entry.code, _CODE),
        )

    def wishes(self, kind: str, said: Any, understood: Callable[[str, str], str]) -> Any:
        """Goals, likes, dislikes and equipment, as far as they are understood."""
        if not isinstance(said, (list, tuple)):
            return said
        return [self.mark(word, counts=understood(kind, word)) for word in said]
