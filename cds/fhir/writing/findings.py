"""DetectedIssue and RiskAssessment: what was found, and how risky effort may be."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.writing.decided import Decided, Written, names_of
from cds.fhir.writing.elements import OURS, concept

_SEVERITIES: Mapping[str, str] = {
    "critical": "high",
    "high": "high",
    "moderate": "moderate",
    "low": "low",
    "info": "low",
}
_KINDS: Mapping[str, str] = {
    "absolute": "Absolute contraindication",
    "relative": "Relative contraindication",
    "hold_today": "Hold today",
    "precaution": "Precaution",
}


def detected_issues(of: Decided) -> Iterator[Written]:
    """Each contraindication, the worst first, with what remains allowed as mitigation."""
    texts = {explained["id"]: explained["text"] for explained in of["explanations"]}
    for number, found in enumerate(of["contraindications"]):
        code = f"{_KINDS[found['kind']]}: {_covered(of, found['scope'])}"
        lines = tuple(_lines(found, of))
        remains = names_of(found["alternatives"], of.knowledge)
        members = {
            "status": "preliminary",
            "code": concept(code),
            "severity": _SEVERITIES[found["severity"]],
            "patient": of.subject,
            "identifiedDateTime": of["evaluation_date"],
            "author": of.service,
            "evidence": [{"code": [concept(texts.get(id_))]} for id_ in found["because"]],
            "detail": " ".join(lines),
            "reference": f"{OURS}:rule:{found['id']}",
            "mitigation": [{"action": concept(way)} for way in remains],
        }
        told = [*lines, *(f"Remains: {way}" for way in remains)]
        yield of.write("DetectedIssue", str(number), (code, told), members, found["because"])


def risk_assessments(of: Decided) -> Iterator[Written]:
    """The screening, and the cardiac risk where there is one."""
    if of.emergency or of.deceased:
        return
    screening, cardiac = of["screening"], of["delivery"]["cardiac_risk"]
    start = screening["start_intensity"]
    if of["plan"] is None:  # what the screening alone leaves open is not open here
        rationale, mitigation = f"{of['summary']} {screening['message']}", None
    else:
        rationale, mitigation = screening["message"], f"Start: {_words(start)}" if start else None
    prediction = {
        "outcome": concept(f"Medical clearance: {_words(screening['clearance'])}"),
        "rationale": rationale,
    }
    yield _risk(of, "Exercise screening", prediction, mitigation, screening["because"])
    if cardiac is not None:
        reasons = (f"{r['text']}: {_words(r['state'])}" for r in cardiac["reasons"])
        prediction = {
            "outcome": concept("Cardiac event during exercise"),
            "qualitativeRisk": concept(_tier(cardiac)),
            "rationale": "; ".join((*reasons, *cardiac["notes"])),
        }
        care = f"{cardiac['supervision']} {cardiac['ecg']}"
        yield _risk(of, "Cardiac risk of exercise", prediction, care, ())


def _risk(
    of: Decided, name: str, prediction: Mapping[str, Any], mitigation: str | None, because: Any
) -> Written:
    members = {
        "status": "preliminary",
        "code": concept(name),
        "subject": of.subject,
        "encounter": of.encounter,
        "occurrenceDateTime": of["evaluation_date"],
        "performer": of.service,
        "prediction": [prediction],
        "mitigation": mitigation,
    }
    said = [prediction["outcome"]["text"], prediction["rationale"], mitigation]
    return of.write("RiskAssessment", name, (name, said), members, because)


def _lines(found: Mapping[str, Any], of: Decided) -> Iterator[str]:
    yield found["message"]
    if found["state"] == "unknown":
        yield of.knowledge.messages["finding.unknown"]
    if found["reopens"]:
        yield f"Opens again: {found['reopens']}"
    if found["decided_by"]:
        yield f"Decided by: {found['decided_by']}"


def _covered(of: Decided, scope: Mapping[str, Any]) -> str:
    """What the finding covers, in words."""
    code = scope["code"]
    if code is None:
        return "exercise test" if scope["type"] == "test" else "any exercise"
    tag = of.knowledge.catalogue.tags.get(code)
    return tag.label if tag else _words(names_of((code,), of.knowledge)[0])


def _tier(cardiac: Mapping[str, Any]) -> str:
    if cardiac["tier"] == cardiac["at_least"]:
        return _words(cardiac["tier"])
    return f"{_words(cardiac['tier'])}, at least {_words(cardiac['at_least'])}"


def _words(code: str) -> str:
    return code.replace("_", " ")
