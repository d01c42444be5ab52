"""Reads how long a text may be for each audience."""

from pathlib import Path
from types import MappingProxyType

from marshmallow import fields, validate

from cds.knowledge.audiences import AUDIENCES, Audiences
from cds.knowledge.documents import Problems
from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents

PATTERN = "knowledge/audiences.yaml"
# Below this not even the first sentence would fit.
_SHORTEST = 500


def _bound() -> fields.Integer:
    return fields.Integer(strict=True, required=True, validate=validate.Range(min=_SHORTEST))


class _BoundsSchema(KnowledgeSchema):
    clinician, patient, auditor = _bound(), _bound(), _bound()


class _Schema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    source = fields.Nested(SourceSchema(), required=True)
    characters = fields.Nested(_BoundsSchema(), required=True)
    clinician_first = fields.Integer(strict=True, required=True, validate=validate.Range(min=1))


def load_audiences(root: Path, problems: Problems) -> Audiences:
    """The bounds of `knowledge/audiences.yaml`."""
    for _, _, loaded in load_documents(root, PATTERN, _Schema(), problems):
        return Audiences(MappingProxyType(loaded["characters"]), loaded["clinician_first"])
    return Audiences(MappingProxyType(dict.fromkeys(AUDIENCES, _SHORTEST)), 1)
