"""Who asks, and what kinds of people and systems there are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from cds.secret import pseudonym

_DIGITS = 32


class Role(StrEnum):
    """What somebody is here for. Roles are apart: none holds another."""

    PRESCRIBER = "prescriber"
    AUDITOR = "auditor"
    RULE_MANAGER = "rule_manager"
    ADMINISTRATOR = "administrator"


class Principal(Struct, frozen=True):
    """Whoever asks: the id of a key, or a pseudonym of a token's subject, never a name."""

    id: str
    roles: frozenset[Role]

    def as_json(self) -> Mapping[str, Any]:
        """As it stands in records."""
        return {"id": self.id, "roles": sorted(self.roles)}


#: Whoever reaches a service that asks nobody who they are.
ANYBODY = Principal("open", frozenset(Role))


def subject_id(key: bytes, issuer: str, subject: str) -> str:
    """What stands in records for the subject of an issuer's tokens."""
    return "token:" + pseudonym(key, f"{issuer}\n{subject}")[:_DIGITS]
