"""The shapes of the value set files: YAML headers and CSV columns."""

from collections.abc import Mapping

from marshmallow import fields

from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, choice

VERIFIED = "verified"
#: What was added without a list that shows it, with its mark.
BY_HAND = "by hand"
NAME_MATCH = "name match, clinician review before use"

CONDITION_COLUMNS = (
    *("valueset", "label", "system", "code", "display", "match"),
    *("temporal", "status", "verified"),
)
MEDICATION_COLUMNS = ("class", "label", "system", "code", "name", "match", "verified")
PRODUCT_COLUMNS = (
    *("code", "display", "ingredient", "ingredient_code"),
    *("class", "route", "verified"),
)
PROCEDURE_COLUMNS = ("procedure", "system", "code", "display", "match", "status", "verified")
NAME_COLUMNS = ("name", "class", "kind", "mark")
NO_CLASS_COLUMNS = ("name", "kind", "why", "mark")
NO_EFFECT_COLUMNS = ("name", "why", "mark")
OBSERVATION_COLUMNS = ("system", "code", "display", "verified")
ALLERGY_COLUMNS = ("text", "fact", "mark")

ALLOWED_CELLS: Mapping[str, tuple[str, ...]] = {
    "match": ("prefix", "exact"),
    "temporal": ("current", "history"),
    "status": (VERIFIED, NAME_MATCH),
    "route": ("systemic", "local"),
    "kind": ("generic", "brand", "synonym", "class", "misspelling"),
    "mark": ("V", "K", "O"),
}


class SystemSchema(KnowledgeSchema):
    """One code system."""

    name = Text(required=True)
    uri = Text(required=True)
    also = fields.List(Text(), required=True)
    pattern = Text(required=True)
    dot = fields.Boolean(required=True)


class SystemsSchema(KnowledgeSchema):
    """`systems.yaml`."""

    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    systems = fields.List(fields.Nested(SystemSchema), required=True)


class RelationSchema(KnowledgeSchema):
    """Whoever has `condition` also has `also`."""

    condition = Text(required=True)
    also = Text(required=True)


class ProcedureConditionSchema(KnowledgeSchema):
    """Whoever had `procedure` has `also`."""

    procedure = Text(required=True)
    also = Text(required=True)


class ConditionFactSchema(KnowledgeSchema):
    """A condition that says the same as a fact."""

    condition = Text(required=True)
    fact = Text(required=True)
    when = choice("present", "ever", required=True)


class ShownConditionSchema(KnowledgeSchema):
    """A fact that shows a condition."""

    fact = Text(required=True)
    condition = Text(required=True)


class HeaderSchema(KnowledgeSchema):
    """What every value set header says."""

    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    source = fields.Dict(keys=Text(), values=Text(), required=True)
    licence = fields.Dict(keys=Text(), values=Text(), required=True)


class NamedSetSchema(KnowledgeSchema):
    """A set that is known by names alone, and why it has no codes."""

    id = Text(required=True)
    label = Text(required=True)
    because = Text(required=True)


class ExclusiveSchema(KnowledgeSchema):
    """Two conditions that no code may stand for at once."""

    condition = Text(required=True)
    other = Text(required=True)


class ConditionsSchema(HeaderSchema):
    """`conditions/value_sets.yaml`."""

    status = fields.Dict(keys=Text(), values=Text(), required=True)
    by_name_only = fields.List(fields.Nested(NamedSetSchema), required=True)
    exclusive = fields.List(fields.Nested(ExclusiveSchema), required=True)
    past_counts_as_present = fields.List(Text(), required=True)
    broader = fields.List(fields.Nested(RelationSchema), required=True)
    leaves_behind = fields.List(fields.Nested(RelationSchema), required=True)
    after_procedure = fields.List(fields.Nested(ProcedureConditionSchema), required=True)
    implied_facts = fields.List(fields.Nested(ConditionFactSchema), required=True)
    shown_conditions = fields.List(fields.Nested(ShownConditionSchema), required=True)


class NameNotesSchema(KnowledgeSchema):
    """What is said of a name that was not read, or that does not count."""

    not_taken = Text(required=True)
    part_not_read = Text(required=True)
    did_you_mean = Text(required=True)
    no_class = Text(required=True)
    local = Text(required=True)
    not_current = Text(required=True)
    nameless = Text(required=True)
    not_in_bundle = Text(required=True)


class MedicationsSchema(HeaderSchema):
    """`medications/value_sets.yaml`."""

    by_name_only = fields.List(fields.Nested(NamedSetSchema), required=True)
    systemic_only = fields.List(Text(), required=True)
    local_route_words = fields.List(Text(), required=True)
    filler_words = fields.List(Text(), required=True)
    not_taken_words = fields.List(Text(), required=True)
    notes = fields.Nested(NameNotesSchema, required=True)


class IgnoredTypeSchema(KnowledgeSchema):
    """A type of FHIR resource that says nothing about the patient's health, and why."""

    type = Text(required=True)
    because = Text(required=True)


class ResourceNotesSchema(KnowledgeSchema):
    """What is said of a resource that becomes no fact."""

    allergy = Text(required=True)
    order = Text(required=True)


class ResourceTypesSchema(KnowledgeSchema):
    """`resource_types.yaml`."""

    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    mark = choice("O", required=True)
    notes = fields.Nested(ResourceNotesSchema, required=True)
    ignored = fields.List(fields.Nested(IgnoredTypeSchema), required=True)


class SelectionSchema(KnowledgeSchema):
    """`observations/selection.yaml`."""

    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    lowest_of_codes = fields.List(Text(), required=True)
    unit_in_question = fields.List(Text(), required=True)
