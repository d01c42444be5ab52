"""Typed reading of untrusted JSON: a wrong type is refused at its place and never a crash."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from cds.errors import IntakeError, Refusal
from cds.fhir.dates import Moment, parse_moment, span

_MOST_REFUSALS = 100


class Refusals(Struct):
    """Collects every refused place, so that a sender sees all of them at once."""

    found: list[Refusal] = field(default_factory=list)

    def add(self, pointer: str, detail: str) -> None:
        """Note one refused place."""
        refusal = Refusal(pointer, detail)
        if len(self.found) < _MOST_REFUSALS and refusal not in self.found:
            self.found.append(refusal)

    def raise_any(self) -> None:
        """Raise what was noted.

        Raises: IntakeError.
        """
        if self.found:
            raise IntakeError(self.found)


class Coding(Struct, frozen=True):
    """One code, with its system and the sender's name for it."""

    system: str | None
    code: str | None
    display: str | None


class Concept(Struct, frozen=True):
    """A CodeableConcept: codings of one meaning, and free text."""

    codings: tuple[Coding, ...] = ()
    text: str | None = None

    def codes(self) -> frozenset[str]:
        """The bare codes, for the small code lists of FHIR itself."""
        return frozenset(coding.code for coding in self.codings if coding.code)

    def names(self) -> tuple[str, ...]:
        """Every name the sender gives it."""
        shown = (*(coding.display for coding in self.codings), self.text)
        return tuple(dict.fromkeys(name for name in shown if name))

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        return not self.text and not any(c.code or c.display for c in self.codings)


class Node(Struct, frozen=True, eq=False):
    """A JSON object at its place in the document: its `step` from the object that holds it.

    In a list it has its `index` there.
    """

    value: Mapping[str, object]
    refusals: Refusals
    parent: "Node | None" = None
    step: str = ""
    index: int = -1

    @property
    def pointer(self) -> str:
        """The JSON pointer of the place, which few are asked for."""
        if self.parent is None:
            return ""
        place = self.parent.place(self.step)
        return place if self.index < 0 else f"{place}/{self.index}"

    def place(self, key: str) -> str:
        """The JSON pointer of a member; no name of FHIR needs escaping in it."""
        return f"{self.pointer}/{key}"

    def has(self, key: str) -> bool:
        """Whether the member is there and not null."""
        return self.value.get(key) is not None

    def text(self, key: str) -> str | None:
        """A text member; blank counts as missing."""
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refusals.add(self.place(key), "This must be text.")
            return None
        return value.strip() or None

    def flag(self, key: str) -> bool | None:
        """A true or false member."""
        value = self.value.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.refusals.add(self.place(key), "This must be true or false.")
        return None

    def number(self, key: str) -> float | None:
        """A finite number."""
        value = self.value.get(key)
        if value is None:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                if math.isfinite(value):
                    return float(value)
            except OverflowError:
                pass
        self.refusals.add(self.place(key), "This must be a finite number.")
        return None

    def node(self, key: str) -> "Node | None":
        """An object member."""
        value = self.value.get(key)
        if value is None:
            return None
        if isinstance(value, dict):
            return Node(value, self.refusals, self, key)
        self.refusals.add(self.place(key), "This must be an object.")
        return None

    def item(self, key: str, index: int) -> "Node":
        """The object at that place of a list member, which is known to hold it."""
        items: Any = self.value[key]
        return Node(items[index], self.refusals, self, key, index)

    def holds(self, key: str) -> bool:
        """Whether the list member holds an object."""
        return next(iter(self.nodes(key)), None) is not None

    def nodes(self, key: str) -> Iterable["Node"]:
        """The objects of a list member, to be read once."""
        value = self.value.get(key)
        return () if value is None else self._objects(key, value)

    def _objects(self, key: str, value: object) -> Iterator["Node"]:
        if not isinstance(value, list):
            self.refusals.add(self.place(key), "This must be a list.")
            return
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield Node(item, self.refusals, self, key, index)
            else:
                self.refusals.add(self.place(f"{key}/{index}"), "This must be an object.")

    def moment(self, key: str) -> Moment | None:
        """A date or time."""
        text = self.text(key)
        if text is None:
            return None
        moment = parse_moment(text)
        if moment is None:
            self.refusals.add(self.place(key), "This must be a FHIR date, like 2026-01-31.")
        return moment

    def period(self, key: str) -> Moment | None:
        """A Period from its start to its end, or the one of them that is given."""
        node = self.node(key)
        if node is None:
            return None
        start, end = node.moment("start"), node.moment("end")
        if start is None or end is None:
            return start or end
        if end.end < start.start:
            self.refusals.add(node.pointer, "The period ends before it starts.")
            return None
        return span(start, end)

    def when(self, *keys: str) -> Moment | None:
        """The first of these members that is given; one named …Period is read as a Period."""
        for key in keys:
            found = self.period(key) if key.endswith("Period") else self.moment(key)
            if found is not None:
                return found
        return None

    def concept(self, key: str) -> Concept:
        """A CodeableConcept member; an empty one when it is missing."""
        node = self.node(key)
        return node.as_concept() if node else Concept()

    def as_concept(self) -> Concept:
        """This object read as a CodeableConcept."""
        codings = [
            Coding(coding.text("system"), coding.text("code"), coding.text("display"))
            for coding in self.nodes("coding")
        ]
        return Concept(tuple(codings), self.text("text"))

    def reference(self, key: str) -> str | None:
        """The target of a Reference member."""
        node = self.node(key)
        return node.text("reference") if node else None
