"""Reads the citations of `knowledge/evidence/*.yaml`."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from marshmallow import fields, validate

from cds.errors import Location
from cds.knowledge.citations import Citation
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, choice, load_documents

PATTERN = "knowledge/evidence/*.yaml"
_KEBAB = r"^[a-z0-9]+(-[a-z0-9]+)*$"
# People write the same thing in two ways; the record keeps one.
_READ = {
    "page_read": "page_read",
    "page read": "page_read",
    "abstract": "abstract",
    "secondary": "secondary",
    "not_rechecked": "not_rechecked",
    "not re-checked": "not_rechecked",
}


class _CitationSchema(KnowledgeSchema):
    id = Text(required=True, validate=validate.Regexp(_KEBAB, error="Use kebab-case."))
    text = Text(required=True)
    year = fields.Integer(strict=True, allow_none=True, required=True)
    url = Text(
        required=True,
        allow_none=True,
        validate=validate.URL(schemes={"http", "https"}, error="This is not a web address."),
    )
    page_key = Text(allow_none=True)
    read = choice(*_READ, required=True)


class _EvidenceSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    citations = fields.List(fields.Nested(_CitationSchema), required=True)


def load_evidence(root: Path, problems: Problems) -> Mapping[str, Citation]:
    """Every citation by id; one id in two places is a problem at the second."""
    found: dict[str, tuple[Citation, Location]] = {}
    for name, document, loaded in load_documents(root, PATTERN, _EvidenceSchema(), problems):
        for index, entry in enumerate(loaded["citations"]):
            citation = Citation(**{**entry, "read": _READ[entry["read"]]})
            place = Location(name, line_of(document, ("citations", index, "id")))
            if citation.id in found:
                problems.add(
                    f"The citation '{citation.id}' is already listed in {found[citation.id][1]}. "
                    "Two sources of one name cannot be told apart. Keep one.",
                    place,
                )
            found.setdefault(citation.id, (citation, place))
    return MappingProxyType({name: citation for name, (citation, _) in found.items()})
