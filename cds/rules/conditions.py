"""Reads a rule's `when` into a condition, with every name, unit and value checked."""

from collections.abc import Callable
from typing import Any as Anything

from cds.errors import RuleCheckError
from cds.knowledge.documents import LocatedDict, LocatedList
from cds.knowledge.fact import FactDefinition
from cds.knowledge.schema import suggest
from cds.model.condition import All, Any, AtLeast, Condition
from cds.rules.analysis import find_emptiness
from cds.rules.leaf_tests import TESTS, LeafReader
from cds.rules.references import MissingNameError, Place, References

_SUBJECTS = ("fact", "condition", "medication", "procedure", "policy")
_GROUPS = ("all", "any", "at_least_n")


class ConditionReader:
    """Reads the conditions of one file; a part with a problem reads as None."""

    def __init__(self, references: References, place: Place) -> None:
        self._references = references
        self._place = place

    def read(self, node: Anything, line: int) -> Condition | None:
        """The condition written at `node`."""
        if not isinstance(node, LocatedDict):
            return self._refuse(
                line, "A condition is a mapping: one of all, any, at_least_n, or a test of a fact."
            )
        if "not" in node:
            return self._refuse(
                node.lines["not"],
                "There is no 'not': what nobody has said is not the same as no. Write "
                "'is: absent', or the opposite test.",
            )
        heads = [key for key in node if key in (*_SUBJECTS, *_GROUPS)]
        if len(heads) != 1:
            return self._refuse(
                node.line,
                f"Each condition has exactly one of {', '.join((*_GROUPS, *_SUBJECTS))}."
                f"{_nearest(node) if not heads else ''}",
            )
        readers: dict[str, Callable[[LocatedDict], Condition | None]] = {
            "all": self._all,
            "any": self._any,
            "at_least_n": self._at_least,
        }
        condition = readers.get(heads[0], self._leaf)(node)
        emptiness = condition and find_emptiness(condition, self._references.vocabulary)
        return self._refuse(node.line, emptiness) if emptiness else condition

    def _all(self, node: LocatedDict) -> Condition | None:
        parts = self._parts(node, "all") if self._only(node, ("all",)) else ()
        return All(parts) if parts else None

    def _any(self, node: LocatedDict) -> Condition | None:
        parts = self._parts(node, "any") if self._only(node, ("any",)) else ()
        return Any(parts) if parts else None

    def _at_least(self, node: LocatedDict) -> Condition | None:
        body, line = node["at_least_n"], node.lines["at_least_n"]
        if not self._only(node, ("at_least_n",)):
            return None
        if not isinstance(body, LocatedDict) or set(body) != {"n", "of"}:
            return self._refuse(line, "'at_least_n' is written {n: 2, of: [...]}.")
        parts, count = self._parts(body, "of"), body["n"]
        if not parts:
            return None
        if type(count) is not int or not 1 <= count <= len(parts):
            return self._refuse(
                body.lines["n"],
                f"'n' is not a count from 1 to {len(parts)}, the number of parts, so it would "
                "always or never hold. Correct it.",
            )
        return AtLeast(count, parts)

    def _parts(self, node: LocatedDict, key: str) -> tuple[Condition, ...]:
        items = node[key]
        if not isinstance(items, LocatedList) or not items:
            self._refuse(
                node.lines[key],
                f"'{key}' is not a list with at least one condition. An empty one would always or "
                "never hold. Add a condition.",
            )
            return ()
        read = [self.read(item, line) for item, line in zip(items, items.lines, strict=True)]
        return tuple(part for part in read if part is not None) if None not in read else ()

    def _leaf(self, node: LocatedDict) -> Condition | None:
        kind = next(key for key in _SUBJECTS if key in node)
        known = self._only(node, (kind, *TESTS, "unit", "reported"))
        definition = self._definition(kind, node)
        if definition is None or not known:
            return None
        leaves = LeafReader(definition, node, self._place).read()
        if not leaves:
            return None
        return leaves[0] if len(leaves) == 1 else All(leaves)

    def _definition(self, kind: str, node: LocatedDict) -> FactDefinition | None:
        name = node[kind]
        full = name if kind == "fact" else f"{kind}.{name}"
        vocabulary = self._references.vocabulary
        if isinstance(name, str) and full in vocabulary:
            return vocabulary[full]
        near = [n for n in vocabulary if kind == "fact" or n.startswith(f"{kind}.")]
        hint = suggest(str(full), near).replace(f"'{kind}.", "'")
        self._place.refuse(
            node.lines[kind],
            f"There is no {kind} '{name}'. The rule could never see it.{hint}",
            MissingNameError if isinstance(name, str) else RuleCheckError,
        )
        return None

    def _only(self, node: LocatedDict, keys: tuple[str, ...]) -> bool:
        extra = [key for key in node if key not in keys]
        for key in extra:
            self._refuse(
                node.lines[key],
                f"The key '{key}' is not known here, so it would test nothing. Take it out."
                f"{suggest(key, keys)}",
            )
        return not extra

    def _refuse(self, line: int, message: str) -> Condition | None:
        """Note a problem; the part then reads as None."""
        self._place.refuse(line, message)
        return None


def _nearest(node: LocatedDict) -> str:
    for key in node:
        if key not in TESTS and (hint := suggest(key, (*_GROUPS, *_SUBJECTS))):
            return hint
    return ""
