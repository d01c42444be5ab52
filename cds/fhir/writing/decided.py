"""One recorded decision as what its resources are written from: ids, references, provenance."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct

from cds.fhir.writing.elements import OURS, Json, complete, extension, narrative
from cds.knowledge.base import Knowledge

#: The module of which every decision is an application.
MODULE = f"{OURS}:plan-definition:exercise-therapy"
SIGN_OFF = "clinical-sign-off"
#: What each reference of a client may point to.
TYPES: Mapping[str, tuple[str, ...]] = {
    "subject": ("Patient",),
    "encounter": ("Encounter",),
    "practitioner": ("Practitioner", "PractitionerRole"),
}


class Asked(Struct, frozen=True):
    """Whom a client says a decision is about, and who asks: references that hold on its side."""

    subject: str | None = None
    encounter: str | None = None
    practitioner: str | None = None

    @property
    def subject_id(self) -> str | None:
        """The id within the reference to the subject."""
        if self.subject is None:
            return None
        return self.subject.partition("/_history/")[0].rpartition("/")[2]


class Written(Struct, frozen=True):
    """A resource, the rules that speak in it, and citations beside those of the rules."""

    resource: Json
    because: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where it is found within the Bundle."""
        return f"urn:uuid:{self.resource['id']}"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as `GET /v1/decisions/{id}` answers it, for whoever asked.

    Ids follow from the id of the decision, so that writing it twice gives the same resources.
    """

    decision: Mapping[str, Any]
    asked: Asked
    knowledge: Knowledge
    name_space: UUID = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name_space", UUID(self.decision["id"]))

    def __getitem__(self, name: str) -> Any:
        return self.decision[name]

    @property
    def emergency(self) -> bool:
        """Whether nothing but the emergency may be told."""
        return bool(self["disposition"] == "emergency")

    @property
    def deceased(self) -> bool:
        """Whether the person has died: then nothing is asked, referred or aimed at."""
        return bool(self["summary"] == self.knowledge.messages["summary.deceased"])

    @property
    def subject(self) -> Json:
        """Who it is about: as the client names the person, or known by the decision alone.

        The record holds a keyed hash of the person's id, which nobody else can read.
        """
        if self.asked.subject is not None:
            return {"reference": self.asked.subject}
        value = f"urn:uuid:{self.id_of('Patient', '')}"
        return {
            "type": "Patient",
            "identifier": {"system": "urn:ietf:rfc:3986", "value": value},
            "display": "The person whom the decision is about",
        }

    @property
    def encounter(self) -> Json | None:
        """The encounter that the client named."""
        return _reference(self.asked.encounter)

    @property
    def service(self) -> Json:
        """This service, as the author of what nobody has signed yet."""
        return {"type": "Device", "identifier": self.device, "display": "Exercise therapy CDS"}

    @property
    def requester(self) -> Json:
        """The practitioner that the client named, or this service."""
        return _reference(self.asked.practitioner) or self.service

    @property
    def device(self) -> Json:
        """The identifier of this service in the version that decided."""
        return {"system": f"{OURS}:device", "value": self["knowledge"]["version"]}

    def id_of(self, type_: str, key: str) -> str:
        """The id of one resource of this decision."""
        return str(uuid5(self.name_space, f"{type_}/{key}"))

    def refer(self, type_: str, key: str) -> Json:
        """A reference to one resource of this decision."""
        return {"reference": f"urn:uuid:{self.id_of(type_, key)}"}

    def write(
        self,
        type_: str,
        key: str,
        told: tuple[str, Iterable[str | None]],
        members: Mapping[str, Any],
        because: Iterable[str] = (),
        citations: Iterable[str] = (),
        extensions: Iterable[Json] = (),
    ) -> Written:
        """A resource; `told` is the title and the lines of its narrative.

        `members` may hold `profile`, the address of the profile whose shape it has.
        """
        rest = dict(members)
        profile = rest.pop("profile", None)
        sign_off = self["knowledge"]["clinical_sign_off"]
        title, lines = told
        resource = {
            "resourceType": type_,
            "id": self.id_of(type_, key),
            "meta": {"profile": [profile]},
            "text": narrative(title, [*lines, f"Clinical sign-off: {sign_off}."]),
            "extension": [extension(SIGN_OFF, "Code", sign_off), *extensions],
            **rest,
        }
        return Written(complete(resource), tuple(because), tuple(filter(None, citations)))


def names_of(ids: Iterable[str], knowledge: Knowledge) -> tuple[str, ...]:
    """What is written as ids of movements or modalities among other words, in words."""
    movements, modalities = knowledge.catalogue.movements, knowledge.names.modalities
    return tuple(
        movements[id_].name if id_ in movements else modalities.get(id_, id_) for id_ in ids
    )


def reference_pattern(name: str) -> str:
    """What a literal reference of this name looks like: relative, absolute or within a Bundle."""
    return (
        rf"(https?://[A-Za-z0-9._~:/%\-]{{1,400}}/)?({'|'.join(TYPES[name])})/[A-Za-z0-9.\-]{{1,64}}"
        r"(/_history/[A-Za-z0-9.\-]{1,64})?|urn:(uuid:[0-9A-Fa-f\-]{36}|oid:[0-9.]{1,100})"
    )


def fault_of_reference(name: str, text: str | None) -> str | None:
    """What is wrong with the text as the reference of this name, or None."""
    if text is not None and re.fullmatch(reference_pattern(name), text, re.ASCII):
        return None
    return f"This must be a reference, like {TYPES[name][0]}/17."


def _reference(text: str | None) -> Json | None:
    return None if text is None else {"reference": text}
