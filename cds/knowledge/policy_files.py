"""Reads the guideline disagreements of `knowledge/policies/*.yaml`."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.policy import Option, Policy
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Text,
    choice,
    load_documents,
    suggest,
)

PATTERN = "knowledge/policies/*.yaml"


class _OptionSchema(KnowledgeSchema):
    code = Text(
        required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9_]*$", error="Use snake_case.")
    )
    means = Text(required=True)
    source = Text(required=True)
    pages = fields.List(Text())
    mark = choice("V", "K", "O", required=True)


class _PolicySchema(KnowledgeSchema):
    id = Text(
        required=True, validate=validate.Regexp(r"^[a-z][a-z0-9_]*$", error="Use snake_case.")
    )
    reference = Text(required=True)
    title = Text(required=True)
    default = Text(required=True)
    because = Text(required=True)
    mark = choice("V", "K", "O", required=True)
    options = fields.List(
        fields.Nested(_OptionSchema),
        required=True,
        validate=validate.Length(min=2, error="A switch has two options or more."),
    )

    @validates_schema(skip_on_field_errors=True)
    def check_options(self, data: dict[str, Any], **_: Any) -> None:
        """The default is an option, and no option stands twice."""
        codes = [option["code"] for option in data["options"]]
        if data["default"] not in codes:
            hint = suggest(data["default"], codes)
            raise ValidationError(f"Use the code of one of the options.{hint}", "default")
        if len(set(codes)) < len(codes):
            raise ValidationError("One code stands twice. Keep one.", "options")


class _PoliciesSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    policies = fields.List(fields.Nested(_PolicySchema), required=True)


def load_policies(root: Path, problems: Problems) -> Mapping[str, Policy]:
    """Every switch by id; one id in two places is a problem at the second."""
    found: dict[str, tuple[Policy, Location]] = {}
    for name, document, loaded in load_documents(root, PATTERN, _PoliciesSchema(), problems):
        for index, entry in enumerate(loaded["policies"]):
            policy = _policy(entry)
            place = Location(name, line_of(document, ("policies", index, "id")))
            if policy.id in found:
                problems.add(
                    f"The policy '{policy.id}' is already defined in {found[policy.id][1]}. "
                    "Two defaults cannot both hold. Keep one.",
                    place,
                )
            found.setdefault(policy.id, (policy, place))
    return MappingProxyType({name: policy for name, (policy, _) in found.items()})


def _policy(entry: Mapping[str, Any]) -> Policy:
    options = tuple(
        Option(**{**option, "pages": tuple(option.get("pages", ()))}) for option in entry["options"]
    )
    return Policy(**{**entry, "options": options})
