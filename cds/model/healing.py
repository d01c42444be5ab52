"""The stage of healing that a person is in, and what leads to the next one."""

from enum import StrEnum

from msgspec import Struct

from cds.model.profile_text import Stage


class Gate(StrEnum):
    """What may still be lacking before the next stage."""

    WEEKS = "weeks"
    MILESTONE = "milestone"
    SURGEON = "surgeon"


class HeldStage(Struct, frozen=True):
    """The stage of one profile.

    `number` counts from 1. `weeks` since the event, None when nobody knows. `waits_for` is what
    keeps the next stage closed, `asks` the facts that would open it.
    """

    profile: str
    stage: Stage
    number: int
    weeks: float | None
    following: Stage | None
    waits_for: tuple[Gate, ...]
    asks: tuple[str, ...]
