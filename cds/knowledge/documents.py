"""Documents whose every part knows its line, and what was found wrong in them."""

from typing import Any

from cds.errors import KnowledgeError, Location


class LocatedDict(dict[str, Any]):
    """A mapping that knows its own line and the line of each key."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class LocatedList(list[Any]):
    """A sequence that knows its own line and the line of each item."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


class Problems:
    """Collects every problem of a load, so that an author sees all of them at once."""

    def __init__(self) -> None:
        self.found: list[KnowledgeError] = []

    def add(self, message: str, location: Location, kind: type = KnowledgeError) -> None:
        """Note one problem."""
        self.found.append(kind(message, location))


def line_of(document: Any, path: tuple[str | int, ...]) -> int:
    """The line of the deepest part of `path` that the document holds."""
    line: int = getattr(document, "line", 1)
    for step in path:
        found = _step(document, step)
        if found is None:
            break
        line, document = found
    return line


def _step(document: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(document, LocatedDict) and isinstance(step, str) and step in document:
        return document.lines[step], document[step]
    if isinstance(document, LocatedList) and isinstance(step, int) and step < len(document):
        return document.lines[step], document[step]
    return None
