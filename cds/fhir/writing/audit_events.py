"""Records as AuditEvents of FHIR R4, shaped as the Basic Audit Log Patterns (BALP) of IHE.

An event says who did what, when, about whom and under which request; never what was decided. A
patient is a pseudonym, as everywhere in the record. Network addresses are not recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from cds.audit.chain import Entry
from cds.fhir.writing.elements import OURS, Json, coding_of, complete, concept
from cds.knowledge.audit_events import AuditCodes

_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_NO_ADDRESS: Json = {"extension": [{"url": _ABSENT, "valueCode": "masked"}]}
# Whoever asks with a key, as a client of CDS Hooks, or of a service that asks nobody. All others
# are people: subjects of tokens by pseudonym, and accounts that gave a command.
_SYSTEMS = ("key:", "client:", "open", "address:", "*")
_OF_PERSON = {"display": "The client that a person used, or the command line"}
_ERASED = "What was recorded was erased, and with it whom it was about."
#: What of a record that is no decision is told, as it stands in its body.
_DETAILS = ("decision", "of", "kind", "route", "status", "problem", "before", "after", "step")


class Logged(Struct, frozen=True):
    """A record as it is stored, with its body unless that was erased, and whom it is about.

    `patient` is the pseudonym of a subject that was named.
    """

    entry: Entry
    body: Mapping[str, Any] | None
    patient: str | None


def audit_event(of: Logged, codes: AuditCodes) -> Json:
    """The AuditEvent of one record."""
    entry, kind = of.entry, codes.kind(of.entry.kind)
    own = {"system": f"{OURS}:record", "code": entry.kind}
    subtype = [coding_of(kind.subtype)] if kind.subtype else []
    written: Json = complete(
        {
            "resourceType": "AuditEvent",
            "id": entry.id,
            "meta": {"profile": [_profile(of, codes)]},
            "type": coding_of(kind.type),
            "subtype": [*subtype, own],
            "action": kind.action,
            "recorded": entry.created,
            "outcome": kind.outcome,
            "agent": [*_agents(of, codes)],
            "source": {"observer": _service()},
            "entity": [*_entities(of, codes)],
        }
    )
    return written


def _profile(of: Logged, codes: AuditCodes) -> str | None:
    """The profile that the event meets: one of what was created, when it can still be read."""
    kind = codes.kind(of.entry.kind)
    if (kind.type.code, kind.action, kind.outcome) != ("rest", "C", "0") or of.body is None:
        return None
    return codes.profiles["patient_create" if of.patient else "create"]


def _agents(of: Logged, codes: AuditCodes) -> Iterator[Json]:
    """The client, this service, and the person whom a token named or who gave a command."""
    name, roles = _who(of.body or {})
    named = {"identifier": {"system": f"{OURS}:principal", "value": name}}
    role = [concept(each) for each in roles]
    server = _agent(codes, "server", _service()) | {"network": _NO_ADDRESS}
    if name is None or name.startswith(_SYSTEMS):
        # What nobody asked for the service did by itself.
        client = _agent(codes, "client", _service() if name is None else named)
        yield client | {"network": _NO_ADDRESS, "requestor": True, "role": role}
        yield server
        return
    yield _agent(codes, "client", _OF_PERSON) | {"network": _NO_ADDRESS}
    yield server
    yield _agent(codes, "user", named) | {"requestor": True, "role": role}


def _agent(codes: AuditCodes, part: str, who: Json) -> Json:
    return {"type": concept(None, codes.parts[part]), "who": who, "requestor": False}


def _who(body: Mapping[str, Any]) -> tuple[str | None, Sequence[str]]:
    """Whoever asked, as records name them, and in which roles."""
    found = body.get("who") or body.get("by") or body.get("client")
    if isinstance(found, Mapping):
        return found["id"], found.get("roles", ())
    return found, ()


def _service() -> Json:
    return {
        "type": "Device",
        "identifier": {"system": f"{OURS}:device", "value": "service"},
        "display": "Exercise therapy decision support",
    }


def _entities(of: Logged, codes: AuditCodes) -> Iterator[Json]:
    """The record with its place in the chain; the patient; the request."""
    entry, body = of.entry, of.body or {}
    place = {"sequence": entry.seq, "hash": entry.hash, "knowledge": entry.knowledge_sha256}
    told = {name: body[name] for name in _DETAILS if isinstance(body.get(name), (str, int))}
    yield {
        "what": {"identifier": {"system": f"{OURS}:record", "value": entry.id}},
        "type": coding_of(codes.parts["system_object"]),
        "role": coding_of(codes.parts["resource"]),
        "description": None if of.body is not None else _ERASED,
        "detail": [
            {"type": name, "valueString": str(value)}
            for name, value in {**place, **told}.items()
            if value != ""
        ],
    }
    if of.patient is not None:
        pseudonym = {"system": f"{OURS}:pseudonym", "value": of.patient}
        yield {
            "what": {"type": "Patient", "identifier": pseudonym},
            "type": coding_of(codes.parts["person"]),
            "role": coding_of(codes.parts["patient"]),
        }
    if request := body.get("request_id"):
        yield {
            "what": {"identifier": {"value": request}},
            "type": coding_of(codes.parts["request"]),
        }
