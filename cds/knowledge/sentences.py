"""Sentences that the service itself says, by key, with named places to fill."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from marshmallow import fields

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents


class _Schema(KnowledgeSchema.from_dict(dict(SIGN_OFF))):  # type: ignore[misc]
    description = Text(required=True)
    messages = fields.Dict(keys=Text(), values=Text(), required=True)


def load_messages(root: Path, problems: Problems) -> Mapping[str, str]:
    """Every message of `messages/*.yaml`, by key."""
    found: dict[str, str] = {}
    for name, document, loaded in load_documents(
        root, "knowledge/messages/*.yaml", _Schema(), problems
    ):
        for key, text in loaded["messages"].items():
            if key in found:
                problems.add(
                    f"The message '{key}' stands twice. Keep one.",
                    Location(name, line_of(document, ("messages", key))),
                )
            found[key] = text
    return MappingProxyType(found)
