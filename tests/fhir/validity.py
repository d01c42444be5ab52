"""What makes a written resource valid: the R4 models, bindings, references, narrative, profiles.

The models of fhir.resources are slow to import, so this is the only module that imports them.
"""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

Json = Mapping[str, Any]
XHTML = "{http://www.w3.org/1999/xhtml}"
_LOCAL = "urn:uuid:"


def faults_of_bundle(bundle: Json, given: frozenset[str] = frozenset()) -> list[str]:
    """Every fault; `given` are the references that the client named."""
    found = faults_of(bundle)
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    found += ["an address twice"] if len(addresses) > len(set(addresses)) else []
    for entry in bundle["entry"]:
        resource = entry["resource"]
        found += [f"{resource['resourceType']}: {fault}" for fault in faults_of(resource)]
        if entry["fullUrl"] != f"{_LOCAL}{resource['id']}":
            found.append("an address that is not the id")
        found += [
            f"{resource['resourceType']} points to {target}"
            for target in references(resource)
            if target not in addresses and target not in given
        ]
    return found


def faults_of_care_plan(plan: Json, given: frozenset[str] = frozenset()) -> list[str]:
    """Every fault of a resource and of what it contains, with dom-2, dom-3 and dom-4 of R4."""
    contained = plan.get("contained", ())
    inside = [f"#{one['id']}" for one in contained]
    found = faults_of(plan)
    found += ["an id twice"] if len(inside) > len(set(inside)) else []
    for one in contained:
        found += [f"{one['resourceType']}: {fault}" for fault in faults_of(one)]
        found += [f"dom-2: {one['id']}"] if "contained" in one else []
        found += (
            [f"dom-4: {one['id']}"] if {"versionId", "lastUpdated"} & {*one.get("meta", ())} else []
        )
    pointed = set(references(plan))
    found += [f"dom-3: {one}" for one in inside if one not in pointed]
    return found + [f"points to {target}" for target in pointed - {*inside, "#", *given}]


def faults_of(resource: Json) -> list[str]:
    """Faults of one resource by the R4 models and their required bindings."""
    model = get_fhir_model_class(resource["resourceType"])
    try:
        read = model.model_validate(dict(resource))
    except ValueError as error:
        return [str(error)]
    return [*_bindings(read), *_empty(resource, ""), *_narrative(resource), *_rules(resource)]


def references(value: Any) -> Iterator[str]:
    """Every literal reference."""
    for key, member in _members(value):
        # DetectedIssue.reference is no Reference but the address of the rule.
        of_rule = key == "reference" and value.get("resourceType") == "DetectedIssue"
        if key == "reference" and isinstance(member, str) and not of_rule:
            yield member
        yield from references(member)


def codings(value: Any) -> Iterator[tuple[str, str]]:
    """System and code of every Coding."""
    for key, member in _members(value):
        if key in ("coding", "code") and isinstance(member, list):
            yield from ((one["system"], one["code"]) for one in member if "code" in one)
        yield from codings(member)


def profile_faults(resource: Json, conformance: Path) -> list[str]:
    """Where a resource has not the shape of the profiles it claims, as they are published."""
    found = []
    for address in resource.get("meta", {}).get("profile", ()):
        path = conformance / f"StructureDefinition-{address.rpartition('/')[2]}.json"
        published = json.loads(path.read_text(encoding="utf-8"))
        assert published["url"] == address
        for element in published["differential"]["element"]:
            found += [f"{address} {fault}" for fault in _element(resource, element, conformance)]
    return found


def _element(resource: Json, element: Json, conformance: Path) -> Iterator[str]:
    path = element["id"].partition(".")[2].replace("detail[x]:detailQuantity", "detailQuantity")
    if not path or ":" in path.rpartition(".")[0] or ("[x]" in path and ":" in path):
        return
    path, _, slice_ = path.partition(":")
    pattern = element.get("patternCodeableConcept")
    for values in _at(resource, path.split(".")):
        if slice_ and not pattern:
            continue
        matching = [v for v in values if not pattern or _matches(v, pattern)]
        if len(matching) < element.get("min", 0):
            yield f"{element['id']}: {len(matching)} are fewer than {element['min']}"
        if element.get("max", "*") != "*" and len(matching) > int(element["max"]):
            yield f"{element['id']}: more than {element['max']}"
        fixed = [v for k, v in element.items() if k in ("patternCode", "fixedUri", "fixedCode")]
        yield from (f"{element['id']}: {v}" for v in values if fixed and v not in fixed)
        if element.get("binding", {}).get("strength") == "required" and not slice_:
            allowed = _codes(element["binding"]["valueSet"], conformance)
            yield from (f"{element['id']}: {v}" for v in values if v not in allowed)


def _at(node: Any, steps: list[str]) -> Iterator[list[Any]]:
    """The values at a path, for each parent that is there."""
    name = steps[0].removesuffix("[x]")
    keys = [k for k in node if k == name or (steps[0].endswith("[x]") and k.startswith(name))]
    values = [
        value for k in keys for value in (node[k] if isinstance(node[k], list) else [node[k]])
    ]
    if len(steps) == 1:
        yield values
        return
    for value in values:
        yield from _at(value, steps[1:])


def _matches(concept: Json, pattern: Json) -> bool:
    wanted = [{k: c[k] for k in ("system", "code")} for c in pattern["coding"]]
    told = [{k: c.get(k) for k in ("system", "code")} for c in concept.get("coding", ())]
    return all(coding in told for coding in wanted)


def _codes(value_set: str, conformance: Path) -> set[str]:
    path = conformance / f"ValueSet-{value_set.rpartition('/')[2]}.json"
    composed = json.loads(path.read_text(encoding="utf-8"))["compose"]["include"]
    return {concept["code"] for part in composed for concept in part["concept"]}


def _bindings(read: Any) -> Iterator[str]:
    for name, field in type(read).model_fields.items():
        value = getattr(read, name)
        allowed = (field.json_schema_extra or {}).get("enum_values")
        for one in value if isinstance(value, list) else [value]:
            # "etc." ends the list of a binding that may be extended.
            if allowed and "etc." not in allowed and one is not None and one not in allowed:
                yield f"{name}: {one} is none of {allowed}"
            if hasattr(type(one), "model_fields"):
                yield from _bindings(one)


def _empty(value: Any, path: str) -> Iterator[str]:
    """FHIR has neither null nor empty members."""
    for key, member in _members(value):
        place = f"{path}/{key}"
        if member is None or member in ("", [], {}):
            yield f"{place} is empty"
        yield from _empty(member, place)


def _narrative(resource: Json) -> Iterator[str]:
    if "text" not in resource:
        return
    tree = ElementTree.fromstring(resource["text"]["div"])
    if tree.tag != f"{XHTML}div" or not "".join(tree.itertext()).strip():
        yield "no narrative"
    for element in tree.iter():
        if element.tag not in {f"{XHTML}{name}" for name in ("div", "p", "ul", "li")}:
            yield f"an element {element.tag}"
        if element.attrib:
            yield "an attribute"


def _rules(resource: Json) -> Iterator[str]:
    """Rules of R4 that the models do not hold: cpl-3, gol-1, rqg-1, tim-1, tim-6."""
    if resource["resourceType"] == "RequestGroup":
        yield from _actions(resource)
    for activity in resource.get("activity", ()):
        if len({"reference", "detail"} & activity.keys()) != 1:
            yield "cpl-3"
        repeat = activity.get("detail", {}).get("scheduledTiming", {}).get("repeat", {})
        if ("duration" in repeat) != ("durationUnit" in repeat):
            yield "tim-1"
        if "durationMax" in repeat and "duration" not in repeat:
            yield "tim-6"
    for target in resource.get("target", ()) if resource["resourceType"] == "Goal" else ():
        if "detailQuantity" in target and "measure" not in target:
            yield "gol-1"


def _actions(node: Json) -> Iterator[str]:
    for action in node.get("action", ()):
        if ("resource" in action) == ("action" in action):
            yield "rqg-1"
        yield from _actions(action)


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from (("", member) for member in value)
