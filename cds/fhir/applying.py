"""Parameters of `PlanDefinition/$apply`: about whom, on which data, who asks, for which day."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from msgspec import Struct

from cds.errors import IntakeError, Refusal
from cds.fhir.bundle import open_bundle
from cds.fhir.elements import Node, Refusals
from cds.fhir.writing.decided import TYPES, Asked, fault_of_reference
from cds.knowledge.schema import suggest
from cds.schemas.strict_fields import NOT_A_DAY, read_day

_DATA = "data"
_DAY = "evaluationDate"
#: The names of what is read.
PARAMETERS = (*TYPES, _DATA, _DAY)
# Parameters of the operation in FHIR that change nothing here.
_UNUSED = frozenset(
    {"organization", "userType", "userLanguage", "userTaskContext", "setting", "settingContext"}
)
_NO_DATA = "The parameter holds no resource. Send a Bundle in it, or leave it out."
_NOT_ABOUT = "The Patient of the data is somebody else. Send the data of the subject."


class Applied(Struct, frozen=True):
    """What `$apply` was asked: `bundle` is None when no data were sent."""

    asked: Asked
    bundle: Mapping[str, object] | None
    bundle_pointer: str
    day: date | None
    day_pointer: str


def read_parameters(document: object) -> Applied:
    """What the Parameters say.

    Raises: IntakeError, with the place of every part that cannot be accepted.
    """
    if not isinstance(document, Mapping) or document.get("resourceType") != "Parameters":
        raise IntakeError([Refusal("/resourceType", "Send FHIR R4 Parameters.")])
    refusals = Refusals()
    given = dict(_each(Node(document, refusals)))
    references = {name: _reference(name, given[name]) for name in TYPES if name in given}
    if "subject" not in given:
        refusals.add("/parameter", "The parameter 'subject' is missing. Say whom this is about.")
    day_node = given.get(_DAY)
    data = _data(given[_DATA], references.get("subject")) if _DATA in given else None
    day = None if day_node is None else _day(day_node)
    refusals.raise_any()
    return Applied(
        Asked(**references),
        None if data is None else data.value,
        "" if data is None else data.pointer,
        day,
        "" if day_node is None else day_node.place("valueDate"),
    )


@contextmanager
def at(pointer: str) -> Iterator[None]:
    """Says of what is refused in a resource where the resource stands.

    Raises: IntakeError.
    """
    try:
        yield
    except IntakeError as error:
        raise IntakeError(
            [Refusal(pointer + refusal.pointer, refusal.detail) for refusal in error.refusals]
        ) from None


def _each(root: Node) -> Iterator[tuple[str, Node]]:
    """Each parameter that is used, once."""
    seen = set()
    for node in root.nodes("parameter"):
        name = node.text("name") or ""
        if name in _UNUSED:
            continue
        if name not in PARAMETERS:
            detail = f"This parameter is not known here.{suggest(name, PARAMETERS)}"
            node.refusals.add(node.place("name"), detail)
        elif name in seen:
            detail = "This parameter stands more than once. Send one; decide for each apart."
            node.refusals.add(node.place("name"), detail)
        else:
            seen.add(name)
            yield name, node


def _reference(name: str, node: Node) -> str | None:
    """R4 has these as strings; a Reference says the same."""
    text = node.reference("valueReference") or node.text("valueString") or node.text("valueUri")
    if fault := fault_of_reference(name, text):
        node.refusals.add(node.pointer, fault)
        return None
    return text


def _day(node: Node) -> date | None:
    day = read_day(node.text("valueDate"))
    if day is None:
        node.refusals.add(node.place("valueDate"), NOT_A_DAY)
    return day


def _data(node: Node, subject: str | None) -> Node | None:
    """The record; no answer about one person is given for another."""
    data = node.node("resource")
    if data is None:
        node.refusals.add(node.pointer, _NO_DATA)
        return None
    with at(data.pointer):
        bundle = open_bundle(data.value, Refusals())
    if subject is not None and not bundle.is_about_patient(subject):
        node.refusals.add(data.pointer, _NOT_ABOUT)
    return data
