"""Reads what the form asks, as its file says it."""

import json
from pathlib import Path

from marshmallow import fields

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, choice, load_documents
from cds.web.layout_file import LISTS, Form

PATTERN = "knowledge/form.yaml"


class _FieldSchema(KnowledgeSchema):
    fact = Text(required=True)
    units = fields.List(Text())
    when = fields.List(Text(), load_default=list)


class _ExampleSchema(KnowledgeSchema):
    id = Text(required=True)
    title = Text(required=True)


class _SectionSchema(KnowledgeSchema):
    id = Text(required=True)
    legend = Text(required=True)
    help = Text()
    dated = fields.Boolean(truthy={True}, falsy={False})
    holds = choice(*LISTS, "request")
    facts = fields.List(fields.Nested(_FieldSchema), load_default=list)


class _FormSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    sections = fields.List(fields.Nested(_SectionSchema), required=True)
    check_in = fields.List(fields.Nested(_SectionSchema), required=True)
    common_conditions = fields.List(Text(), required=True)
    common_medications = fields.List(Text(), required=True)
    examples = fields.List(fields.Nested(_ExampleSchema), required=True)


def read_form(root: Path, problems: Problems) -> Form | None:
    """The form of `root`/knowledge/form.yaml, or None when problems were noted."""
    for name, document, loaded in load_documents(root, PATTERN, _FormSchema(), problems):
        return json.dumps(loaded), Location(name, line_of(document, ("sections",)))
    return None
