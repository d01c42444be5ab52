"""Shapes of the files in `knowledge/delivery`."""

from marshmallow import fields, validate

from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.predicates import PredicateSchema
from cds.knowledge.profile_schemas import file_schema
from cds.knowledge.schema import Flag, KnowledgeSchema, Number, Text, choice

DEPTHS = ("waist", "xiphoid", "chest", "neck", "deep")
ELEMENTS = ("standing", "balance")
SETTINGS = ("home", "telehealth", "hybrid", "clinic", "community")
_BANDS = ("low", "moderate", "high")
_LEVEL = validate.Range(min=0, max=3, error="A level is 0, 1, 2 or 3.")


def _names() -> fields.List[str]:
    return fields.List(Text(), load_default=[])


def _listed(schema: KnowledgeSchema) -> fields.List[object]:
    filled = validate.Length(min=1, error="This list is empty. Name at least one.")
    return fields.List(fields.Nested(schema), required=True, validate=filled)


def _level() -> fields.Integer:
    return fields.Integer(strict=True, required=True, validate=_LEVEL)


def _pair() -> fields.List[float]:
    two = validate.Length(equal=2, error="A range has two ends. Write [low, high].")
    return fields.List(Number(), required=True, validate=two)


class SentenceSchema(SourceSchema):
    """A sentence with its source, and for whom it is meant."""

    text = Text(required=True)
    profiles = _names()


class _LevelSchema(SourceSchema):
    level = _level()
    name = Text(required=True)
    how = Text(required=True)


class _IntervalSchema(SentenceSchema):
    level = _level()


class _SettingSchema(KnowledgeSchema):
    setting = choice(*SETTINGS, required=True)
    items = choice(*SETTINGS, required=True)
    up_to_level = _level()
    score = fields.Integer(strict=True, required=True, validate=validate.Range(min=0, max=3))


class _ImprovisedSchema(SourceSchema):
    grip_fact = Text(required=True)
    profiles = _names()
    allowed = Text(required=True)
    not_yet = Text(required=True)


class _KitSchema(SentenceSchema):
    needs = _names()


class _BandSchema(SourceSchema):
    band = choice(*_BANDS, required=True)
    from_level = _level()
    data = fields.List(Text(), required=True)
    contact = Text(required=True)


class _BoosterSchema(SentenceSchema):
    band = choice(*_BANDS, required=True)


class _DataSchema(SentenceSchema):
    from_level = _level()


class _SilenceSchema(SentenceSchema):
    days = Number(required=True)


class _BenefitSchema(KnowledgeSchema):
    id = Text(required=True)
    benefit = Text(required=True)
    use = Text(required=True)
    fear = Flag(load_default=False)
    certainty = Text(required=True)
    sources = _listed(SourceSchema())


class _WarmthSchema(SourceSchema):
    id = Text(required=True)
    profiles = _names()
    low = Number(required=True, allow_none=True)
    high = Number(required=True)
    preferred_high = Number()
    other = fields.Nested(SentenceSchema())


class _TogetherSchema(SentenceSchema):
    low = Number(required=True)
    high = Number(required=True)


class _ImmersionSchema(KnowledgeSchema):
    depth = choice(*DEPTHS, required=True)
    percent = Number(required=True)


class _DepthSchema(SentenceSchema):
    depth = choice(*DEPTHS, required=True)


class _SwimmingSchema(_DepthSchema):
    fact = Text(required=True)


class _DoseSchema(SourceSchema):
    minutes = _pair()
    days = _pair()
    rpe_6_20 = _pair()


_DESCRIBED = {"description": Text(required=True)}
SUPERVISION = file_schema(
    "SupervisionFile",
    **_DESCRIBED,
    source=fields.Nested(SourceSchema(), required=True),
    levels=_listed(_LevelSchema()),
    hiit=_listed(_IntervalSchema()),
    settings=_listed(_SettingSchema()),
    elements=fields.Dict(
        keys=choice(*ELEMENTS), values=fields.Nested(PredicateSchema()), required=True
    ),
)
EQUIPMENT = file_schema(
    "EquipmentFile",
    **_DESCRIBED,
    minimum=fields.List(Text(), required=True),
    minimum_source=fields.Nested(SourceSchema(), required=True),
    improvised=fields.Nested(_ImprovisedSchema(), required=True),
    notes=_listed(_KitSchema()),
)
MONITORING = file_schema(
    "MonitoringFile",
    **_DESCRIBED,
    bands=_listed(_BandSchema()),
    boosters=fields.Nested(_BoosterSchema(), required=True),
    data=_listed(_DataSchema()),
    alerts=_listed(SentenceSchema()),
    no_data=_listed(_SilenceSchema()),
    not_emergency=fields.Nested(SentenceSchema(), required=True),
)
BENEFITS = file_schema(
    "BenefitsFile",
    **_DESCRIBED,
    benefits=_listed(_BenefitSchema()),
    limits=_listed(SentenceSchema()),
)
AQUATIC = file_schema(
    "AquaticFile",
    **_DESCRIBED,
    indications=_listed(SentenceSchema()),
    temperatures=_listed(_WarmthSchema()),
    chronic=fields.Nested(_WarmthSchema(), required=True),
    vigorous=fields.Nested(_WarmthSchema(), required=True),
    without_condition=fields.List(Text(), required=True),
    together=_listed(_TogetherSchema()),
    order=fields.List(choice(*DEPTHS), required=True),
    immersion=_listed(_ImmersionSchema()),
    immersion_source=fields.Nested(SourceSchema(), required=True),
    depths=_listed(_DepthSchema()),
    swimming=fields.Nested(_SwimmingSchema(), required=True),
    dose=fields.Nested(_DoseSchema(), required=True),
    notes=_listed(SentenceSchema()),
)
