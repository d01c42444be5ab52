"""A FHIR Bundle of one patient: its resources, and what their references point to."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct, ValidationError, convert

from cds.errors import IntakeError, Refusal
from cds.fhir.elements import Node, Refusals

ACCEPTED_TYPES = ("collection", "searchset", "transaction", "document", "batch")
_PATIENT = "Patient"


class Resource(Struct, frozen=True, eq=False):
    """One resource of the Bundle."""

    type: str
    node: Node
    id: str | None
    full_url: str | None
    owner: str | None = None

    @property
    def source(self) -> str:
        """How findings name it: a relative reference, or its place; inside another, the other."""
        if self.owner:
            return self.owner
        return f"{self.type}/{self.id}" if self.id else (self.full_url or self.node.pointer)

    @property
    def is_modified(self) -> bool:
        """Whether an extension or a rule set changes what it means; none of them is known here."""
        return is_modified(self.node) or self.node.has("implicitRules")

    def contained(self) -> Iterator["Resource"]:
        """The resources inside it, which have no life of their own."""
        for node in self.node.nodes("contained"):
            kind = node.text("resourceType") or ""
            yield Resource(kind, node, node.text("id"), None, owner=self.source)


class Bundle(Struct, frozen=True, dict=True):
    """The resources about one patient: the `types` of those that are held, by their entry."""

    root: Node
    entries: Sequence[Any]
    types: Mapping[int, str]

    def value(self, at: int) -> Mapping[str, object]:
        """The resource of that entry as it was sent."""
        value: Mapping[str, object] = self.entries[at]["resource"]
        return value

    def resource(self, at: int) -> Resource:
        """The resource of that entry."""
        entry = self.root.item("entry", at)
        node = Node(self.value(at), self.root.refusals, entry, "resource")
        return _resource(self.types[at], node, entry)

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource, for readers of more than one of them."""
        return tuple(map(self.resource, self.types))

    @cached_property
    def patient(self) -> Resource:
        """The one patient."""
        return next(self.resource(at) for at, kind in self.types.items() if kind == _PATIENT)

    @cached_property
    def _index(self) -> Mapping[str, Resource]:
        """Every resource by what may refer to it."""
        return {key: resource for resource in self.resources for key in _keys(resource)}

    def find(self, reference: str, within: Resource) -> Resource | None:
        """The resource that the reference of `within` points to, if the Bundle holds it."""
        if reference.startswith("#"):
            return _contained(reference[1:], within)
        return self._index.get(_unversioned(reference))

    def is_about_patient(self, reference: str) -> bool:
        """Whether a reference points to the Bundle's patient."""
        target, patient = _unversioned(reference), self.patient
        if target in (patient.full_url, patient.source):
            return True
        if _is_absolute(target) and patient.full_url and _is_absolute(patient.full_url):
            return False
        return patient.id is not None and target.endswith(f"/Patient/{patient.id}")

    def is_of_another(self, identifier: Node) -> bool:
        """Whether the Bundle's patient is known by another identifier of the same system."""
        system, value = identifier.text("system"), identifier.text("value")
        given = self.patient.node.nodes("identifier")
        held = {one.text("value") for one in given if system and one.text("system") == system}
        return bool(held) and value is not None and value not in held


def is_modified(node: Node) -> bool:
    """Whether an extension changes what a part means; none of them is known here."""
    return node.holds("modifierExtension")


def open_bundle(document: Mapping[str, object], refusals: Refusals) -> Bundle:
    """The Bundle with its one patient.

    Raises: IntakeError when it is no Bundle, or not about one patient.
    """
    root = Node(document, refusals)
    if root.text("resourceType") != "Bundle":
        raise _refused("/resourceType", "Send a FHIR R4 Bundle.")
    if root.text("type") not in ACCEPTED_TYPES:
        raise _refused("/type", f"Send a Bundle of one of these types: {_listed()}.")
    entries = root.value.get("entry")
    types = _plain_types(entries) or {at: held.type for at, held in _resources(root)}
    patients = [at for at, kind in types.items() if kind == _PATIENT]
    if not patients:
        refusals.add("/entry", "The Bundle holds no Patient. Send the patient with the record.")
    for at in patients[1:]:
        place = f"/entry/{at}/resource"
        refusals.add(place, "The Bundle holds more than one Patient. Send one.")
    if not isinstance(entries, list) or len(patients) != 1:
        raise IntakeError(refusals.found)
    return Bundle(root, entries, types)


class _Typed(Struct, frozen=True, gc=False):
    resourceType: str
    id: str | None = None


class _Entry(Struct, frozen=True, gc=False):
    """An entry in which nothing is to be refused, and with which nothing is to be done."""

    resource: _Typed
    fullUrl: str | None = None
    request: None = None


def _plain_types(entries: object) -> Mapping[int, str]:
    """The type of the resource in each entry; none when an entry has to be read closely."""
    try:
        types = [held.resource.resourceType.strip() for held in convert(entries, list[_Entry])]
    except ValidationError:
        return {}
    return dict(enumerate(types)) if all(types) else {}


def _resources(root: Node) -> Iterator[tuple[int, Resource]]:
    """Every resource with the place of its entry, read closely."""
    for entry in root.nodes("entry"):
        node, request = entry.node("resource"), entry.node("request")
        removed = request is not None and request.text("method") == "DELETE"
        if node is None or removed:
            continue
        kind = node.text("resourceType")
        if kind is None:
            node.refusals.add(node.pointer, "The resource does not say its resourceType.")
            continue
        yield entry.index, _resource(kind, node, entry)


def _resource(kind: str, node: Node, entry: Node) -> Resource:
    return Resource(kind, node, node.text("id"), entry.text("fullUrl"))


def _contained(id_: str, within: Resource) -> Resource | None:
    return next((found for found in within.contained() if found.id == id_), None)


def _keys(resource: Resource) -> Iterator[str]:
    if resource.full_url:
        yield _unversioned(resource.full_url)
    if resource.id:
        yield f"{resource.type}/{resource.id}"


def _unversioned(reference: str) -> str:
    return reference.partition("/_history/")[0]


def _is_absolute(reference: str) -> bool:
    return reference.startswith(("http://", "https://"))


def _listed() -> str:
    return ", ".join(ACCEPTED_TYPES)


def _refused(pointer: str, detail: str) -> IntakeError:
    return IntakeError([Refusal(pointer, detail)])
