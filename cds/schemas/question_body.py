"""The bodies of why not and what if."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields
from msgspec import Struct

from cds.answers.levers import REVIEWS
from cds.errors import IntakeError, Refusal
from cds.json_walk import pointer_step
from cds.knowledge.schema import suggest
from cds.model.intake import SubmittedFact
from cds.schemas.fact_reader import FactReader, Facts
from cds.schemas.strict_fields import StrictSchema, StrictText, faults_of

_LONGEST = 100
_EITHER = "Give either facts to suppose, or a goal to reach."


class WhyNotBody(StrictSchema):
    """What is asked about: a modality, exercise, intensity, disposition, setting or rule."""

    of = StrictText(longest=_LONGEST, required=True)


class WhatIfBody(StrictSchema):
    """Facts that would be otherwise, or a goal."""

    facts = fields.Dict()
    goal = StrictText(longest=_LONGEST)


class WhatIfRequest(Struct, frozen=True):
    """Either a goal, or the facts to suppose with the lists that would be reviewed."""

    goal: str | None
    facts: tuple[SubmittedFact, ...] = ()
    reviewed: Mapping[str, bool] | None = None


def read_why_not(body: Any) -> str:
    """What the body asks about.

    Raises: IntakeError with every fault.
    """
    return str(_load(body, WhyNotBody())["of"])


def read_what_if(body: Any, vocabulary: Facts, day: date) -> WhatIfRequest:
    """What the body supposes for the day of the decision, or where it wants to get.

    Raises: IntakeError with every fault.
    """
    loaded = _load(body, WhatIfBody())
    if ("facts" in loaded) == ("goal" in loaded):
        raise IntakeError([Refusal("", _EITHER)])
    if "goal" in loaded:
        return WhatIfRequest(loaded["goal"])
    told, reviewed = dict(loaded["facts"]), {}
    refusals = []
    for name in [name for name in told if name in REVIEWS]:
        reviewed[name] = told.pop(name)
        if not isinstance(reviewed[name], bool):
            pointer = pointer_step("/facts", name)
            refusals.append(Refusal(pointer, "This must be true or false."))
    facts, refused = FactReader(vocabulary, day).read(told)
    if not facts and not reviewed and not refused:
        refusals.append(Refusal("/facts", "Name at least one fact."))
    if refusals or refused:
        raise IntakeError([*refusals, *refused])
    return WhatIfRequest(None, tuple(facts), reviewed)


def read_audience(given: Mapping[str, list[str]], known: tuple[str, ...]) -> str:
    """The audience of a query; the clinician when none is named.

    Raises: IntakeError.
    """
    asked = given.get("audience", [known[0]])[0]
    if asked not in known:
        allowed = ", ".join(known)
        raise IntakeError([Refusal("?/audience", f"Use one of: {allowed}.{suggest(asked, known)}")])
    return asked


def _load(body: Any, schema: Schema) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise IntakeError([Refusal("", "The body must be a JSON object.")])
    try:
        loaded: Mapping[str, Any] = schema.load(body)
    except ValidationError as error:
        raise IntakeError([Refusal(*fault) for fault in faults_of(error, schema)]) from None
    return loaded
