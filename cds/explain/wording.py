"""The sentence or two at the top: what a clinician can act on."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from cds.model.case import Case
from cds.model.decision import Contraindication, Disposition, Missing, Screening
from cds.model.intensity import Intensity
from cds.stages.contraindications import covers_all
from cds.stages.disposition import is_minor

#: Nothing that is read later makes these less strict.
_SETTLED = frozenset({Disposition.EMERGENCY, Disposition.DO_NOT_EXERCISE})


class Telling(Struct, frozen=True):
    """What a summary is told from; `lacking` are the labels of conditions without a dose profile.

    `unread` counts the entries of the lists that may change it. Units: `adult_age` in years.
    """

    case: Case
    disposition: Disposition
    screening: Screening
    found: Sequence[Contraindication]
    intensity: Intensity
    missing: Sequence[Missing]
    planned: bool
    lacking: Sequence[str]
    adult_age: float
    unread: int = 0


def summarize(told: Telling, messages: Mapping[str, str]) -> str:
    """The summary of a decision."""
    insufficient = told.disposition is Disposition.INSUFFICIENT_DATA
    if told.case.flag("deceased"):
        return messages["summary.deceased"]
    if insufficient and is_minor(told.case, told.adult_age):
        return messages["summary.out_of_scope"].format(low=told.adult_age)
    reason = _reason(told.disposition, told.found)
    message = messages[f"summary.{_key(told, reason)}"]
    plan = "clearance_plan" if told.planned else "clearance_no_plan"
    words = {
        "reason": _sentence(reason, messages) if reason else told.screening.message,
        "reopens": (reason.reopens if reason else None) or "",
        "plan": messages[f"summary.{plan}"],
        "intensity": _intensity(told.intensity, messages) if "{intensity}" in message else "",
        "question": told.missing[0].question if told.missing else "",
        "count": len(told.missing),
        "conditions": "; ".join(told.lacking),
    }
    told_so = f"{message.format(**words)} {_unread(told, messages)}"
    return " ".join(told_so.split())


def _unread(told: Telling, messages: Mapping[str, str]) -> str:
    """That something was not read, where what it is could still change the decision."""
    if not told.unread or told.disposition in _SETTLED:
        return ""
    key = "summary.unread_one" if told.unread == 1 else "summary.unread"
    return messages[key].format(count=told.unread)


def _key(told: Telling, reason: Contraindication | None) -> str:
    """Which sentence tells it."""
    if told.disposition is not Disposition.PROCEED_WITH_LIMITS:
        return told.disposition.value
    start = "no_dose" if told.lacking else told.disposition.value
    return start if reason else f"{start}_only"


def _reason(disposition: Disposition, found: Sequence[Contraindication]) -> Contraindication | None:
    """The worst finding, what is known first; for a clearance one that concerns all exercise."""
    if disposition is Disposition.PROCEED_WITH_LIMITS:
        return _first_known(found)
    whole = [finding for finding in found if covers_all(finding)]
    kinds = {
        Disposition.EMERGENCY: "absolute",
        Disposition.DO_NOT_EXERCISE: "absolute",
        Disposition.HOLD_TODAY: "hold_today",
        Disposition.CLEARANCE_FIRST: "relative",
    }
    wanted = kinds.get(disposition)
    matching = [finding for finding in whole if finding.kind == wanted]
    if disposition is Disposition.EMERGENCY:
        matching = [f for f in matching if f.urgency == "emergency"]
    return _first_known(matching)


def _first_known(found: Sequence[Contraindication]) -> Contraindication | None:
    known = (finding for finding in found if finding.state != "unknown")
    return next(known, found[0] if found else None)


def _sentence(reason: Contraindication, messages: Mapping[str, str]) -> str:
    """What it says, and that it only counts as present where nobody knows."""
    if reason.state != "unknown":
        return reason.message
    return f"{reason.message} {messages['finding.unknown']}"


def _intensity(intensity: Intensity, messages: Mapping[str, str]) -> str:
    aerobic = intensity.aerobic
    if aerobic.category is None:
        return messages["summary.intensity_none"]
    heart_rate = ""
    if aerobic.hr_bpm is not None:
        low, high = aerobic.hr_bpm
        heart_rate = messages["summary.heart_rate"].format(low=low, high=high)
    elif aerobic.rpe_6_20 is not None:
        low_rpe, high_rpe = aerobic.rpe_6_20
        heart_rate = messages["summary.rpe"].format(low=f"{low_rpe:g}", high=f"{high_rpe:g}")
    category = messages[f"category.{aerobic.category}"]
    if aerobic.category_from not in (None, aerobic.category):
        lower = messages[f"category.{aerobic.category_from}"]
        category = messages["summary.category_span"].format(low=lower, high=category)
    return messages["summary.intensity"].format(category=category, heart_rate=heart_rate)
