"""Codes and names of things: which ids a code or a name stands for, exactly or by prefix."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

_KIND = re.compile(
    r"(?:,? device)?\s*\((?:disorder|finding|situation|procedure|regime/therapy|physical object)\)$"
)
_INVISIBLE = re.compile(r"[\u200b-\u200f\ufeff\u00ad]")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")


class CodeSystem(Struct, frozen=True):
    """A code system: its short name, its canonical address, the others, and what a code is."""

    name: str
    uri: str
    also: tuple[str, ...]
    pattern: re.Pattern[str]
    dot: bool

    def normalise(self, code: str) -> str | None:
        """The code in the form in which tables hold it, or None when it is no such code."""
        text = code.strip().upper()
        if not self.pattern.fullmatch(text):
            return None
        return text.replace(".", "") if self.dot else text


class CodeEntry(Struct, frozen=True):
    """One row of a value set: this code stands for this id.

    `origin` names the published list in which the code was found.
    """

    id: str
    system: str
    code: str
    display: str
    prefix: bool = False
    history: bool = False
    verified: bool = True
    local_route: bool = False
    origin: str = ""


class CodeTable(Struct, frozen=True):
    """Finds the rows that a code matches: exactly, or as any of its prefixes."""

    _exact: Mapping[tuple[str, str], tuple[CodeEntry, ...]] = field(default_factory=dict)
    _prefix: Mapping[tuple[str, str], tuple[CodeEntry, ...]] = field(default_factory=dict)

    @classmethod
    def build(cls, entries: Iterable[CodeEntry], systems: Mapping[str, CodeSystem]) -> "CodeTable":
        """The table of these rows; `systems` by short name."""
        exact: dict[tuple[str, str], list[CodeEntry]] = defaultdict(list)
        prefix: dict[tuple[str, str], list[CodeEntry]] = defaultdict(list)
        for entry in entries:
            code = systems[entry.system].normalise(entry.code) or entry.code
            (prefix if entry.prefix else exact)[entry.system, code].append(entry)
        return cls(_frozen(exact), _frozen(prefix))

    def find(self, system: CodeSystem | None, code: str) -> tuple[CodeEntry, ...]:
        """Every row that the code matches; none when the system or the code is not known."""
        plain = system.normalise(code) if system else None
        if system is None or plain is None:
            return ()
        found = list(self._exact.get((system.name, plain), ()))
        for length in range(1, len(plain) + 1):
            found.extend(self._prefix.get((system.name, plain[:length]), ()))
        return tuple(found)

    def __iter__(self) -> Iterator[CodeEntry]:
        for rows in (*self._exact.values(), *self._prefix.values()):
            yield from rows


class PhraseTable(Struct, frozen=True):
    """Finds names of medicines as whole words; a longer name hides a shorter one inside it."""

    _by_first: Mapping[str, tuple[tuple[tuple[str, ...], frozenset[str]], ...]]

    @classmethod
    def build(cls, names: Iterable[tuple[str, str]]) -> "PhraseTable":
        """The table of these (name, id) pairs."""
        ids: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for name, id_ in names:
            ids[medicine_words(name)].add(id_)
        by_first: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = defaultdict(list)
        for phrase, found in sorted(ids.items(), key=lambda item: -len(item[0])):
            if phrase:
                by_first[phrase[0]].append((phrase, frozenset(found)))
        return cls({first: tuple(phrases) for first, phrases in by_first.items()})

    def find(self, text: str) -> frozenset[str]:
        """The ids of every name that stands in the text."""
        return frozenset().union(*(ids for _, ids in self.named(text)))

    def named(self, text: str) -> Iterator[tuple[str, frozenset[str]]]:
        """Each name that stands in the text, in its words, with its ids."""
        tokens = medicine_words(text)
        place = 0
        while place < len(tokens):
            step = 1
            for phrase, ids in self._by_first.get(tokens[place], ()):
                if tokens[place : place + len(phrase)] == phrase:
                    yield " ".join(phrase), ids
                    step = len(phrase)
                    break
            place += step

    def __iter__(self) -> Iterator[tuple[str, frozenset[str]]]:
        for phrases in self._by_first.values():
            yield from ((" ".join(words), ids) for words, ids in phrases)


def plain_text(text: str) -> str:
    """The text as names are compared: one case, single spaces, without the kind in brackets."""
    spaced = " ".join(_INVISIBLE.sub("", text).split()).casefold()
    return _KIND.sub("", spaced).rstrip(" .;,")


def medicine_words(text: str) -> tuple[str, ...]:
    """The words of a medicine's name, in one case; a strength written onto it is a word apart."""
    return tuple(_LETTERS_OR_DIGITS.findall(_INVISIBLE.sub("", text).casefold()))


def _frozen(
    rows: Mapping[tuple[str, str], list[CodeEntry]],
) -> dict[tuple[str, str], tuple[CodeEntry, ...]]:
    return {key: tuple(entries) for key, entries in rows.items()}
