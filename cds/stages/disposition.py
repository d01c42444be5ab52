"""May this person exercise: the most cautious of everything that was found."""

from collections.abc import Iterable, Sequence

from cds.model.case import Case
from cds.model.decision import Contraindication, Disposition, Screening
from cds.model.effect import HeartRateMethod, HeartRateZone, Limit
from cds.stages.contraindications import covers_all
from cds.stages.outcome import Outcome
from cds.stages.screening import INSUFFICIENT, NEEDS_CLEARANCE

NO_PRESCRIPTION = frozenset(
    {
        Disposition.EMERGENCY,
        Disposition.DO_NOT_EXERCISE,
        Disposition.HOLD_TODAY,
        Disposition.INSUFFICIENT_DATA,
    }
)
_ORDER = tuple(Disposition)
_NARROWING = frozenset({Limit, HeartRateMethod, HeartRateZone})


def dispose(
    case: Case,
    screening: Screening,
    found: Sequence[Contraindication],
    outcomes: Iterable[Outcome],
    adult_age: float,
) -> Disposition:
    """The most cautious disposition that any finding asks for; for the dead nothing else counts.

    Units: `adult_age` in years; a younger person is outside what the service covers.
    """
    if case.flag("deceased"):
        return Disposition.DO_NOT_EXERCISE
    heard = list(outcomes)
    asked = [of_finding(finding) for finding in found if covers_all(finding)]
    asked.append(of_screening(screening))
    if lacks_data(case, screening, heard, adult_age):
        asked.append(Disposition.INSUFFICIENT_DATA)
    if found or any(map(narrows, heard)):
        asked.append(Disposition.PROCEED_WITH_LIMITS)
    return min(asked, key=_ORDER.index)


def without_dose(disposition: Disposition) -> Disposition:
    """Somebody who may exercise, but for whom no dose is known, is limited by that."""
    proceeds = disposition is Disposition.PROCEED
    return Disposition.PROCEED_WITH_LIMITS if proceeds else disposition


def is_minor(case: Case, adult_age: float) -> bool:
    """Whether the person is known to be younger than the service covers."""
    age = case.number("age")
    return age is not None and age < adult_age


def lacks_data(
    case: Case, screening: Screening, outcomes: Iterable[Outcome], adult_age: float
) -> bool:
    """Whether something is open, without which nothing is prescribed, whatever else was found.

    Units: `adult_age` in years.
    """
    return (
        is_minor(case, adult_age)
        or screening.clearance == INSUFFICIENT
        or any([outcome for outcome in outcomes if outcome.requires and blocks(outcome)])
    )


def of_finding(finding: Contraindication) -> Disposition:
    """What one finding that concerns all exercise asks for."""
    if finding.kind == "absolute":
        emergency = finding.urgency == "emergency"
        return Disposition.EMERGENCY if emergency else Disposition.DO_NOT_EXERCISE
    if finding.kind == "hold_today":
        return Disposition.HOLD_TODAY
    if finding.kind == "relative":
        return Disposition.CLEARANCE_FIRST
    return Disposition.PROCEED_WITH_LIMITS


def of_screening(screening: Screening) -> Disposition:
    """What the algorithm asks for."""
    if screening.clearance in NEEDS_CLEARANCE:
        return Disposition.CLEARANCE_FIRST
    before_vigorous = screening.clearance == "recommended_before_vigorous"
    return Disposition.PROCEED_WITH_LIMITS if before_vigorous else Disposition.PROCEED


def narrows(outcome: Outcome) -> bool:
    """Whether a rule limits how hard or by which method."""
    return not _NARROWING.isdisjoint(outcome.holding)


def blocks(outcome: Outcome) -> bool:
    """A rule that must be known and is not; the rows of the algorithm are weighed by screening."""
    return outcome.requires and outcome.rule.topic.topic != "acsm"
