"""Strict YAML: safe, no duplicate keys, no surprising scalars, and every node knows its line.

Plain `yes`, `no`, `on`, `off` and `1:30` are refused (YAML 1.1 reads them as something else),
as are anchors, aliases, tags, and non-string keys.
"""

import re
from collections.abc import Hashable
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from cds.errors import KnowledgeError, Location

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_AMBIGUOUS = re.compile(r"^(?:y|n|yes|no|on|off|\d+(?::\d+)+)$", re.IGNORECASE)
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


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


def read_document(path: Path, root: Path, problems: Problems) -> LocatedDict | None:
    """The document's mapping, or None when something in it was noted as a problem."""
    name = path.relative_to(root).as_posix()
    try:
        node = yaml.compose(path.read_bytes(), Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.add(
            f"This is not readable YAML: {_reason(error)}.",
            Location(name, _line(error)),
        )
        return None
    before = len(problems.found)
    value = _Builder(name, problems).build(node) if node is not None else None
    if len(problems.found) > before:
        return None
    if not isinstance(value, LocatedDict):
        problems.add(
            "The file is empty or not a mapping. Start it with 'key: value' lines.",
            Location(name, 1),
        )
        return None
    return value


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


def _line(error: Exception) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark is not None else 1


def _reason(error: Exception) -> str:
    return str(getattr(error, "problem", None) or "wrong encoding, save it as UTF-8")


class _Builder:
    """Turns a node graph into located plain values."""

    def __init__(self, name: str, problems: Problems) -> None:
        self._name = name
        self._problems = problems
        self._seen: set[int] = set()

    def build(self, node: yaml.Node) -> Any:
        if id(node) in self._seen:
            self._note(node, "Anchors and aliases are not allowed. Write the value out.")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node)
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode) -> LocatedDict:
        mapping = LocatedDict(node.start_mark.line + 1)
        for key_node, value_node in node.value:
            key: Hashable = key_node.value
            if key_node.tag != "tag:yaml.org,2002:str" or not isinstance(key, str):
                self._note(key_node, f"The key '{key}' is not plain text. Quote it.")
                continue
            if key in mapping:
                self._note(
                    key_node,
                    f"The key '{key}' stands twice. The first one would be lost. Keep one.",
                )
            mapping[key] = self.build(value_node)
            mapping.lines[key] = key_node.start_mark.line + 1
        return mapping

    def _sequence(self, node: yaml.SequenceNode) -> LocatedList:
        items = LocatedList(node.start_mark.line + 1)
        for item in node.value:
            items.append(self.build(item))
            items.lines.append(item.start_mark.line + 1)
        return items

    def _scalar(self, node: yaml.Node) -> Any:
        text, tag = str(node.value), node.tag.rpartition(":")[2]
        plain = not getattr(node, "style", None)
        if plain and _AMBIGUOUS.match(text):
            self._note(
                node,
                f"'{text}' can mean several things in YAML. Write true, false or a quoted text.",
            )
            return None
        match tag:
            case "str":
                return text
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" if re.fullmatch(r"[-+]?\d+", text):
                return int(text)
            case "float" if re.fullmatch(r"[-+]?\d+\.\d+", text):
                return float(text)
            case "timestamp" if _DATE.match(text):
                return self._date(node, text)
            case _:
                self._note(
                    node,
                    f"'{text}' is not a plain number, date or text. "
                    "Write 12, 1.5, 2026-01-31 or quote it.",
                )
                return None

    def _date(self, node: yaml.Node, text: str) -> date | None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._note(node, f"'{text}' is not a day of the calendar. Use YYYY-MM-DD.")
            return None

    def _note(self, node: yaml.Node, message: str) -> None:
        self._problems.add(message, Location(self._name, node.start_mark.line + 1))
