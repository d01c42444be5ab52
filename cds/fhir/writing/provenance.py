"""Provenance: for each resource the rules with their versions, the inputs and the citations."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds.fhir.writing.decided import MODULE, Decided, Written
from cds.fhir.writing.elements import OURS, Json, concept

_RESOURCE = re.compile(r"[A-Z][A-Za-z]{2,40}/[A-Za-z0-9.\-]{1,64}", re.ASCII)


def device(of: Decided) -> Written:
    """The service in the version that decided."""
    version = of["knowledge"]["version"]
    members = {
        "identifier": [of.device],
        "status": "active",
        "deviceName": [{"name": "Exercise therapy decision support", "type": "user-friendly-name"}],
        "version": [{"value": version}],
    }
    told = (f"Exercise therapy decision support {version}", (of["notice"],))
    return of.write("Device", "", told, members)


def provenances(of: Decided, written: Iterable[Written]) -> Iterator[Written]:
    """Where each resource comes from."""
    explained = {entry["id"]: entry for entry in of["explanations"]}
    agent = {
        "type": concept("assembler"),
        "who": {**of.service, "reference": f"urn:uuid:{of.id_of('Device', '')}"},
    }
    for one in written:
        spoke = [explained[id_] for id_ in one.because if id_ in explained]
        rules = [f"{OURS}:rule:{entry['rule']}|{entry['version']}" for entry in spoke]
        members = {
            "target": [{"reference": one.address}],
            "occurredDateTime": of["evaluation_date"],
            "recorded": of["created"],
            "policy": [f"{MODULE}|{of['knowledge']['version']}", *rules],
            "agent": [agent],
            "entity": [_record(of), *_inputs(spoke), *_citations(of, spoke, one.citations)],
        }
        kind = one.resource["resourceType"]
        told = (f"Where this {kind} comes from", [e["title"] for e in spoke])
        yield of.write("Provenance", one.address, told, members)


def _record(of: Decided) -> Json:
    """The record of the decision, and the knowledge that made it."""
    knowledge = of["knowledge"]
    what = {
        "identifier": {"system": f"{OURS}:decision", "value": of["id"]},
        "display": f"Record of the decision; knowledge {knowledge['sha256']}",
    }
    return {"role": "derivation", "what": what}


def _inputs(spoke: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    """Each input that the rules read, as the client named it; it is not in this Bundle."""
    read = {
        (note["source"], note["label"]): note
        for entry in spoke
        for note in entry["conditions"]
        if note["source"] is not None
    }
    for source, label in read:
        named = {"value": source} if _RESOURCE.fullmatch(source) else None
        yield {"role": "source", "what": {"identifier": named, "display": label}}


def _citations(
    of: Decided, spoke: Iterable[Mapping[str, Any]], more: Iterable[str]
) -> Iterator[Json]:
    """Each citation of the rules, and of what the profiles and goals say."""
    cited = {note["citation"]: note["text"] for entry in spoke for note in entry["evidence"]}
    known = of.knowledge.citations
    cited |= {id_: known[id_].text for id_ in more if id_ in known}
    for id_, text in cited.items():
        named = {"system": f"{OURS}:evidence", "value": id_}
        yield {"role": "source", "what": {"identifier": named, "display": text}}
