"""The shape of each effect in a rule file."""

from collections.abc import Mapping

from marshmallow import Schema, fields, validate

from cds.knowledge.schema import KnowledgeSchema, Number, Text, choice
from cds.model.effect import Action, Direction, Kind, Severity, Urgency

NUMERIC_LIMITS = {
    "hr_bpm": "/min",
    "hrr_percent": "%",
    "hr_max_percent": "%",
    "rpe_6_20": "{score}",
    "mets": "{METs}",
    "percent_1rm": "%",
    "sbp_exercise": "mm[Hg]",
    "supervision_level": "{level}",
}
CODE_LIMITS = {
    "category": ("very_light", "light", "moderate", "vigorous", "near_maximal"),
    "impact": ("none", "low", "moderate", "high"),
}


# Where the ends of a scale follow from its definition; nothing outside can be meant.
SCALES = {
    "hrr_percent": (0.0, 100.0),
    "hr_max_percent": (0.0, 100.0),
    "percent_1rm": (0.0, 100.0),
    "rpe_6_20": (6.0, 20.0),
    "supervision_level": (0.0, 3.0),
}


# How an item of a setting counts, and what `if_unknown` goes with it: what must be known true to
# be done stays undone while it is unknown; what only counts in favour is asked for.
SETTING_KINDS: Mapping[str, tuple[str, ...]] = {
    "hard": ("apply",),
    "soft": ("ask",),
    "care": ("apply", "ask", "assume"),
}
WHOLE = "all"
ELEMENTS = (WHOLE, "standing", "balance", "monitoring")


# What a check-in changes, with the units that it may change by.
DOSE_UNITS: Mapping[str, tuple[str, ...]] = {
    "volume": ("%",),
    "load": ("%",),
    "usual_step": ("%",),
    "repetitions": ("{count}",),
    "session_minutes": ("min",),
    "weekly_minutes": ("%", "min/wk"),
    "hrr_percent": ("%",),
    "rpe_6_20": ("{score}",),
    "complexity": ("{count}",),
    "range_of_motion": ("{count}",),
    "exposure_step": ("{count}",),
    "phase": ("{count}",),
    "land_sessions": ("{count}",),
    "carbohydrate": ("g",),
}


class _Contraindicate(KnowledgeSchema):
    kind = choice(*Kind, required=True)
    scope = Text(required=True)
    severity = choice(*Severity, required=True)
    action = choice(*Action, required=True)
    urgency = choice(*Urgency)
    message = Text(required=True)
    alternatives = fields.List(Text(), required=True)
    reopens = Text()
    decided_by = Text()


class _Avoid(KnowledgeSchema):
    tags = fields.List(
        Text(),
        required=True,
        validate=validate.Length(min=1, error="Nothing would be avoided. Name at least one tag."),
    )
    severity = choice(*Severity, required=True)
    message = Text(required=True)
    alternatives = fields.List(
        Text(),
        required=True,
        validate=validate.Length(
            min=1, error="'Avoid' comes with what remains: name at least one movement."
        ),
    )


class _Limit(KnowledgeSchema):
    attribute = choice(*NUMERIC_LIMITS, *CODE_LIMITS, required=True)
    at_most = fields.Raw()
    at_least = fields.Raw()
    unit = Text()
    message = Text(required=True)


class _HeartRateMethod(KnowledgeSchema):
    method = choice("measured_only", "rpe_only", required=True)
    message = Text(required=True)


class _HeartRateZone(KnowledgeSchema):
    lower = fields.Raw(required=True)
    upper = fields.Raw(required=True)
    unit = Text()
    message = Text(required=True)


class _Clearance(KnowledgeSchema):
    clearance = choice(
        "not_necessary",
        "recommended",
        "recommended_before_vigorous",
        "discontinue_and_clear",
        required=True,
    )
    start_intensity = Text(required=True)
    progression = Text(required=True)
    message = Text(required=True)


class _Refer(KnowledgeSchema):
    to = Text(required=True)
    urgency = choice(*Urgency, required=True)
    reason = Text(required=True)
    meanwhile = Text()
    within = Text(
        validate=validate.Regexp(
            r"^(?:today|1 (?:day|week|month)|[1-9][0-9]* (?:days|weeks|months))\Z",
            error="A time frame is 'today' or like '2 weeks'. Write it so.",
        )
    )


class _Advise(KnowledgeSchema):
    kind = choice(
        "education",
        "monitoring",
        "stop_criterion",
        "precaution",
        "red_flag",
        required=True,
    )
    message = Text(required=True)


class _Hiit(KnowledgeSchema):
    role = choice("prerequisite", "exclusion", "clearance", required=True)
    message = Text(required=True)
    remedy = Text()


class _Define(KnowledgeSchema):
    fact = Text(required=True)


class _Conflict(KnowledgeSchema):
    attribute = Text(required=True)
    sources = fields.List(
        Text(),
        required=True,
        validate=validate.Length(min=2, error="A disagreement has at least two sides."),
    )
    resolution = Text(required=True)
    policy = Text()


class _Setting(KnowledgeSchema):
    item = Text(
        required=True,
        validate=validate.Regexp(
            r"^[A-Z]+[0-9]+\Z",
            error="An item is named by letters and a number, like H2. Rename it.",
        ),
    )
    kind = choice(*SETTING_KINDS, required=True)
    settings = fields.List(
        Text(),
        required=True,
        validate=validate.Length(min=1, error="No setting is meant. Name at least one."),
    )
    element = choice(*ELEMENTS, required=True)
    criterion = Text(required=True)
    message = Text(required=True)
    otherwise = Text(required=True)


class _DoseChange(KnowledgeSchema):
    attribute = choice(*DOSE_UNITS, required=True)
    low = Number(required=True)
    high = Number(required=True)
    unit = Text(required=True)


class _Progress(KnowledgeSchema):
    direction = choice(*Direction, required=True)
    action = Text(
        required=True,
        validate=validate.Regexp(
            r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\Z",
            error="An action is written as the table names it, like REGRESS_20. Rename it.",
        ),
    )
    dose = fields.List(fields.Nested(_DoseChange()), load_default=list)
    message = Text(required=True)
    rescreen = Text()


class BoundSchema(KnowledgeSchema):
    """A bound that is a fact or a share of it, plus or minus something."""

    fact = Text(required=True)
    plus = Number(load_default=0.0)
    times = Number(
        load_default=1.0,
        validate=validate.Range(
            min=0, max=1, min_inclusive=False, error="A share lies above 0 and is at most 1."
        ),
    )


EFFECT_SCHEMAS: Mapping[str, Schema] = {
    "contraindicate": _Contraindicate(),
    "avoid": _Avoid(),
    "limit": _Limit(),
    "heart_rate_method": _HeartRateMethod(),
    "heart_rate_zone": _HeartRateZone(),
    "clearance": _Clearance(),
    "refer": _Refer(),
    "advise": _Advise(),
    "hiit": _Hiit(),
    "define": _Define(),
    "conflict": _Conflict(),
    "setting": _Setting(),
    "progress": _Progress(),
}
