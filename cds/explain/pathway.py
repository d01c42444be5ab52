"""Answers that hold nothing to do but one thing: of an emergency, and of a death."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from cds.model.answer import Decision, Delivery, HiitResult, UnmetNote
from cds.model.case import Case
from cds.model.decision import Disposition, Referral
from cds.model.effect import Urgency
from cds.model.intensity import AerobicIntensity, Intensity
from cds.model.session import Session

_NOTHING = Intensity("none", AerobicIntensity(), None, ())


def pathway_only(decision: Decision, messages: Mapping[str, str]) -> Decision:
    """The decision without dose, limits, movements or advice on exercise, if it is an emergency.

    What else was found stays with its reasons; what it would leave open does not.
    """
    if decision.disposition is not Disposition.EMERGENCY:
        return decision
    words = messages[f"disposition.{decision.disposition.value}"]
    blocked = messages["requested.blocked"].format(disposition=words)
    return replace(
        decision,
        screening=replace(
            decision.screening,
            start_intensity=None,
            progression=None,
            message=blocked,
            vigorous_allowed=False,
        ),
        contraindications=tuple(replace(f, alternatives=()) for f in decision.contraindications),
        requested=tuple(
            replace(asked, verdict="block", reasons=(blocked,), alternatives=())
            for asked in decision.requested
        ),
        intensity=_NOTHING,
        medications=(),
        hiit=HiitResult("no", None, (UnmetNote("disposition", blocked, None, "fired"),)),
        plan=None,
        delivery=Delivery(decision.delivery.setting, None, None, {}, (), ()),
        session=_stopped(decision),
        goals=(),
        outcome_measures=(),
        team=None,
        education=(),
        referrals=tuple(_calls(decision.referrals)),
    )


def nothing_more(decision: Decision, case: Case) -> Decision:
    """The decision as it is, unless the person has died: then nothing is asked or arranged."""
    if not case.flag("deceased"):
        return decision
    return replace(
        decision,
        screening=replace(
            decision.screening, start_intensity=None, progression=None, message=decision.summary
        ),
        contraindications=(),
        requested=tuple(
            replace(asked, verdict="block", reasons=(decision.summary,), alternatives=())
            for asked in decision.requested
        ),
        intensity=_NOTHING,
        medications=(),
        hiit=HiitResult("no", None, (UnmetNote("disposition", decision.summary, None, "fired"),)),
        delivery=Delivery(decision.delivery.setting, None, None, {}, (), ()),
        session=None,
        goals=(),
        outcome_measures=(),
        referrals=(),
        team=None,
        education=(),
        missing=(),
        assumptions=(),
        conflicts=(),
    )


def _stopped(decision: Decision) -> Session | None:
    """Of a session only the emergency is told."""
    if decision.session is None:
        return None
    calls = {f.id for f in decision.contraindications if f.urgency == Urgency.EMERGENCY.value}
    told = tuple(r for r in decision.session.reasons if calls & set(r.by))
    return replace(decision.session, reasons=told)


def _calls(referrals: Iterable[Referral]) -> Iterator[Referral]:
    """The emergency first; who else is involved waits, without anything to do meanwhile."""
    for referral in referrals:
        if referral.urgency == Urgency.EMERGENCY.value:
            yield referral
        elif referral.urgency == Urgency.URGENT.value:
            yield replace(referral, meanwhile=None)
