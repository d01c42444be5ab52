"""The order in which the rows of the progression table are read."""

from pathlib import Path

from marshmallow import fields, validate

from cds.knowledge.documents import Problems
from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents
from cds.model.follow_up import ProgressionOrder

PATTERN = "knowledge/progression.yaml"
_FILLED = validate.Length(min=1, error="This list is empty. Name at least one.")


class _GroupSchema(KnowledgeSchema):
    group = Text(required=True)
    rules = fields.List(Text(), required=True, validate=_FILLED)


class _Schema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    source = fields.Nested(SourceSchema(), required=True)
    order = fields.List(fields.Nested(_GroupSchema()), required=True, validate=_FILLED)
    when_open = Text(required=True)
    otherwise = Text(required=True)
    asked_anew = fields.List(Text(), required=True)


def load_progression_order(root: Path, problems: Problems) -> ProgressionOrder:
    """The order of `knowledge/progression.yaml`; whether its rules exist is checked with them."""
    for _, _, loaded in load_documents(root, PATTERN, _Schema(), problems):
        return ProgressionOrder(
            rules=tuple(rule for group in loaded["order"] for rule in group["rules"]),
            when_open=loaded["when_open"],
            otherwise=loaded["otherwise"],
            asked_anew=frozenset(loaded["asked_anew"]),
        )
    return ProgressionOrder((), "", "", frozenset())
