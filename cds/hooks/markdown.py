"""Text in cards: whatever it holds, it is read as text and never as Markdown, HTML or a link."""

import re
from collections.abc import Iterable

_MARKS = re.compile(r"[\\`*_\[\]~|!#$]")
# What opens a list, a quotation or a heading at the start of a line.
_OPENING = re.compile(r"\d*(?=[-+=.)])")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
# Readers make links of what looks like an address: a zero-width space, seen by nobody, prevents it.
_LINKING = re.compile(r"[.:@](?:(?<=@)|(?<=[^\W\d].))(?=[\w/])")
_SHOWN = 120
_CUT = "…"


def escape(text: str) -> str:
    """The text as Markdown that shows exactly this text, on one line."""
    plain = _LINKING.sub(lambda found: f"{found[0]}\u200b", one_line(text))
    marked = _MARKS.sub(lambda found: f"\\{found[0]}", plain)
    if opening := _OPENING.match(marked):
        marked = f"{opening[0]}\\{marked[opening.end() :]}"
    return marked.translate(_HTML)


def one_line(text: str) -> str:
    """Without line ends, control characters and what turns the direction of writing."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())


def shorten(text: str, most: int) -> str:
    """At most so many characters, cut after a word."""
    plain = one_line(text)
    if len(plain) <= most:
        return plain
    return plain[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + _CUT


def named(text: str) -> str:
    """A name that a client sent, short."""
    return shorten(text, _SHOWN)


def bullets(lines: Iterable[str]) -> str:
    """A list; the lines are escaped."""
    return "\n".join(f"- {escape(line)}" for line in lines)


def section(heading: str, lines: Iterable[str]) -> str:
    """A heading in bold and its list; empty without lines."""
    listed = bullets(lines)
    return f"**{escape(heading)}**\n\n{listed}" if listed else ""
