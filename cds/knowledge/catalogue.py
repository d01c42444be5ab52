"""The movement catalogue: movements, their chains, and what each avoid tag removes."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import filterfalse, islice
from types import MappingProxyType

from msgspec import Struct

from cds.errors import UnknownCodeError
from cds.model.movement import AvoidTag, Caution, Movement
from cds.model.selection import SelectionTable

#: The tags of a case come together in few ways.
_MOST_KEPT = 256
# What may stand in for loaded work on the trunk, neck, arm or hand.
_GENTLE = frozenset({"isometric", "mobility"})


class Catalogue(Struct, frozen=True, dict=True):
    """All movements and tags, in the order of the files."""

    movements: Mapping[str, Movement]
    tags: Mapping[str, AvoidTag]
    cautions: tuple[Caution, ...] = ()
    selection: SelectionTable | None = None

    __hash__ = object.__hash__  # what holds of all its movements is kept by it

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

    def meant_by(self, word: str) -> tuple[str, ...]:
        """The movements that somebody means: an id, an everyday word, or part of a name."""
        asked = _plain(word)
        for text in dict.fromkeys((asked, asked.removesuffix("s"))):
            if text and (found := self._meanings.get(text) or self._by_name(text)):
                return found
        return ()

    @cached_property
    def _meanings(self) -> Mapping[str, tuple[str, ...]]:
        words = self.selection.words if self.selection is not None else {}
        ids = {_plain(m): (m,) for m in self.movements}
        return MappingProxyType({**{_plain(w): found for w, found in words.items()}, **ids})

    def _by_name(self, text: str) -> tuple[str, ...]:
        return tuple(m.id for m in self.movements.values() if text in _plain(m.name))

    @cached_property
    def spelled(self) -> tuple[tuple[str, str, str], ...]:
        """The id of each movement, and id and name in small letters."""
        return tuple((m.id, m.id.lower(), m.name.lower()) for m in self.movements.values())

    def filter(self, **attributes: object) -> tuple[Movement, ...]:
        """Movements whose attributes equal, or for list attributes contain, these values."""
        return tuple(m for m in self.movements.values() if _matches(m, attributes))

    def having(self, attribute: str, value: str) -> tuple[str, ...]:
        """The ids of the movements of which this attribute equals or contains the value."""
        return _having(self, attribute, value)

    @cached_property
    def removed_by_tag(self) -> Mapping[str, frozenset[str]]:
        """Each tag with the ids of the movements it removes."""
        movements = self.movements.values()
        return MappingProxyType(
            {tag.id: tag.predicate.ids_among(movements) for tag in self.tags.values()}
        )

    @cached_property
    def removing_tags(self) -> Mapping[str, frozenset[str]]:
        """Each movement that some tag removes, with all tags that do."""
        found: dict[str, set[str]] = defaultdict(set)
        for tag, removed in self.removed_by_tag.items():
            for movement_id in removed:
                found[movement_id].add(tag)
        return MappingProxyType({key: frozenset(found[key]) for key in found})

    def removed_by(self, tags: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Each removed movement with the tags that remove it."""
        return _removed_by(self, tuple(sorted(tags)))

    def cautions_for(self, movement: Movement, tags: Collection[str]) -> tuple[Caution, ...]:
        """Cautions that hold for an allowed movement while one of their tags is active."""
        of_movement = self._cautions[movement.id]
        if not of_movement:
            return ()
        active = frozenset(tags)
        return tuple([own for own in of_movement if not active.isdisjoint(own.under)])

    @cached_property
    def _cautions(self) -> Mapping[str, tuple[Caution, ...]]:
        """For each movement the cautions that may hold for it."""
        found: dict[str, tuple[Caution, ...]] = dict.fromkeys(self.movements, ())
        for caution in self.cautions:
            for movement in caution.predicate.among(self.movements.values()):
                found[movement.id] += (caution,)
        return MappingProxyType(found)

    def alternatives(
        self, movement_id: str, removed: Collection[str], limit: int = 3
    ) -> tuple[str, ...]:
        """What stays possible instead, never one that is in `removed`.

        First along the chain, easier steps first, then the nearest movements of the same
        region; what is seldom offered is left out.
        """
        offered = _stand_ins(self, movement_id)
        return tuple(islice(filterfalse(removed.__contains__, offered), limit))

    @cached_property
    def seldom(self) -> frozenset[str]:
        """Movements that are never offered unasked."""
        if self.selection is None:
            return frozenset()
        return self.selection.seldom.ids_among(self.movements.values())

    @cached_property
    def serving(self) -> Mapping[str, tuple[Movement, ...]]:
        """For each slot of the selection table the movements that serve it, gentler first."""
        slots = self.selection.slots if self.selection is not None else ()
        gentler_first = sorted(self.movements.values(), key=lambda m: (m.mets or 0.0, m.id))
        return MappingProxyType(
            {slot.id: tuple(m for m in gentler_first if slot.fits(m)) for slot in slots}
        )

    @cached_property
    def offered(self) -> Mapping[tuple[str, str], tuple[Movement, ...]]:
        """For each slot and phase its movements without those that are never offered unasked."""
        seldom = self.seldom
        return MappingProxyType(
            {
                key: tuple(movement for movement in tried if movement.id not in seldom)
                for key, tried in self.tried.items()
            }
        )

    @cached_property
    def offered_ids(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The ids of the movements that are offered for each slot and phase."""
        return MappingProxyType(
            {key: frozenset(m.id for m in offered) for key, offered in self.offered.items()}
        )

    @cached_property
    def tried(self) -> Mapping[tuple[str, str], tuple[Movement, ...]]:
        """For each slot and phase its movements: those of its list, then the others."""
        slots = self.selection.slots if self.selection is not None else ()
        return MappingProxyType(
            {
                (slot.id, phase): tuple(
                    dict.fromkeys([*(self.movements[m] for m in listed), *self.serving[slot.id]])
                )
                for slot in slots
                for phase, listed in slot.order.items()
            }
        )

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


def _plain(text: str) -> str:
    return text.strip().lower().replace("-", " ").replace("_", " ")


def _matches(movement: Movement, attributes: Mapping[str, object]) -> bool:
    for name, wanted in attributes.items():
        value = getattr(movement, name)
        if wanted not in value if isinstance(value, tuple) else value != wanted:
            return False
    return True


def _near(movement: Movement, other: Movement) -> bool:
    """Same kind of work for the same part of the body."""
    together = movement.region == other.region or "full" in (movement.region, other.region)
    same = movement.pattern == other.pattern or movement.modality == other.modality
    both_local = movement.region == other.region and movement.region != "lower"
    return together and (same or (both_local and other.modality in _GENTLE))


def _distance(movement: Movement, other: Movement) -> tuple[bool, bool, bool, float, str]:
    """Nearest first: region, modality, pattern, then the gentler one, then the id."""
    return (
        movement.region != other.region,
        movement.modality != other.modality,
        movement.pattern != other.pattern,
        other.mets or 0.0,
        other.id,
    )


@lru_cache(_MOST_KEPT)
def _stand_ins(catalogue: Catalogue, movement_id: str) -> tuple[str, ...]:
    """What could stand in for a movement, best first."""
    movement = catalogue.get(movement_id)
    near = {m.id: m for m in catalogue.movements.values() if _near(movement, m)}
    chain = [step for step in catalogue.chain(movement_id) if step in near]
    nearest = sorted(near, key=lambda m: _distance(movement, near[m]))
    offered = dict.fromkeys([*chain, *nearest])
    return tuple(m for m in offered if m != movement_id and m not in catalogue.seldom)


@lru_cache(_MOST_KEPT)
def _having(catalogue: Catalogue, attribute: str, value: str) -> tuple[str, ...]:
    return tuple(movement.id for movement in catalogue.filter(**{attribute: value}))


@lru_cache(_MOST_KEPT)
def _removed_by(catalogue: Catalogue, tags: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    active, removing = frozenset(tags), catalogue.removing_tags
    removed = frozenset[str]().union(*[catalogue.removed_by_tag[tag] for tag in tags])
    return MappingProxyType({key: active & removing[key] for key in sorted(removed)})
