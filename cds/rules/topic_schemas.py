"""The shape of a topic file: its header, its rules, and the evidence of a rule."""

from marshmallow import fields, validate

from cds.knowledge.schema import SIGN_OFF, Day, KnowledgeSchema, Text, choice
from cds.model.rule import IfUnknown, Mark
from cds.rules.base import STAGES

RULE_KEYS = (
    "id",
    "title",
    "reference",
    "if_unknown",
    "when",
    "then",
    "because",
    "evidence",
    "limitations",
)
_ID = r"^[a-z0-9_]+(?:\.[a-z0-9]+(?:[-_][a-z0-9]+)*){2}\Z"


class EvidenceSchema(KnowledgeSchema):
    """One entry of a rule's `evidence`."""

    citation = Text(required=True)
    locator = Text(required=True)
    direction = choice("for", "against")
    strength = choice("strong", "conditional", "consensus", "expert", "policy", "not_stated")
    certainty = choice("high", "moderate", "low", "very_low", "not_stated")
    mark = choice(*Mark, required=True)
    page = Text()


class RuleSchema(KnowledgeSchema):
    """One rule; `when` and `then` have readers of their own."""

    id = Text(
        required=True,
        validate=validate.Regexp(
            _ID,
            error="This is not stage.topic.slug in lower case, like "
            "contraindications.osteoporosis.loaded-flexion. Rename it.",
        ),
    )
    title = Text(required=True)
    reference = fields.List(Text(), required=True)
    if_unknown = choice(*IfUnknown, required=True)
    when = fields.Raw(required=True)
    then = fields.Raw(required=True)
    because = Text(required=True)
    evidence = fields.List(
        fields.Nested(EvidenceSchema()),
        required=True,
        validate=validate.Length(min=1, error="Every sentence has a source. Cite at least one."),
    )
    limitations = Text(required=True)


class TopicSchema(KnowledgeSchema):
    """The header of a topic file; its rules are read one by one."""

    topic = Text(required=True)
    stage = choice(*STAGES, required=True)
    version = Text(
        required=True,
        validate=validate.Regexp(
            r"^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}\Z",
            error="A version is three numbers, like 1.0.0. Without it no change can be told.",
        ),
    )
    status = choice("draft", "active", "retired", required=True)
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    author = Text(required=True)
    date = Day(required=True)
    review_due = Day(required=True)
    description = Text(required=True)
    use = Text(required=True)
    misuse = Text(required=True)
    rules = fields.List(
        fields.Raw(),
        required=True,
        validate=validate.Length(
            min=1, error="There is no rule here. Write one, or drop the file."
        ),
    )
