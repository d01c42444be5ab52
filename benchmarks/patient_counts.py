"""What became of the shared synthetic patients: counts only, never a patient."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from cds.decide import decide
from cds.fhir.intake import read_bundle
from cds.model.answer import Decision
from cds.model.intake import Intake, SubmittedFact
from cds.service import Service

#: The records end on this day.
DAY = date(2021, 3, 31)
Resource = Mapping[str, Any]
_KINDS = {
    "Condition": "condition",
    "MedicationRequest": "medication",
    "MedicationStatement": "medication",
    "Observation": "observation",
    "Procedure": "procedure",
}
_ACTIVE = ("active", "recurrence", "relapse")
_SYMPTOMS = (
    *("sx_ischemic_pain", "sx_dyspnea", "sx_dizzy_syncope", "sx_orthopnea_pnd", "sx_ankle_edema"),
    *("sx_palpitations", "sx_claudication", "sx_murmur", "sx_unusual_fatigue", "sx_acute"),
    *("acute_illness", "feels_unwell", "vomiting_diarrhea_24h", "bp_symptoms"),
    *("acute_psychosis_or_intoxication", "suicidality", "orthostatic_symptoms"),
)
_TALK: Mapping[str, bool | str] = {
    **dict.fromkeys(_SYMPTOMS, False),
    "regular_exercise": False,
    "desired_intensity": "moderate",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """How much is known beside the record; `answers` fill only what the record leaves open."""

    title: str
    reviewed: bool
    answers: Mapping[str, bool | str]


SCENES = (
    Scene("the record alone", reviewed=False, answers={}),
    Scene("and both lists reviewed", reviewed=True, answers={}),
    Scene("and the first questions answered reassuringly", reviewed=True, answers=_TALK),
)


@dataclass(frozen=True, slots=True)
class Entries:
    """How many entries of one kind are understood.

    `open` counts the patients of each text that is not read, `entries` the entries.
    """

    mapped: int
    no_effect: int
    unmapped: int
    open: Mapping[str, int]
    entries: Mapping[str, int]

    @property
    def total(self) -> int:
        """All entries."""
        return self.mapped + self.no_effect + self.unmapped

    @property
    def percent(self) -> int:
        """The share that is understood, in percent."""
        return round(100 * (self.mapped + self.no_effect) / self.total) if self.total else 100


@dataclass(frozen=True, slots=True)
class Counts:
    """Everything that the document tells."""

    patients: int
    adults_from_40: int
    outcomes: Mapping[str, Mapping[str, int]]
    clearances: Mapping[str, Mapping[str, int]]
    entries: Mapping[str, Entries]


def count_patients(folder: Path, service: Service, from_age: float) -> Counts:
    """The counts over every patient of the folder; referral of those from `from_age` years."""
    bundles = [json.loads(path.read_text(encoding="utf-8")) for path in _files(folder)]
    intakes = [_read(bundle, service) for bundle in bundles]
    older = [i for i in intakes if _age(i) >= from_age and not _fact(i, "deceased")]
    adult = service.knowledge.profiles.age.adult
    outcomes, clearances = {}, {}
    for scene in SCENES:
        decided = [(intake, decide(service, _in_scene(intake, scene), DAY)) for intake in intakes]
        outcomes[scene.title] = Counter(_outcome(intake, made, adult) for intake, made in decided)
        clearances[scene.title] = Counter(
            made.screening.clearance for intake, made in decided if intake in older
        )
    return Counts(len(intakes), len(older), outcomes, clearances, _entries(bundles, intakes))


def _read(bundle: object, service: Service) -> Intake:
    knowledge = service.knowledge
    return read_bundle(
        bundle,
        evaluation_date=DAY,
        vocabulary=knowledge.vocabulary,
        terminology=knowledge.terminology,
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if path.name != "MANIFEST.json")


def _in_scene(intake: Intake, scene: Scene) -> Intake:
    stated = {fact.name for fact in intake.facts}
    added = [SubmittedFact(n, v) for n, v in scene.answers.items() if n not in stated]
    return replace(
        intake,
        conditions_reviewed=scene.reviewed,
        medications_reviewed=scene.reviewed,
        facts=(*intake.facts, *added),
    )


def _fact(intake: Intake, name: str) -> Any:
    return next((fact.value for fact in intake.facts if fact.name == name), None)


def _age(intake: Intake) -> float:
    return float(_fact(intake, "age") or 0)


def _outcome(intake: Intake, decision: Decision, adult: float) -> str:
    """The disposition; those who died, and those too young for a dose, stand apart."""
    if _fact(intake, "deceased"):
        return "deceased"
    return "child" if _age(intake) < adult else decision.disposition.value


def _entries(bundles: Iterable[Any], intakes: Iterable[Intake]) -> dict[str, Entries]:
    states: dict[str, Counter[str]] = defaultdict(Counter)
    opened: dict[str, Counter[str]] = defaultdict(Counter)
    entries: dict[str, Counter[str]] = defaultdict(Counter)
    for bundle, intake in zip(bundles, intakes, strict=True):
        texts: set[tuple[str, str]] = set()
        for kind, resource in _listed(bundle):
            state, open_texts = _state(kind, resource, intake)
            states[kind][state] += 1
            entries[kind].update(open_texts[:1])
            texts |= {(kind, text) for text in open_texts}
        for kind, text in texts:
            opened[kind][text] += 1
    return {
        kind: Entries(
            *(found["read"], found["no effect"], found["not read"]),
            *(opened[kind], entries[kind]),
        )
        for kind, found in sorted(states.items())
    }


def _state(kind: str, resource: Resource, intake: Intake) -> tuple[str, list[str]]:
    """Whether the entry is read, and the texts of it that are not."""
    name = kind.split()[-1]
    matters = {u.code or u.text: u.may_matter for u in intake.unmapped if u.kind == name}
    codes = _codes(resource)
    unread = [text for code, text in codes.items() if matters.get(code)]
    if unread:
        return "not read", unread
    return "no effect" if any(code in matters for code in codes) else "read", []


def _listed(bundle: Mapping[str, Any]) -> Iterator[tuple[str, Resource]]:
    """Each resource under its kind; an active condition counts a second time as such."""
    for resource in (entry["resource"] for entry in bundle["entry"]):
        kind = _KINDS.get(resource["resourceType"])
        if kind == "medication":
            if resource.get("status") == "active":
                yield "active medication", resource
        elif kind is not None:
            yield kind, resource
            if kind == "condition" and _is_active(resource):
                yield "active condition", resource


def _is_active(resource: Resource) -> bool:
    codings = resource.get("clinicalStatus", {}).get("coding", ())
    return any(coding.get("code") in _ACTIVE for coding in codings)


def _codes(resource: Resource) -> dict[str, str]:
    """The codes, or the text where there is none, with what is shown of each."""
    concepts = [resource.get("code"), resource.get("medicationCodeableConcept")]
    concepts += [part.get("code") for part in resource.get("component", ())]
    found: dict[str, str] = {}
    for concept in (concept for concept in concepts if concept):
        for coding in concept.get("coding", ()):
            found[coding["code"]] = coding.get("display") or concept.get("text", "")
        if not concept.get("coding") and concept.get("text"):
            found[concept["text"]] = concept["text"]
    return found
