"""GuidanceResponse: how the decision came out, and which facts would let it say more."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.writing.decided import MODULE, Decided, Written, names_of
from cds.fhir.writing.elements import OURS, Json, coding_of, extension

_TYPES: Mapping[str, str] = {
    "condition": "Condition",
    "conditions_reviewed": "Condition",
    "medication": "MedicationStatement",
    "medications_reviewed": "MedicationStatement",
    "procedure": "Procedure",
}
_INSUFFICIENT = "insufficient_data"


def guidance(of: Decided) -> Written:
    """The answer to who asked, with the questions in the order of their use."""
    asked = () if of.emergency else of["missing"]
    notes = [of["summary"], *_verdicts(of), of["notice"]]
    members = {
        "moduleCanonical": f"{MODULE}|{of['knowledge']['version']}",
        "status": _status(of, asked),
        "subject": of.subject,
        "encounter": of.encounter,
        "occurrenceDateTime": of["created"],
        "performer": {**of.service, "reference": f"urn:uuid:{of.id_of('Device', '')}"},
        "note": [{"text": note} for note in notes],
        "result": None if of["plan"] is None else of.refer("CarePlan", "plan"),
        "dataRequirement": [_requirement(of, entry) for entry in asked],
    }
    told = ("Exercise therapy", [*notes, *(entry["question"] for entry in asked)])
    disposition = extension("disposition", "Code", of["disposition"])
    because = of["screening"]["because"]
    return of.write("GuidanceResponse", "", told, members, because, (), (disposition,))


def _status(of: Decided, asked: Any) -> str:
    if of["disposition"] == _INSUFFICIENT:
        return "data-required"
    return "data-requested" if asked else "success"


def _requirement(of: Decided, entry: Mapping[str, Any]) -> Json:
    """One question: the kind of resource that answers it, by code where the fact has one."""
    name = entry["fact"]
    fact = of.knowledge.vocabulary[name]
    codes = [coding_of(coding) for coding in fact.codes]
    told = (
        ("fact", "String", name),
        ("rank", "PositiveInt", entry["rank"]),
        ("critical", "Boolean", entry["critical"]),
        ("question", "String", entry["question"]),
        ("would-allow", "String", entry["would_allow"]),
    )
    parts = [{"url": url, f"value{kind}": value} for url, kind, value in told]
    return {
        "extension": [{"url": f"{OURS}:extension:missing", "extension": parts}],
        "type": _TYPES.get(name.partition(".")[0], "Observation"),
        "codeFilter": [{"path": "code", "code": codes}] if codes else [],
    }


def _verdicts(of: Decided) -> Iterator[str]:
    """What was asked about, and today's session, each with its reasons."""
    for asked in of["requested"]:
        name = names_of((asked["code"],), of.knowledge)[0]
        reasons = " ".join(asked["reasons"])
        yield f"{name}: {asked['verdict'].replace('_', ' ')}. {reasons}{_instead(of, asked)}"
    session = of["session"]
    if session is not None:
        reasons = " ".join(reason["message"] for reason in session["reasons"])
        yield f"{session['message']} {reasons}"


def _instead(of: Decided, asked: Mapping[str, Any]) -> str:
    remains = ", ".join(names_of(asked["alternatives"], of.knowledge))
    return f" Instead: {remains.removesuffix('.')}." if remains else ""
