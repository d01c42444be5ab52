"""Ids of cards and suggestions: made of the id of their decision, so that it is found again.

A record's id is 32 random hexadecimal digits. The last two make room for the topic of a card and
the number of a suggestion, so that nothing has to be kept about what was shown.
"""

import re
from collections.abc import Iterable
from uuid import UUID

from cds.model.hooks import CardTopic

_EACH = 16
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_OWN = 2


def card_id(decision: str, topic: CardTopic) -> str:
    """The id of the card of a topic; `decision` is the id of the recorded decision."""
    return _id(decision, topic.number * _EACH)


def suggestion_id(decision: str, topic: CardTopic, number: int) -> str:
    """The id of a suggestion of that card, counted from 0."""
    return _id(decision, topic.number * _EACH + 1 + number)


def is_uuid(text: object) -> bool:
    """Whether it is written as a UUID."""
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


def topic_of(card: str, topics: Iterable[CardTopic]) -> CardTopic | None:
    """The topic of the card of that id; None when no card has such an id."""
    number = int(UUID(card).hex[-_OWN:], 16)
    return next((topic for topic in topics if topic.number * _EACH == number), None)


def decisions_between(card: str) -> tuple[str, str]:
    """The least and the greatest id that the decision of a card can have."""
    common = UUID(card).hex[:-_OWN]
    return f"{common}00", f"{common}ff"


def _id(decision: str, number: int) -> str:
    return str(UUID(f"{decision[:-_OWN]}{number:02x}"))
