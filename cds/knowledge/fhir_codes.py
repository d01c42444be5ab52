"""The codes and profiles under which an answer in FHIR names what it holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import fields

from cds.knowledge.documents import Problems
from cds.knowledge.fact import Coding
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents

FILE = "knowledge/fhir_codes.yaml"


@dataclass(frozen=True, slots=True)
class FhirCodes:
    """Codes by what they name; `care_plan` and so on are addresses of profiles.

    `weekly_minutes` has the unit in which a goal of that kind is stated.
    """

    physical_activity: Coding
    assess_plan: Coding
    exercise_therapy: Coding
    weekly_minutes: Coding
    care_plan: str
    goal: str
    service_request: str


class _CodeSchema(KnowledgeSchema):
    system = Text(required=True)
    code = Text(required=True)
    display = Text(required=True)
    unit = Text()
    verified = Text(required=True)


class _CodesSchema(KnowledgeSchema):
    physical_activity = fields.Nested(_CodeSchema(), required=True)
    assess_plan = fields.Nested(_CodeSchema(), required=True)
    exercise_therapy = fields.Nested(_CodeSchema(), required=True)
    weekly_minutes = fields.Nested(_CodeSchema(), required=True)


class _ProfilesSchema(KnowledgeSchema):
    care_plan = Text(required=True)
    goal = Text(required=True)
    service_request = Text(required=True)


class _FileSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    codes = fields.Nested(_CodesSchema(), required=True)
    profiles = fields.Nested(_ProfilesSchema(), required=True)


def load_fhir_codes(root: Path, problems: Problems) -> FhirCodes | None:
    """The codes of `root`/knowledge/fhir_codes.yaml, or None when problems were noted."""
    for _, _, loaded in load_documents(root, FILE, _FileSchema(), problems):
        codes: dict[str, Any] = {
            name: Coding(code["system"], code["code"], code["display"], code.get("unit"))
            for name, code in loaded["codes"].items()
        }
        return FhirCodes(**codes, **loaded["profiles"])
    return None
