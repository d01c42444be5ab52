"""The codes and profiles under which records are exported as AuditEvents."""

from collections.abc import Mapping

from msgspec import Struct

from cds.knowledge.fact import Coding

OTHER = "other"


class AuditKind(Struct, frozen=True):
    """How a kind of record is told: its event type and subtype, what was done, and how it ended."""

    type: Coding
    subtype: Coding | None
    action: str
    outcome: str


class AuditCodes(Struct, frozen=True):
    """The kinds by their names, the codes of the parts of an event, the profiles it may claim."""

    kinds: Mapping[str, AuditKind]
    parts: Mapping[str, Coding]
    profiles: Mapping[str, str]

    def kind(self, name: str) -> AuditKind:
        """How that kind of record is told."""
        return self.kinds.get(name, self.kinds[OTHER])
