"""Stage screening: the rows of the ACSM algorithm that are true, or still possible.

With one row true the answer is that row. With several possible rows (something is unknown)
the strictest is taken when all of them want clearance, or when they differ only before
vigorous work; otherwise the answer is that the data do not suffice.
"""

from collections.abc import Iterable, Mapping

from cds.model.condition import Truth
from cds.model.decision import Screening
from cds.model.effect import Clearance
from cds.stages.outcome import Outcome

INSUFFICIENT = "insufficient_data"
# The start that lets a person go on at any intensity they already train at.
CONTINUE = "continue"
_CAUTION = (
    "not_necessary",
    "recommended_before_vigorous",
    "recommended",
    "discontinue_and_clear",
)
NEEDS_CLEARANCE = frozenset(_CAUTION[2:])


def screen(outcomes: Iterable[Outcome], messages: Mapping[str, str]) -> Screening:
    """What the algorithm says of this case."""
    possible = [
        (outcome, effect)
        for outcome in outcomes
        for effect in outcome.rule.then
        if isinstance(effect, Clearance) and outcome.truth is not Truth.FALSE
    ]
    because = tuple([outcome.rule.id for outcome, _ in possible])
    codes = {effect.clearance for _, effect in possible}
    if not _decidable(codes):
        message = messages["screening.insufficient_data"]
        return Screening(INSUFFICIENT, None, None, message, because=because)
    row = max([effect for _, effect in possible], key=_caution)
    return Screening(
        row.clearance,
        row.start_intensity,
        row.progression,
        row.message,
        vigorous_allowed=row.start_intensity == CONTINUE,
        because=because,
    )


def _decidable(codes: set[str]) -> bool:
    return bool(codes) and (
        len(codes) == 1 or codes <= NEEDS_CLEARANCE or not codes & NEEDS_CLEARANCE
    )


def _caution(row: Clearance) -> tuple[int, bool]:
    """Stricter clearance first, then a start that does not just go on."""
    return _CAUTION.index(row.clearance), row.start_intensity != CONTINUE
