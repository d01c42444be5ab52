"""Stage HIIT: which interval protocol fits the case, and the heart-rate zone that it needs.

An interval zone is never lowered to make it fit. When it does not fit under every ceiling, or
nobody can say whether it does, there are no intervals and moderate training is offered.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cds.formulas.ceiling import UpperLimit, Zone, ZoneRequest, combine_ceilings
from cds.model.case import Case
from cds.model.protocol import (
    ChosenProtocol,
    FactTest,
    HiitTables,
    NoProtocol,
    Protocol,
    ProtocolChoice,
)
from cds.model.threshold import CeilingRules
from cds.stages.hiit import HiitScreen, Unmet


class HeartRoom(Struct, frozen=True):
    """The usable peak heart rate (None: exertion only), every upper limit, and how they combine.

    Units: hr_max in beats/min.
    """

    hr_max: float | None
    limits: Sequence[UpperLimit]
    rules: CeilingRules


def choose_protocol(
    case: Case, room: HeartRoom, tables: HiitTables, wanted: str | None = None
) -> ChosenProtocol | NoProtocol:
    """The protocol of the first row that holds, or the wanted one, if it fits under the ceilings.

    A bridge is no way around a ceiling: the protocol that it leads to has to fit as well.
    Source: HIIT-P-*, HIIT-DOSE-*, HIIT-EXC-ICD (cds/knowledge/hiit/protocols.yaml).
    Raises: KeyError when the wanted protocol does not exist.
    """
    row = _first_row(case, tables)
    protocol = tables.protocols[wanted or row.protocol]
    why = protocol.use if wanted else row.why
    if room.hr_max is None:
        if room.limits:
            by = tuple(sorted({limit.by for limit in room.limits}))
            return NoProtocol(protocol.id, tables.reasons["ceiling_unchecked"], by)
        return _chosen(case, protocol, None, why, tables)
    rest, goal = case.number("hr_rest"), None if wanted else protocol.leads_to
    if goal is not None:
        aim = _fit(tables.protocols[goal], room.hr_max, rest, room)
        if aim.lower is None:
            return _no_room(tables.protocols[goal], aim, tables)
    zone = _fit(protocol, room.hr_max, rest, room)
    if zone.lower is None:
        return _no_room(protocol, zone, tables)
    return _chosen(case, protocol, zone, why, tables)


def _no_room(protocol: Protocol, zone: Zone, tables: HiitTables) -> NoProtocol:
    low, high = protocol.fit_percent
    reason = tables.reasons["no_room"].format(
        low=f"{low:g}", high=f"{high:g}", ceiling=zone.ceiling
    )
    return NoProtocol(protocol.id, reason, zone.limited_by)


def add_protocol(
    screened: HiitScreen, case: Case, room: HeartRoom, tables: HiitTables
) -> HiitScreen:
    """The verdict with its protocol; without room for the intervals it becomes no."""
    if screened.eligible == "no":
        return screened
    found = choose_protocol(case, room, tables)
    if isinstance(found, NoProtocol):
        by = ", ".join(found.limited_by)
        unmet = Unmet(by, found.reason, None, "fired")
        return HiitScreen("no", (*screened.unmet, unmet))
    shown = screened.eligible != "insufficient_data"
    return replace(screened, protocol=found if shown else None)


def _fit(protocol: Protocol, hr_max: float, rest: float | None, room: HeartRoom) -> Zone:
    """The zone of the protocol under every limit: lower end up, upper end down, never widened."""
    low, high = (percent / 100 * hr_max for percent in protocol.fit_percent)
    request = ZoneRequest(low, high, rest, is_hiit=True, by=protocol.id)
    return combine_ceilings(request, room.limits, room.rules)


def _first_row(case: Case, tables: HiitTables) -> ProtocolChoice:
    """The last row has no conditions, so one always holds."""
    return next(row for row in tables.selection if _row_holds(case, row))


def _row_holds(case: Case, row: ProtocolChoice) -> bool:
    any_holds = not row.any_of or any(_holds(case, test) for test in row.any_of)
    return any_holds and all(_holds(case, test) for test in row.all_of)


def _holds(case: Case, test: FactTest) -> bool:
    """An unknown fact does not hold: the choice goes on to a row that needs less."""
    if test.equals is not None:
        return case.code(test.fact) == test.equals
    if test.at_least is None and test.less_than is None:
        return case.flag(test.fact) is True
    value = case.number(test.fact)
    if value is None:
        return False
    above = test.at_least is None or value >= test.at_least
    return above and (test.less_than is None or value < test.less_than)


def _chosen(
    case: Case, protocol: Protocol, zone: Zone | None, why: str, tables: HiitTables
) -> ChosenProtocol:
    return ChosenProtocol(
        id=protocol.id,
        name=protocol.name,
        work_s=protocol.start.work_s,
        rest_s=protocol.start.rest_s,
        intervals=protocol.start.intervals,
        up_to=protocol.up_to,
        target_percent=protocol.target_percent,
        target_of=protocol.target_of,
        hr_bpm=_shown(protocol, zone),
        hr_ceiling_bpm=None if zone is None else zone.ceiling,
        limited_by=() if zone is None else zone.limited_by,
        governed_by="exertion" if _blind(protocol, zone) else protocol.governed_by,
        rpe_6_20=protocol.rpe_6_20,
        recovery=protocol.recovery,
        session_min=protocol.session_min,
        warm_up_min=protocol.warm_up_min,
        cool_down_min=protocol.cool_down_min,
        frequency=protocol.frequency,
        progression=tuple(rule.text for rule in tables.progression),
        supervision=protocol.supervision,
        supervision_level=protocol.supervision_level,
        leads_to=protocol.leads_to,
        why=why,
        note=tuple(_notes(case, protocol, zone, tables)),
        sources=protocol.sources,
    )


def _shown(protocol: Protocol, zone: Zone | None) -> tuple[int, int] | None:
    """Only where heart rate governs: in short intervals it lags behind the effort."""
    if zone is None or zone.lower is None or zone.upper is None:
        return None
    return (zone.lower, zone.upper) if protocol.governed_by == "heart_rate" else None


def _blind(protocol: Protocol, zone: Zone | None) -> bool:
    return zone is None and protocol.governed_by == "heart_rate"


def _notes(case: Case, protocol: Protocol, zone: Zone | None, tables: HiitTables) -> Iterator[str]:
    if protocol.note is not None:
        yield protocol.note
    if protocol.start.work_s <= tables.short_interval_s:
        yield tables.notes["HIIT-HR-LAG"].text
    if zone is None:
        yield tables.notes["HIIT-BB"].text
    if any(case.flag(fact) is True for fact in tables.low_impact_for):
        yield tables.notes["HIIT-LOWIMP"].text
