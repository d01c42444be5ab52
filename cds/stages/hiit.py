"""Stage HIIT: every prerequisite true, every exclusion ruled out, clearance given; else why not."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from cds.model.condition import Truth
from cds.model.decision import Contraindication, Disposition
from cds.model.effect import Hiit, Limit
from cds.model.protocol import ChosenProtocol
from cds.stages.intensity_bands import CATEGORIES
from cds.stages.outcome import Outcome, effects_of

SCOPES = frozenset({("modality", "hiit"), ("intensity", "vigorous"), ("intensity", "near_maximal")})
_BELOW_VIGOROUS = CATEGORIES[: CATEGORIES.index("vigorous")]
#: More than there are rules of this stage, each with three truths.
_MOST_KEPT = 1024
# Without a plan these say only that no dose is known, not that exercise is barred.
_UNDECIDED = frozenset(
    {Disposition.INSUFFICIENT_DATA, Disposition.PROCEED, Disposition.PROCEED_WITH_LIMITS}
)


class Unmet(Struct, frozen=True):
    """One thing that stands in the way of HIIT, and what would change it."""

    rule: str
    message: str
    remedy: str | None
    state: str


class HiitScreen(Struct, frozen=True):
    """Whether HIIT fits: yes, after_clearance, no or insufficient_data, and what is unmet."""

    eligible: str
    unmet: tuple[Unmet, ...]
    protocol: ChosenProtocol | None = None


def screen_hiit(
    outcomes: Iterable[Outcome],
    found: Iterable[Contraindication],
    applied: Iterable[Outcome],
) -> HiitScreen:
    """The verdict: anything that stands in the way wins over what is unknown.

    Intervals are vigorous, so a rule of `applied` that allows less stands in the way as well,
    once everything is known.
    """
    barriers: list[Unmet] = []
    open_questions: list[Unmet] = []
    clearances: list[Unmet] = []
    for outcome in outcomes:
        for role, stands, unmet in _in_the_way(outcome):
            if not stands:
                open_questions.append(unmet)
            else:
                (clearances if role == "clearance" else barriers).append(unmet)
    barriers += [
        Unmet(finding.id, finding.message, finding.reopens, finding.state)
        for finding in found
        if finding.kind != "precaution" and (finding.scope.type, finding.scope.code) in SCOPES
    ]
    if barriers:
        return HiitScreen("no", tuple(barriers + clearances))
    if open_questions:
        return HiitScreen("insufficient_data", tuple(open_questions + clearances))
    if easier := tuple(_easier(applied)):
        return HiitScreen("no", (*easier, *clearances))
    return HiitScreen("after_clearance" if clearances else "yes", tuple(clearances))


def narrow_hiit(
    screened: HiitScreen,
    disposition: Disposition,
    forbidding: Mapping[str, str],
    messages: Mapping[str, str],
    *,
    planned: bool,
) -> HiitScreen:
    """The verdict where clearance comes first, nothing is planned, or a profile has no HIIT.

    `forbidding` holds those profiles with their names.
    """
    if forbidding:
        message = messages["hiit.profile"].format(profiles=", ".join(forbidding.values()))
        unmet = Unmet(", ".join(forbidding), message, None, "fired")
        return HiitScreen("no", (*screened.unmet, unmet))
    if planned and disposition is Disposition.CLEARANCE_FIRST and screened.eligible == "yes":
        unmet = Unmet("disposition", messages["requested.clearance"], None, "fired")
        return HiitScreen("after_clearance", (*screened.unmet, unmet))
    if planned or screened.eligible == "no":
        return screened
    if disposition in _UNDECIDED:
        return HiitScreen("insufficient_data", screened.unmet)
    words = messages[f"disposition.{disposition.value}"]
    message = messages["requested.blocked"].format(disposition=words)
    return HiitScreen("no", (*screened.unmet, Unmet("disposition", message, None, "fired")))


def _easier(applied: Iterable[Outcome]) -> Iterator[Unmet]:
    """The rules that allow nothing vigorous."""
    for outcome, limit in effects_of(applied, Limit):
        if limit.attribute == "category" and limit.code in _BELOW_VIGOROUS:
            yield Unmet(outcome.rule.id, limit.message or "", None, outcome.state)


@lru_cache(_MOST_KEPT)
def _in_the_way(outcome: Outcome) -> tuple[tuple[str, bool, Unmet], ...]:
    """What one rule says: its role, whether it stands in the way (else that is open), and why."""
    said = []
    for effect in outcome.effects.get(Hiit, ()):
        stands, unknown = _judge(outcome, effect.role)
        if stands or unknown:
            unmet = Unmet(outcome.rule.id, effect.message, effect.remedy, outcome.state)
            said.append((effect.role, stands, unmet))
    return tuple(said)


def _judge(outcome: Outcome, role: str) -> tuple[bool, bool]:
    """Whether it stands in the way, and whether that is unknown."""
    if outcome.truth is Truth.UNKNOWN:
        return False, outcome.asks
    wanted = Truth.TRUE if role == "prerequisite" else Truth.FALSE
    return outcome.truth is not wanted, False
