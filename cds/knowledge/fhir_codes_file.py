"""Reads the codes and profiles under which an answer in FHIR names what it holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.fact import Coding
from cds.knowledge.fhir_codes import FhirCodes
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents
from cds.knowledge.terminology import Terminology
from cds.units import is_unit

FILE = "knowledge/fhir_codes.yaml"
#: What an address of a profile looks like.
PROFILE = validate.Regexp(
    r"https?://[\w./\-]+/StructureDefinition/[\w\-.]+\Z",
    error="Write the address of a profile, with /StructureDefinition/ in it.",
)


class CodeSchema(KnowledgeSchema):
    """A code with where it was checked."""

    system = Text(required=True)
    code = Text(required=True)
    display = Text(required=True)
    verified = Text(required=True)


class _UnitCodeSchema(CodeSchema):
    unit = Text(required=True)

    @validates_schema
    def check_unit(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse a unit that no goal can have."""
        if not is_unit(data["unit"]):
            raise ValidationError("This is not in knowledge/units.yaml. Add it there.", "unit")


class _CodesSchema(KnowledgeSchema):
    physical_activity = fields.Nested(CodeSchema(), required=True)
    assess_plan = fields.Nested(CodeSchema(), required=True)
    exercise_therapy = fields.Nested(CodeSchema(), required=True)
    weekly_minutes = fields.Nested(_UnitCodeSchema(), required=True)
    create = fields.Nested(CodeSchema(), required=True)


class _ProfilesSchema(KnowledgeSchema):
    care_plan = Text(required=True, validate=PROFILE)
    goal = Text(required=True, validate=PROFILE)
    service_request = Text(required=True, validate=PROFILE)


class _FileSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    codes = fields.Nested(_CodesSchema(), required=True)
    profiles = fields.Nested(_ProfilesSchema(), required=True)


def load_fhir_codes(
    root: Path, terminology: Terminology | None, problems: Problems
) -> FhirCodes | None:
    """The codes of `root`/knowledge/fhir_codes.yaml, or None when problems were noted.

    A code of a system that is read here has to look like one of that system.
    """
    for name, document, loaded in load_documents(root, FILE, _FileSchema(), problems):
        for key, code in loaded["codes"].items():
            system = terminology.system(code["system"]) if terminology else None
            if system is not None and system.normalise(code["code"]) is None:
                place = Location(name, line_of(document, ("codes", key, "code")))
                problems.add(f"This is no code of {system.name}. Correct it.", place)
        codes: dict[str, Any] = {
            key: Coding(code["system"], code["code"], code["display"], code.get("unit"))
            for key, code in loaded["codes"].items()
        }
        return FhirCodes(**codes, **loaded["profiles"])
    return None
