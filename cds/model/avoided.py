"""What avoid tags remove: movements, the tags, and the movements of one component."""

from msgspec import Struct


class AvoidedMovement(Struct, frozen=True):
    """A movement that tags remove, by which rules or profiles, and what to do instead.

    Why stands once for each tag, in `AvoidedKind`.
    """

    id: str
    name: str
    tags: tuple[str, ...]
    by: tuple[str, ...]
    instead: tuple[str, ...]
    message: str | None = None


class AvoidedKind(Struct, frozen=True):
    """An avoid tag of this case: what it means, why, who set it, how many movements it removes."""

    tag: str
    label: str
    why: str
    by: tuple[str, ...]
    removes: int


class AvoidedOfComponent(Struct, frozen=True):
    """A movement of one component that tags remove, in short; more stands once in the plan.

    Several setters and several movements to do instead are separated by commas.
    """

    id: str
    by: str
    instead: str
