"""Movements by any of their attributes, and without what avoid tags remove."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from cds.errors import IntakeError, Refusal
from cds.json_walk import pointer_step
from cds.knowledge.catalogue import Catalogue
from cds.knowledge.schema import suggest
from cds.model.movement import Movement

AVOID = "avoid"
# So many values can be read at a glance; of more the nearest one is suggested.
LISTED = 40
Values = Mapping[str, frozenset[str]]


class ExerciseFilters:
    """What may be asked for: each attribute with its values, each value with its movements."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._index = {
            name: _by_value(catalogue.movements.values(), name)
            for name in Movement.__struct_fields__
        }

    @property
    def allowed(self) -> Mapping[str, tuple[str, ...]]:
        """Each parameter with its values."""
        found = {name: tuple(sorted(values)) for name, values in self._index.items()}
        return MappingProxyType({AVOID: tuple(self._catalogue.tags), **found})

    def find(self, filters: Mapping[str, Sequence[str]]) -> tuple[Movement, ...]:
        """The movements that pass every filter; of several values of one, any will do.

        Raises: IntakeError when a parameter or its value is not known.
        """
        _check(filters, self.allowed)
        removed = self._catalogue.removed_by(filters.get(AVOID, ()))
        wanted = [
            frozenset().union(*(self._index[name][value] for value in values))
            for name, values in filters.items()
            if name != AVOID
        ]
        return tuple(
            movement
            for movement in self._catalogue.movements.values()
            if movement.id not in removed and all(movement.id in ids for ids in wanted)
        )


def _by_value(movements: Iterable[Movement], name: str) -> Values:
    found: dict[str, set[str]] = {}
    for movement in movements:
        for text in _texts(getattr(movement, name)):
            found.setdefault(text, set()).add(movement.id)
    return {text: frozenset(ids) for text, ids in found.items()}


def _texts(value: object) -> Iterable[str]:
    """A value as it stands in an address; of a list, and of a choice, each part."""
    if value is None:
        return ()
    if isinstance(value, tuple):
        return [choice for part in value for choice in str(part).split("|")]
    if isinstance(value, bool):
        return (str(value).lower(),)
    return (f"{value:g}",) if isinstance(value, float) else (str(value),)


def _check(filters: Mapping[str, Sequence[str]], allowed: Mapping[str, tuple[str, ...]]) -> None:
    refusals: list[Refusal] = []
    for name, values in filters.items():
        pointer = pointer_step("?", name)
        if name not in allowed:
            hint = suggest(name, allowed) or f" Use one of: {', '.join(allowed)}."
            refusals.append(Refusal(pointer, f"This parameter is not known here.{hint}"))
            continue
        for value in values:
            if value not in allowed[name]:
                detail = f"This value is not known here.{_hint(value, allowed[name])}"
                refusals.append(Refusal(pointer, detail))
    if refusals:
        raise IntakeError(list(dict.fromkeys(refusals)))


def _hint(value: str, allowed: Sequence[str]) -> str:
    if len(allowed) <= LISTED:
        return f" Use one of: {', '.join(allowed)}."
    return suggest(value, allowed) or " Take it as GET /v1/exercises shows it."
