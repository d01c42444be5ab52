"""Reads the codes and profiles under which records are exported as AuditEvents."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from marshmallow import fields, validate

from cds.errors import Location
from cds.knowledge.audit_events import OTHER, AuditCodes, AuditKind
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.fact import Coding
from cds.knowledge.fhir_codes_file import PROFILE, CodeSchema
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents, suggest

FILE = "knowledge/audit_events.yaml"
_ACTIONS = ("C", "R", "U", "D", "E")
_OUTCOMES = ("0", "4", "8", "12")


class _PartsSchema(KnowledgeSchema):
    client = fields.Nested(CodeSchema(), required=True)
    server = fields.Nested(CodeSchema(), required=True)
    user = fields.Nested(CodeSchema(), required=True)
    system_object = fields.Nested(CodeSchema(), required=True)
    person = fields.Nested(CodeSchema(), required=True)
    patient = fields.Nested(CodeSchema(), required=True)
    resource = fields.Nested(CodeSchema(), required=True)
    request = fields.Nested(CodeSchema(), required=True)


class _ProfilesSchema(KnowledgeSchema):
    create = Text(required=True, validate=PROFILE)
    patient_create = Text(required=True, validate=PROFILE)


class _EventSchema(KnowledgeSchema):
    type = Text(required=True)
    subtype = Text()
    action = Text(required=True, validate=validate.OneOf(_ACTIONS))
    outcome = Text(required=True, validate=validate.OneOf(_OUTCOMES))


class _FileSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    types = fields.Dict(keys=Text(), values=fields.Nested(CodeSchema()), required=True)
    parts = fields.Nested(_PartsSchema(), required=True)
    profiles = fields.Nested(_ProfilesSchema(), required=True)
    events = fields.Dict(keys=Text(), values=fields.Nested(_EventSchema()), required=True)


def load_audit_events(root: Path, problems: Problems) -> AuditCodes | None:
    """The codes of `root`/knowledge/audit_events.yaml, or None when problems were noted."""
    for name, document, loaded in load_documents(root, FILE, _FileSchema(), problems):
        before = len(problems.found)
        types, events = {k: _coding(code) for k, code in loaded["types"].items()}, loaded["events"]
        for kind, key, value in _unknown(events, types):
            place = Location(name, line_of(document, ("events", kind, key)))
            problems.add(f"'{value}' does not stand under 'types'.{suggest(value, types)}", place)
        if OTHER not in events:
            place = Location(name, line_of(document, ("events",)))
            problems.add(f"How kinds are told that do not stand here is missing: '{OTHER}'.", place)
        if len(problems.found) > before:
            return None
        kinds = {kind: _kind(event, types) for kind, event in events.items()}
        parts = {key: _coding(code) for key, code in loaded["parts"].items()}
        return AuditCodes(kinds, parts, loaded["profiles"])
    return None


def _unknown(
    events: Mapping[str, Mapping[str, str]], types: Mapping[str, Coding]
) -> Iterator[tuple[str, str, str]]:
    """Each type that an event names and that is none, with the kind and the key it stands under."""
    for kind, event in events.items():
        for key in ("type", "subtype"):
            if key in event and event[key] not in types:
                yield kind, key, event[key]


def _kind(event: Mapping[str, str], types: Mapping[str, Coding]) -> AuditKind:
    subtype = types[event["subtype"]] if "subtype" in event else None
    return AuditKind(types[event["type"]], subtype, event["action"], event["outcome"])


def _coding(code: Mapping[str, str]) -> Coding:
    return Coding(code["system"], code["code"], code["display"])
