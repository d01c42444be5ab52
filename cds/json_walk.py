"""Walks JSON text token by token and raises at the first fault, naming its place.

Builds no values. Slower than the standard reader, so only doubtful text is walked.
"""

import math
import re
from typing import NoReturn

from msgspec import Struct

_SPACE = re.compile(r"[ \t\n\r]*+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_+.-]++", re.ASCII)
_TEXT = re.compile(r'"((?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+)"')
_LONE = re.compile(
    r"(?:\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_NUL = re.compile(r"\\\\|(\\u0000)")
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,47}", re.ASCII)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class JsonLimits(Struct, frozen=True):
    """How large a body may be; members and items are counted per container."""

    bytes: int = 1_000_000
    depth: int = 64
    members: int = 500
    items: int = 1_000
    text: int = 5_000
    digits: int = 18
    values: int = 20_000


class JsonFault(ValueError):
    """The first fault: a JSON pointer, and what is wrong in one sentence."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer}: {detail}")
        self.pointer = pointer
        self.detail = detail


def walk(text: str, limits: JsonLimits) -> None:
    """Returns when the text is one JSON value within the limits.

    Raises: JsonFault at the first place where it is not.
    """
    walker = _Walker(text, limits)
    walker.value("", 0)
    walker.space()
    if walker.at < len(text):
        walker.fail("", "Something follows the end of the value. Send one JSON value.")


def pointer_step(parent: str, key: str) -> str:
    """The pointer to a member; a key that is not a plain name is left out, never repeated."""
    if not _PLAIN_KEY.fullmatch(key):
        return parent
    return f"{parent}/{key}"


class _Walker:
    """A position in the text."""

    def __init__(self, text: str, limits: JsonLimits) -> None:
        self.text = text
        self.limits = limits
        self.at = 0
        self.values = 0

    def fail(self, pointer: str, detail: str) -> NoReturn:
        raise JsonFault(pointer, detail)

    def space(self) -> str:
        """Skips white space; the character that follows, or nothing at the end."""
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.text[self.at : self.at + 1]

    def value(self, pointer: str, depth: int) -> None:
        """Walks one value."""
        mark = self.space()
        self.values += 1
        if self.values > self.limits.values:
            self.fail(pointer, f"More than {self.limits.values:,} values. Send less at once.")
        if mark == "{":
            self._object(pointer, depth + 1)
        elif mark == "[":
            self._array(pointer, depth + 1)
        elif mark == '"':
            self._text(pointer)
        else:
            self._word(pointer)

    def _object(self, pointer: str, depth: int) -> None:
        self._check_depth(pointer, depth)
        self.at += 1
        keys: set[str] = set()
        if self.space() == "}":
            self.at += 1
            return
        while True:
            key = self._key(pointer)
            member = pointer_step(pointer, key)
            if key in keys:
                self.fail(member, "This key stands twice. One would be lost. Keep one.")
            keys.add(key)
            if len(keys) > self.limits.members:
                self.fail(pointer, f"More than {self.limits.members} members in one object.")
            if self.space() != ":":
                self.fail(member, "A colon is missing after the key.")
            self.at += 1
            self.value(member, depth)
            if self._closes("}", pointer):
                return

    def _array(self, pointer: str, depth: int) -> None:
        self._check_depth(pointer, depth)
        self.at += 1
        if self.space() == "]":
            self.at += 1
            return
        count = 0
        while True:
            if count == self.limits.items:
                self.fail(pointer, f"More than {self.limits.items:,} items in one list.")
            self.value(f"{pointer}/{count}", depth)
            count += 1
            if self._closes("]", pointer):
                return

    def _closes(self, bracket: str, pointer: str) -> bool:
        mark = self.space()
        self.at += 1
        if mark == bracket:
            return True
        if mark != ",":
            self.fail(pointer, f"A comma or '{bracket}' is missing, or the text breaks off here.")
        return False

    def _check_depth(self, pointer: str, depth: int) -> None:
        if depth > self.limits.depth:
            # The pointer itself would be as deep as what is refused: its start is enough.
            start = "/".join(pointer.split("/")[:5])
            self.fail(start, f"Nested deeper than {self.limits.depth} levels. Send it flatter.")

    def _key(self, pointer: str) -> str:
        if self.space() != '"':
            self.fail(pointer, "A key in double quotes is missing here.")
        return _unescape(self._text(pointer))

    def _text(self, pointer: str) -> str:
        match = _TEXT.match(self.text, self.at)
        if match is None:
            self.fail(
                pointer,
                "This text does not end, or holds a control character or an escape that JSON "
                "does not have.",
            )
        self.at = match.end()
        raw = match.group(1)
        if len(raw) > self.limits.text:
            self.fail(pointer, f"Text longer than {self.limits.text:,} characters.")
        if any(found.group(1) for found in _LONE.finditer(raw)):
            self.fail(pointer, "This text holds half of a surrogate pair, which is no character.")
        if any(found.group(1) for found in _NUL.finditer(raw)):
            self.fail(pointer, "This text holds a NUL character. Leave it out.")
        return raw

    def _word(self, pointer: str) -> None:
        match = _WORD.match(self.text, self.at)
        word = match.group() if match else ""
        self.at += len(word)
        if word in ("true", "false", "null"):
            return
        if word in ("NaN", "Infinity", "-Infinity"):
            self.fail(pointer, "NaN and Infinity are no numbers. Leave the value out if unknown.")
        if not _NUMBER.fullmatch(word):
            self.fail(pointer, "A value is missing or is not written as JSON.")
        if sum(character.isdigit() for character in word) > self.limits.digits:
            self.fail(pointer, f"A number with more than {self.limits.digits} digits.")
        if not math.isfinite(float(word)):
            self.fail(pointer, "This number is too large to be held.")


def _unescape(raw: str) -> str:
    if "\\" not in raw:
        return raw
    units = _ESCAPE.sub(
        lambda found: (
            chr(int(found.group(1), 16))
            if found.group(1)
            else _CONTROL.get(found.group(2), found.group(2))
        ),
        raw,
    )
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
