"""The procedures that rules can ask about."""

from pathlib import Path
from typing import Any

from marshmallow import fields, validate

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents

PATTERN = "knowledge/procedures.yaml"


class _ProcedureSchema(KnowledgeSchema):
    id = Text(
        required=True, validate=validate.Regexp(r"^[a-z][a-z0-9_]*$", error="Use snake_case.")
    )
    label = Text(required=True)


class _ProceduresSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    procedures = fields.List(fields.Nested(_ProcedureSchema), required=True)


def load_procedures(root: Path, problems: Problems) -> dict[str, str]:
    """The label of each procedure by id."""
    labels: dict[str, str] = {}
    for name, document, loaded in load_documents(root, PATTERN, _ProceduresSchema(), problems):
        for index, entry in enumerate(loaded["procedures"]):
            _add(labels, entry, Location(name, line_of(document, ("procedures", index))), problems)
    return labels


def _add(
    labels: dict[str, str], entry: dict[str, Any], place: Location, problems: Problems
) -> None:
    if entry["id"] in labels:
        problems.add(f"The procedure '{entry['id']}' stands twice. Keep one.", place)
    labels.setdefault(entry["id"], entry["label"])
