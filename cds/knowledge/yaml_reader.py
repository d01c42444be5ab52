"""Strict YAML: safe, no duplicate keys, no surprising scalars, and every node knows its line.

Plain `yes`, `no`, `on`, `off`, `1:30`, `1e5` and `010` are refused (readers of YAML disagree on
what they are), as are anchors, aliases, tags, merge keys, and keys that are not text.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from cds.errors import Location
from cds.knowledge.documents import LocatedDict, LocatedList, Problems

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_AMBIGUOUS = re.compile(
    r"y|n|yes|no|on|off|[-+]?\d+(?::\d+)+|[-+]?\d+(?:\.\d*)?e[-+]?\d+|0o[0-7]+|[-+]?0\d+",
    re.IGNORECASE,
)
# At most 15 digits: what a float holds exactly.
_WHOLE = re.compile(r"[-+]?(?:0|[1-9]\d{0,14})")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9]\d{0,14})\.\d{1,15}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DEEPEST = 40
_TOO_DEEP = f"The parts stand in one another more than {_DEEPEST} deep. Nobody can review that."
_UNPRINTABLE = yaml.reader.Reader.NON_PRINTABLE


def read_document(path: Path, root: Path, problems: Problems) -> LocatedDict | None:
    """The document's mapping, or None when something in it was noted as a problem."""
    name = path.relative_to(root).as_posix()
    before = len(problems.found)
    text = _read_text(path, name, problems)
    node = None if text is None else _compose(text, name, problems)
    value = None if node is None else _Builder(name, problems).build(node)
    if len(problems.found) > before:
        return None
    if not isinstance(value, LocatedDict):
        problems.add(
            "The file is empty or not a mapping. Start it with 'key: value' lines.",
            Location(name, 1),
        )
        return None
    return value


def _read_text(path: Path, name: str, problems: Problems) -> str | None:
    """The text of the file, or None when that was noted as a problem."""
    try:
        data = path.read_bytes()
    except OSError:
        problems.add(
            "The file is missing or cannot be read. What it says would be lost. Restore it.",
            Location(name, 1),
        )
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add(
            "This is not UTF-8, so letters could be misread. Save the file as UTF-8.",
            Location(name, data.count(b"\n", 0, error.start) + 1),
        )
        return None
    strange = _UNPRINTABLE.search(text)
    if strange is None:
        return text
    problems.add(
        f"The control character U+{ord(strange.group()):04X} stands here. Nobody can see it. "
        "Take it out.",
        Location(name, text.count("\n", 0, strange.start()) + 1),
    )
    return None


def _compose(text: str, name: str, problems: Problems) -> yaml.Node | None:
    """The node graph; None for an empty file, or when a problem was noted."""
    before = len(problems.found)
    try:
        # Only these characters can begin what is refused here; most files have none of them.
        if any(mark in text for mark in "&*!"):
            for line, message in _indirections(text):
                problems.add(message, Location(name, line))
        if len(problems.found) > before:
            return None
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        problems.add(_reason(error, text, line), Location(name, line))
    except RecursionError:
        problems.add(f"{_TOO_DEEP} Flatten it.", Location(name, 1))
    else:
        return node
    return None


def _indirections(text: str) -> Iterator[tuple[int, str]]:
    """Every anchor, alias and tag, by line: a reader of one place could not know the value."""
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            yield line, f"The alias '*{anchor}' hides a value. Write the value out."
        elif anchor:
            yield line, f"The anchor '&{anchor}' is not allowed. Take it out."
        elif tag:
            yield line, f"The tag '{tag}' changes what is read. Take it out."


def _reason(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    problem = str(error.problem or error.context or "it breaks off")
    if "found another document" in problem:
        return "A second document begins here and would be lost. Use one file for each."
    if re.match(r" *\t", "".join(text.split("\n")[line - 1 : line])):
        return "A tab indents this line. YAML counts spaces only. Use spaces."
    return f"This is not readable YAML: {problem}. Check quotes, colons and indentation nearby."


class _Builder:
    """Turns a node graph into located plain values."""

    def __init__(self, name: str, problems: Problems) -> None:
        self._name = name
        self._problems = problems
        self._depth = 0

    def build(self, node: yaml.Node) -> Any:
        if self._depth == _DEEPEST:
            self._note(node, f"{_TOO_DEEP} Flatten it.")
            return None
        self._depth += 1
        value = self._value(node)
        self._depth -= 1
        return value

    def _value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node)
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode) -> LocatedDict:
        mapping = LocatedDict(node.start_mark.line + 1)
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in mapping:
                self._note(
                    key_node,
                    f"The key '{key}' stands twice. The first one would be lost. Keep one.",
                )
            mapping[key] = self.build(value_node)
            mapping.lines[key] = key_node.start_mark.line + 1
        return mapping

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._note(node, "This key is a list or a mapping. A key is plain text.")
        elif node.tag == "tag:yaml.org,2002:merge":
            self._note(node, "The merge key '<<' hides keys. Write them out.")
        elif node.tag != "tag:yaml.org,2002:str":
            self._note(node, f"The key '{node.value}' is not plain text. Quote it.")
        else:
            return str(node.value)
        return None

    def _sequence(self, node: yaml.SequenceNode) -> LocatedList:
        items = LocatedList(node.start_mark.line + 1)
        for item in node.value:
            items.append(self.build(item))
            items.lines.append(item.start_mark.line + 1)
        return items

    def _scalar(self, node: yaml.Node) -> Any:
        text, tag = str(node.value), node.tag.rpartition(":")[2]
        plain = not getattr(node, "style", None)
        if plain and _AMBIGUOUS.fullmatch(text):
            self._note(
                node,
                f"'{text[:40]}' can mean several things in YAML. Write true, false, a plain number "
                "like 12 or 1.5, or a quoted text.",
            )
            return None
        match tag:
            case "str":
                return text
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" if _WHOLE.fullmatch(text):
                return int(text)
            case "float" if _DECIMAL.fullmatch(text):
                return float(text)
            case "timestamp" if _DATE.fullmatch(text):
                return self._date(node, text)
            case _:
                self._note(
                    node,
                    f"'{text[:40]}' is not a plain number, date or text. "
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
