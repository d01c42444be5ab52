"""The record of one patient: what was sent, completed by what the server holds."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    _refuse_others(parts, patient_id)
    if refusals := [
        Refusal(f"/prefetch/{key.name}", _LACKING.format(why=_WHY[part.state]))
        for key, part in lacking.items()
        if key.required
    ]:
        raise LackingDataError(refusals)
    found = _distinct(parts.values())
    texts = tuple(sorted(found))
    held = [found[text] for text in texts]
    entries = [_entry(resource, patient_id) for _, resource in held]
    return Gathered(
        {"resourceType": "Bundle", "type": "collection", "entry": entries},
        texts,
        tuple([place for place, _ in held]),
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


def refuse_other(resource: Json, place: str, patient_id: str) -> Iterator[Refusal]:
    """Says so when a resource is, or is about, another patient."""
    return _refuse_other(resource, place, patient_id, partial(_means, patient_id))


def _refuse_other(
    resource: Json, place: str, patient_id: str, means: Callable[[str], bool]
) -> Iterator[Refusal]:
    if resource.get("resourceType") == "Patient" and resource.get("id") != patient_id:
        yield Refusal(f"{place}/id", _OTHER)
    for name in _SUBJECTS:
        about = resource.get(name)
        target = about.get("reference") if isinstance(about, dict) else None
        if isinstance(target, str) and not means(target):
            yield Refusal(f"{place}/{name}", _OTHER)


def _refuse_others(parts: Mapping[PrefetchKey, Part], patient_id: str) -> None:
    means = cache(partial(_means, patient_id))
    refusals = [
        refusal
        for part in parts.values()
        for place, resource in part.resources
        for refusal in _refuse_other(resource, place, patient_id, means)
    ]
    if refusals:
        raise IntakeError(refusals)


def _entry(resource: Json, patient_id: str) -> Json:
    """References by `urn:uuid:` find the patient too."""
    if resource.get("resourceType") != "Patient":
        return {"resource": resource}
    return {"fullUrl": f"urn:uuid:{patient_id}", "resource": resource}


def _means(patient_id: str, reference: str) -> bool:
    plain = reference.partition("/_history/")[0]
    return f"/{plain}".endswith(f"/Patient/{patient_id}") or plain == f"urn:uuid:{patient_id}"


def _distinct(parts: Iterable[Part]) -> dict[bytes, Placed]:
    """Each resource once, under its text; the patient once, however often included."""
    found: dict[bytes, Placed] = {}
    told = False
    for part in parts:
        for placed in part.resources:
            resource = placed[1]
            is_patient = resource.get("resourceType") == "Patient"
            if not (is_patient and told):
                found.setdefault(_text(resource), placed)
            told = told or is_patient
    return found
