"""Reads the canary patients."""

from pathlib import Path

from marshmallow import fields

from cds.http.canary import Canary
from cds.knowledge.documents import Problems
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents

PATTERN = "knowledge/canaries.yaml"


class _CanarySchema(KnowledgeSchema):
    name = Text(required=True)
    evaluation_date = fields.Raw(required=True)
    request = fields.Dict(required=True)
    expect = fields.Dict(required=True)
    because = Text(required=True)


class _FileSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    canaries = fields.List(fields.Nested(_CanarySchema), required=True)


def load_canaries(root: Path, problems: Problems) -> tuple[Canary, ...]:
    """Every canary of the knowledge."""
    return tuple(
        Canary(entry["name"], entry["evaluation_date"], entry["request"], entry["expect"])
        for _, _, loaded in load_documents(root, PATTERN, _FileSchema(), problems)
        for entry in loaded["canaries"]
    )
