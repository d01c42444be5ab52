"""The interval component: only when eligible, in the place of aerobic sessions, never alone."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from cds.model.dose import MergedDose
from cds.model.intensity import LimitedBy
from cds.model.plan import (
    Component,
    ComponentIntensity,
    Exercise,
    Omission,
    Pair,
    Plan,
    Reason,
    Volume,
)
from cds.model.protocol import ChosenProtocol
from cds.stages.frame import times
from cds.stages.hiit import HiitScreen
from cds.stages.plan_text import Messages, show_names, show_range
from cds.stages.scene import Scene

_TOLD = 2


class Ground(Struct, frozen=True):
    """What the intervals have to fit: the dose and the scene of the plan, names of profiles."""

    dose: MergedDose
    scene: Scene
    names: Mapping[str, str]
    messages: Messages


def add_intervals(plan: Plan, screened: HiitScreen, ground: Ground) -> Plan:
    """The plan with its interval component, or with the reason why it has none."""
    why = _why_not(plan, screened, ground)
    if why is not None:
        return replace(plan, omitted=(*plan.omitted, why))
    assert screened.protocol is not None
    component = _component(plan, screened.protocol, ground)
    return replace(plan, components=(*plan.components, component))


def _why_not(plan: Plan, screened: HiitScreen, ground: Ground) -> Omission | None:
    protocol = screened.protocol
    if screened.eligible != "yes" or protocol is None:
        rules = tuple(dict.fromkeys(unmet.rule for unmet in screened.unmet))
        said = list(dict.fromkeys(unmet.message for unmet in screened.unmet))[:_TOLD]
        return _omit("not_eligible", rules, ground, why=" ".join(said))
    if plan.phase == "start":
        return _omit("phase", (), ground)
    return _unfit(plan, protocol, ground)


def _unfit(plan: Plan, protocol: ChosenProtocol, ground: Ground) -> Omission | None:
    """What of the plan leaves no room for an eligible protocol."""
    if (cap := _effort_cap(plan, ground)) is not None:
        words = {"allowed": f"{cap.attribute.split('.')[0].replace('_', ' ')} {cap.value}"}
        return _omit("no_effort", tuple(cap.by.split(", ")), ground, **words)
    minutes, days = ground.dose.minutes.high, ground.dose.days.high
    if _work(protocol)[1] > minutes.value:
        words = {"minutes": f"{_work(protocol)[1]:g}", "allowed": f"{minutes.value:g}"}
        return _omit("no_time", minutes.by, ground, **words)
    if _frequency(plan, protocol)[1] < 1:
        return _omit("one_session", days.by, ground, days=f"{days.value:g}")
    bars = ground.scene.bars.get(ground.scene.table.intervals.get(protocol.id, ""), ())
    barring = tuple(dict.fromkeys(by for bar in bars if bar.is_safety for by in bar.by))
    return _omit("no_movement", barring, ground) if barring else None


def _effort_cap(plan: Plan, ground: Ground) -> LimitedBy | None:
    """A rule's limit on effort holds for intervals too; a profile's only below vigorous."""
    for limit in plan.limited_by:
        if limit.attribute not in ("rpe_6_20.high", "hrr_percent.high"):
            continue
        by_rule = any("." in by for by in limit.by.split(", "))
        easy = limit.attribute == "rpe_6_20.high" and (
            float(limit.value) < ground.scene.table.vigorous_rpe
        )
        if by_rule or easy:
            return limit
    return None


def _omit(kind: str, by: tuple[str, ...], ground: Ground, **words: str) -> Omission:
    name = ground.messages["plan.name.hiit"]
    text = ground.messages[f"plan.omitted.{kind}"].format(component=name, by=", ".join(by), **words)
    return Omission("hiit", kind, text.strip(), by)


def _work(protocol: ChosenProtocol) -> Pair:
    """Minutes of the session without warm-up and cool-down."""
    around = protocol.warm_up_min + protocol.cool_down_min
    low, high = protocol.session_min
    return max(low - around, 0), max(high - around, 0)


def _frequency(plan: Plan, protocol: ChosenProtocol) -> Pair:
    """As often as the protocol says, leaving one continuous session a week."""
    days = [part.frequency for part in plan.components if part.modality == "aerobic"]
    most = min(protocol.frequency[1], max((high for _, high in days), default=0) - 1)
    return min(protocol.frequency[0], most), most


def _component(plan: Plan, protocol: ChosenProtocol, ground: Ground) -> Component:
    days, work = _frequency(plan, protocol), _work(protocol)
    return Component(
        modality="hiit",
        priority=len(plan.components) + 1,
        frequency=days,
        intensity=ComponentIntensity(
            hr_bpm=protocol.hr_bpm,
            hr_ceiling_bpm=protocol.hr_ceiling_bpm,
            rpe_6_20=protocol.rpe_6_20,
        ),
        time_min=work,
        type=_fill("plan.type.hiit", protocol, ground),
        volume=Volume(
            minutes_per_week=times(days, work),
            minutes_per_week_with_warm_up=times(days, protocol.session_min),
            intervals=protocol.intervals,
        ),
        progression=" ".join(protocol.progression),
        warm_up_min=(protocol.warm_up_min, protocol.warm_up_min),
        cool_down_min=(protocol.cool_down_min, protocol.cool_down_min),
        session_min=protocol.session_min,
        exercises=tuple(_exercise(protocol, days, ground)),
        reasons=tuple(_reasons(plan, protocol, ground)),
    )


def _fill(key: str, protocol: ChosenProtocol, ground: Ground, **words: str) -> str:
    return ground.messages[key].format(
        name=protocol.name,
        intervals=protocol.intervals,
        work=f"{protocol.work_s:g}",
        rest=f"{protocol.rest_s:g}",
        recovery=protocol.recovery,
        **words,
    )


def _exercise(protocol: ChosenProtocol, days: Pair, ground: Ground) -> Iterator[Exercise]:
    """The movement of the protocol, where the catalogue has one and it can be done."""
    scene = ground.scene
    id_ = scene.table.intervals.get(protocol.id)
    if id_ is None or id_ in scene.bars:
        return
    movement = scene.catalogue.movements[id_]
    yield Exercise(
        id=id_,
        name=movement.name,
        modality=movement.modality,
        pattern="intervals",
        reason=protocol.why,
        dose=_fill("plan.dose.hiit", protocol, ground, days=show_range(days)),
        regression=scene.catalogue.step(id_, "regression", scene.barred),
        progression=scene.catalogue.step(id_, "progression", scene.barred),
        alternatives=scene.alternatives(id_),
    )


def _reasons(plan: Plan, protocol: ChosenProtocol, ground: Ground) -> Iterator[Reason]:
    messages, own = ground.messages, (protocol.id,)
    yield Reason("component", messages["plan.because.eligible"], own)
    yield Reason("frequency", messages["plan.because.hiit_days"], own)
    yield Reason("intensity", protocol.why, (*own, *protocol.limited_by))
    yield Reason("supervision", protocol.supervision, own)
    for said in plan.kinds:
        if said.kind == "hiit":
            who = show_names((said.profile,), ground.names)
            yield Reason("suitability", f"{who}: {said.text}", (said.profile,))
