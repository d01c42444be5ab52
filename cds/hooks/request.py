"""A call of a CDS Hooks service, read strictly where it matters; what is not known is ignored."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from cds.errors import Refusal
from cds.hooks.answers import ANSWERS
from cds.model.hooks import HookService
from cds.strict_json import MalformedError

Json = Mapping[str, Any]
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_INSTANCE = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]{1,8000}=*", re.ASCII)
_NOT_TEXT = "This must be text."


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One call: who it is about, what was sent of the record, and where more could be read.

    `answers` are what a person answered to questions of a card.

    The token is for calls of `fhir_server` alone: it is never recorded, logged or answered.
    """

    instance: str
    patient_id: str
    context: Json
    prefetch: Json
    answers: Json | None
    fhir_server: str | None
    token: str | None = field(repr=False)


class _Reader(Struct, frozen=True):
    """Reads members and collects every refusal with its pointer."""

    refusals: list[Refusal]

    def text(self, of: Json, key: str, place: str, form: re.Pattern[str] | None = None) -> str:
        value = of.get(key)
        if not isinstance(value, str) or not value.strip():
            self.refuse(f"{place}/{key}", "This is required, as text.")
            return ""
        if form is not None and not form.fullmatch(value):
            self.refuse(f"{place}/{key}", "This is not written as CDS Hooks and FHIR write it.")
        return value

    def member(self, of: Json, key: str, place: str = "", *, required: bool = False) -> Json:
        value = of.get(key)
        if isinstance(value, Mapping):
            return value
        if value is not None or required:
            self.refuse(f"{place}/{key}", "This must be an object.")
        return {}

    def refuse(self, pointer: str, detail: str) -> None:
        self.refusals.append(Refusal(pointer, detail))


def read_hook_request(value: object, service: HookService) -> HookRequest:
    """The call of a service.

    Raises: MalformedError with every place that is not as CDS Hooks says.
    """
    if not isinstance(value, Mapping):
        raise MalformedError([Refusal("", "The body must be a JSON object.")])
    reader = _Reader([])
    if reader.text(value, "hook", "") not in ("", service.hook):
        reader.refuse("/hook", f"This service answers the hook {service.hook}.")
    instance = reader.text(value, "hookInstance", "", _INSTANCE)
    context = reader.member(value, "context", required=True)
    answers = _answers(reader, reader.member(value, "extension"))
    patient_id = reader.text(context, "patientId", "/context", _ID)
    reader.text(context, "userId", "/context")
    _CONTEXTS.get(service.hook, _no_more)(reader, context)
    fhir_server, token = _server(reader, value)
    prefetch = reader.member(value, "prefetch")
    if reader.refusals:
        raise MalformedError(reader.refusals)
    return HookRequest(instance, patient_id, context, prefetch, answers, fhir_server, token)


def _answers(reader: _Reader, extension: Json) -> Json | None:
    if ANSWERS not in extension:
        return None
    return reader.member(extension, ANSWERS, "/extension", required=True)


def _server(reader: _Reader, value: Json) -> tuple[str | None, str | None]:
    server = value.get("fhirServer")
    if server is not None and not isinstance(server, str):
        reader.refuse("/fhirServer", _NOT_TEXT)
        server = None
    authorization = reader.member(value, "fhirAuthorization")
    if not authorization:
        return server, None
    if server is None:
        reader.refuse("/fhirServer", "fhirAuthorization needs the fhirServer that it is for.")
    return server, reader.text(authorization, "access_token", "/fhirAuthorization", _TOKEN)


def _no_more(_: _Reader, __: Json) -> None:
    """Nothing else is needed."""


def _encounter(reader: _Reader, context: Json) -> None:
    reader.text(context, "encounterId", "/context", _ID)


def _drafts(reader: _Reader, context: Json) -> None:
    drafts = reader.member(context, "draftOrders", "/context", required=True)
    if drafts and drafts.get("resourceType") != "Bundle":
        reader.refuse("/context/draftOrders/resourceType", "This must be a Bundle.")


def _selected(reader: _Reader, context: Json) -> None:
    _drafts(reader, context)
    selections = context.get("selections")
    if not isinstance(selections, list) or not all(isinstance(item, str) for item in selections):
        reader.refuse("/context/selections", "This must be a list of references.")


_CONTEXTS: Mapping[str, Callable[[_Reader, Json], None]] = {
    "encounter-discharge": _encounter,
    "order-select": _selected,
    "order-sign": _drafts,
}
