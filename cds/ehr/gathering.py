"""The record of one patient: what was sent, completed by what the server holds."""

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

from msgspec import Struct, json
from msgspec.structs import replace

from cds.ehr.fhir_server import FhirServer, read_missing
from cds.ehr.parts_of_record import Part, Placed, State, sent_part
from cds.ehr.prefetch import path_of
from cds.errors import IntakeError, LackingDataError, Refusal
from cds.knowledge.fact import FactDefinition
from cds.model.hooks import PrefetchKey

Json = Mapping[str, Any]
# Members in order, so that who sends them in another order sends the same.
_text = json.Encoder(order="sorted").encode
_IN_BUNDLE = re.compile(r"/entry/(?P<entry>\d+)/resource(?P<within>.*)")
_AT_ONCE = 4  # O: an EHR may take half a second for each part, and the time for all is short
_SUBJECTS = ("subject", "patient")
_OTHER = "This is about another patient than the context. Nothing was decided."
_LACKING = "This part of the record was {why}, and no answer is safe without it."
_WHY = {
    State.MISSING: "not sent and could not be read",
    State.FAILED: "sent as a failure, or could not be read",
    State.TRUNCATED: "not sent completely",
}


class Gap(Struct, frozen=True):
    """A part of the record that is not there as a whole: what it is and how it is lacking."""

    label: str
    state: State


class Gathered(Struct, frozen=True):
    """One Bundle about the patient, the place of each of its entries, and what is lacking.

    `texts` are its resources, each as the same text in whatever order its members were sent.
    """

    bundle: Json
    texts: tuple[bytes, ...]
    places: tuple[str, ...]
    gaps: tuple[Gap, ...]

    def placed(self, error: IntakeError) -> IntakeError:
        """The error with pointers into what was sent instead of the Bundle."""
        return IntakeError([replace(r, pointer=self._place(r.pointer)) for r in error.refusals])

    def _place(self, pointer: str) -> str:
        found = _IN_BUNDLE.fullmatch(pointer)
        return pointer if found is None else self.places[int(found["entry"])] + found["within"]


def gather(
    patient_id: str,
    sent: Json,
    keys: Iterable[PrefetchKey],
    vocabulary: Mapping[str, FactDefinition],
    server: FhirServer | None,
) -> Gathered:
    """What is known of the patient: what was `sent` under these keys, and the rest from the server.

    Raises: LackingDataError when a required part cannot be had; IntakeError when something is
    about somebody else.
    """
    parts = {key: sent_part(sent, key) for key in keys}
    if server is not None:
        paths = {key: path_of(key, patient_id, vocabulary) for key in _lacking(parts)}
        parts |= _read_lacking(parts, paths, server)
    lacking = _lacking(parts)
    held = [placed for part in parts.values() for placed in part.resources]
    if others := list(refuse_others(held, patient_id)):
        raise IntakeError(others)
    if refusals := [
        Refusal(f"/prefetch/{key.name}", _LACKING.format(why=_WHY[part.state]))
        for key, part in lacking.items()
        if key.required
    ]:
        raise LackingDataError(refusals)
    found = _distinct(held)
    texts = tuple(sorted(found))
    entries = [_entry(found[text][1], patient_id) for text in texts]
    return Gathered(
        {"resourceType": "Bundle", "type": "collection", "entry": entries},
        texts,
        tuple([found[text][0] for text in texts]),
        tuple(Gap(key.label, part.state) for key, part in lacking.items()),
    )


def _lacking(parts: Mapping[PrefetchKey, Part]) -> Mapping[PrefetchKey, Part]:
    return {key: part for key, part in parts.items() if part.state is not State.WHOLE}


def _read_lacking(
    parts: Mapping[PrefetchKey, Part], paths: Mapping[PrefetchKey, str], server: FhirServer
) -> Mapping[PrefetchKey, Part]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda key: read_missing(parts[key], key, paths[key], server), paths)
        return dict(zip(paths, found, strict=True))


def refuse_others(held: Iterable[Placed], patient_id: str) -> Iterator[Refusal]:
    """Says so of each resource that is, or is about, another patient."""
    means = cache(partial(_means, patient_id))
    for place, resource in held:
        if resource.get("resourceType") == "Patient" and resource.get("id") != patient_id:
            yield Refusal(f"{place}/id", _OTHER)
        for name in _SUBJECTS:
            if isinstance(about := resource.get(name), dict):
                target = about.get("reference")
                if isinstance(target, str) and not means(target):
                    yield Refusal(f"{place}/{name}", _OTHER)


def _entry(resource: Json, patient_id: str) -> Json:
    """References by `urn:uuid:` find the patient too."""
    if resource.get("resourceType") != "Patient":
        return {"resource": resource}
    return {"fullUrl": f"urn:uuid:{patient_id}", "resource": resource}


def _means(patient_id: str, reference: str) -> bool:
    plain = reference.partition("/_history/")[0]
    return f"/{plain}".endswith(f"/Patient/{patient_id}") or plain == f"urn:uuid:{patient_id}"


def _distinct(held: Iterable[Placed]) -> dict[bytes, Placed]:
    """Each resource once, under its text; the patient once, however often included."""
    found: dict[bytes, Placed] = {}
    told = False
    for placed in held:
        is_patient = placed[1].get("resourceType") == "Patient"
        if not (is_patient and told):
            found.setdefault(_text(placed[1]), placed)
        told = told or is_patient
    return found
