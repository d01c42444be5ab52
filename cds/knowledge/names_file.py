"""Reads `knowledge/names.yaml`."""

from pathlib import Path
from types import MappingProxyType

from marshmallow import fields

from cds.knowledge.documents import Problems
from cds.knowledge.names import Names
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents


class _Schema(KnowledgeSchema.from_dict(dict(SIGN_OFF))):  # type: ignore[misc]
    description = Text(required=True)
    teams = fields.Dict(keys=Text(), values=Text(), required=True)
    modalities = fields.Dict(keys=Text(), values=Text(), required=True)
    places = fields.Dict(keys=Text(), values=Text(), load_default=dict)


def load_names(root: Path, problems: Problems) -> Names:
    """The names of `root/knowledge/names.yaml`."""
    for _, _, loaded in load_documents(root, "knowledge/names.yaml", _Schema(), problems):
        kinds = (loaded[kind] for kind in ("teams", "modalities", "places"))
        return Names(*(MappingProxyType(kind) for kind in kinds))
    return Names(MappingProxyType({}), MappingProxyType({}), MappingProxyType({}))
