"""The movement catalogue: movements, their chains, and what each avoid tag removes."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from cds.errors import UnknownCodeError
from cds.model.movement import AvoidTag, Caution, Movement
from cds.model.selection import SelectionTable


@dataclass(frozen=True)
class Catalogue:
    """All movements and tags, in the order of the files."""

    movements: Mapping[str, Movement]
    tags: Mapping[str, AvoidTag]
    cautions: tuple[Caution, ...] = ()
    selection: SelectionTable | None = None

    def get(self, movement_id: str) -> Movement:
        """The movement of that id.

        Raises: UnknownCodeError when the catalogue does not hold it.
        """
        if movement_id not in self.movements:
            raise UnknownCodeError(
                "This movement is not in the catalogue, so nothing can be said about it. "
                "Use an id that GET /v1/exercises lists."
            )
        return self.movements[movement_id]

    def filter(self, **attributes: object) -> tuple[Movement, ...]:
        """Movements whose attributes equal, or for list attributes contain, these values."""
        return tuple(m for m in self.movements.values() if _matches(m, attributes))

    @cached_property
    def removed_by_tag(self) -> Mapping[str, frozenset[str]]:
        """Each tag with the ids of the movements it removes."""
        return MappingProxyType(
            {
                tag.id: frozenset(m.id for m in self.movements.values() if tag.predicate.holds(m))
                for tag in self.tags.values()
            }
        )

    def removed_by(self, tags: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Each removed movement with the tags that remove it."""
        hits: dict[str, set[str]] = {}
        for tag in sorted(tags):
            for movement_id in self.removed_by_tag[tag]:
                hits.setdefault(movement_id, set()).add(tag)
        return MappingProxyType({key: frozenset(hits[key]) for key in sorted(hits)})

    def cautions_for(self, movement: Movement, tags: Collection[str]) -> tuple[Caution, ...]:
        """Cautions that hold for an allowed movement while one of their tags is active."""
        return tuple(
            caution
            for caution in self.cautions
            if set(caution.under) & set(tags) and caution.predicate.holds(movement)
        )

    def alternatives(
        self, movement_id: str, removed: Collection[str], limit: int = 3
    ) -> tuple[str, ...]:
        """What stays possible instead: first along the chain, easier steps first, then the
        nearest movements of the same purpose; never one that is in `removed`.
        """
        movement = self.get(movement_id)
        chain = [
            step
            for step in self.chain(movement_id)
            if step not in removed and _near(movement, self.movements[step])
        ]
        near = sorted(
            (
                m
                for m in self.movements.values()
                if m.id not in removed and m.id != movement_id and _near(movement, m)
            ),
            key=lambda m: _distance(movement, m),
        )
        found = dict.fromkeys([*chain, *(m.id for m in near)])
        return tuple(found)[:limit]

    def chain(self, movement_id: str) -> Iterator[str]:
        """Every movement linked to this one, nearest step first, easier before harder."""
        seen, queue = {movement_id}, deque([movement_id])
        while queue:
            movement = self.movements[queue.popleft()]
            for step in (movement.regression, movement.progression):
                if step is not None and step not in seen:
                    seen.add(step)
                    queue.append(step)
                    yield step

    def step(self, movement_id: str, direction: str, removed: Collection[str]) -> str | None:
        """The next allowed step of the chain; removed steps are skipped."""
        following = getattr(self.get(movement_id), direction)
        while following is not None and following in removed:
            following = getattr(self.movements[following], direction)
        return following if isinstance(following, str) else None


def _matches(movement: Movement, attributes: Mapping[str, object]) -> bool:
    for name, wanted in attributes.items():
        value = getattr(movement, name)
        if wanted not in value if isinstance(value, tuple) else value != wanted:
            return False
    return True


def _near(movement: Movement, other: Movement) -> bool:
    together = movement.region == other.region or "full" in (movement.region, other.region)
    return together and (movement.pattern == other.pattern or movement.modality == other.modality)


def _distance(movement: Movement, other: Movement) -> tuple[bool, bool, bool, float, str]:
    """Nearest first: region, modality, pattern, then the gentler one, then the id."""
    return (
        movement.region != other.region,
        movement.modality != other.modality,
        movement.pattern != other.pattern,
        other.mets or 0.0,
        other.id,
    )
