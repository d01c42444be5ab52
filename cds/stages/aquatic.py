"""Exercise in water: whether, how deep, how warm, how much. Source: delivery reference, 5."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cds.model.case import Case
from cds.model.decision import Contraindication, Disagreement, Statement
from cds.model.delivery import (
    Aquatic,
    Question,
    Said,
    SettingItem,
    Temperature,
    WaterDepth,
    WaterDose,
)
from cds.model.delivery_tables import AquaticTable, Depth, Sentence, Warmth
from cds.model.dose import MergedDose
from cds.model.intensity import Intensity
from cds.model.plan import KindAdvice

WATER = "aquatic"
_CLOSING = frozenset({"absolute", "hold_today", "relative"})
_VIGOROUS = frozenset({"vigorous", "near_maximal"})


class WaterInputs(Struct, frozen=True):
    """What exercise in water is judged on; `profiles` are those that hold in full.

    `chronic` says whether there is a condition at all, with a profile or without; `advice` is
    what the profiles say of water.
    """

    case: Case
    profiles: frozenset[str]
    chronic: bool
    dose: MergedDose | None
    intensity: Intensity
    found: Sequence[Contraindication]
    items: Sequence[SettingItem]
    messages: Mapping[str, str]
    advice: Sequence[KindAdvice] = ()


def judge_water(inputs: WaterInputs, table: AquaticTable) -> Aquatic:
    """Whether and how; a water that was measured has to fit the depth and temperature."""
    inputs = replace(inputs, found=_findings(inputs), items=_items(inputs))
    depth, temperature = find_depth(inputs, table), find_temperature(inputs, table)
    barring = (*_barring(inputs), *_unfit(inputs, depth, temperature, table))
    open_ = tuple(_open(inputs))
    caring = tuple(_caring(inputs))
    reasons = (*barring, *caring, *open_)
    return Aquatic(
        suitable=_suitable(barring, open_, caring),
        depth=depth,
        temperature=temperature,
        dose=_dose(inputs.dose, inputs.intensity, table) if inputs.dose else None,
        indications=_said(table.indications, inputs.profiles),
        notes=_said(table.notes, inputs.profiles),
        reasons=reasons,
        remains=tuple(_remains(inputs)),
        because=tuple(dict.fromkeys(by for reason in reasons for by in reason.because)),
        asks=_asks(inputs.items),
    )


def _suitable(
    barring: Sequence[Statement], open_: Sequence[Statement], caring: Sequence[Statement]
) -> str:
    if barring:
        return "no"
    if open_:
        return "insufficient_data"
    return "conditional" if caring else "yes"


def _barring(inputs: WaterInputs) -> Iterator[Statement]:
    for finding in inputs.found:
        if finding.kind in _CLOSING:
            yield Statement(finding.message, finding.because)
    for item in inputs.items:
        if item.kind == "hard" and item.state == "not_met":
            yield Statement(item.message, (item.rule,))
    yield from _advised(inputs, "no")


def _caring(inputs: WaterInputs) -> Iterator[Statement]:
    for finding in inputs.found:
        if finding.kind not in _CLOSING:
            yield Statement(finding.message, finding.because)
    for item in inputs.items:
        if item.kind == "care":
            yield Statement(item.message, (item.rule,))
    yield from _advised(inputs, "conditional")


def _open(inputs: WaterInputs) -> Iterator[Statement]:
    for item in inputs.items:
        if item.kind == "hard" and item.state == "unknown":
            text = inputs.messages["delivery.not_known"].format(criterion=item.criterion)
            yield Statement(text, (item.rule,))


def _advised(inputs: WaterInputs, suitable: str) -> Iterator[Statement]:
    """What the profiles of this person say of water."""
    for advice in inputs.advice:
        if advice.kind == WATER and advice.suitable == suitable:
            yield Statement(advice.text, (advice.profile,))


def _remains(inputs: WaterInputs) -> dict[str, None]:
    findings = [text for finding in inputs.found for text in finding.alternatives]
    return dict.fromkeys((*findings, *(item.otherwise for item in inputs.items)))


def _items(inputs: WaterInputs) -> list[SettingItem]:
    """The items of water that hold something up."""
    return [item for item in inputs.items if WATER in item.settings and item.applies]


def _asks(items: Sequence[SettingItem]) -> tuple[Question, ...]:
    return tuple(dict.fromkeys(question for item in items for question in item.asks))


def _findings(inputs: WaterInputs) -> list[Contraindication]:
    """What rules have against water."""
    return [f for f in inputs.found if (f.scope.type, f.scope.code) == ("setting", WATER)]


def _said(sentences: Sequence[Sentence], profiles: frozenset[str]) -> tuple[Said, ...]:
    return tuple([Said(s.text, s.source) for s in sentences if s.holds_for(profiles)])


def _unfit(
    inputs: WaterInputs, depth: WaterDepth, temperature: Temperature | None, table: AquaticTable
) -> Iterator[Statement]:
    """What is against this very water."""
    warm, deep = inputs.case.number("water_temperature"), inputs.case.code("water_depth")
    if warm is not None and temperature is not None and not _fits(warm, temperature):
        target = say_target(temperature, inputs.messages)
        text = inputs.messages["aquatic.temperature"].format(value=f"{warm:g}", target=target)
        yield Statement(text, ())
    if deep is not None and table.order.index(deep) > table.order.index(depth.at_most):
        words = [inputs.messages[f"depth.{name}"] for name in (deep, depth.at_most)]
        text = inputs.messages["aquatic.depth"].format(depth=words[0], at_most=words[1])
        yield Statement(text, ())


def _fits(warm: float, temperature: Temperature) -> bool:
    return (temperature.low is None or warm >= temperature.low) and warm <= temperature.high


def say_target(temperature: Temperature, messages: Mapping[str, str]) -> str:
    """The temperatures that fit, in words."""
    key = "at_most" if temperature.low is None else "range"
    low = "" if temperature.low is None else f"{temperature.low:g}"
    text = messages[f"aquatic.target.{key}"].format(low=low, high=f"{temperature.high:g}")
    if temperature.preferred is None:
        return text
    preferred = "{:g} to {:g}".format(*temperature.preferred)
    return messages["aquatic.target.preferred"].format(target=text, preferred=preferred)


def find_temperature(inputs: WaterInputs, table: AquaticTable) -> Temperature | None:
    """No ceiling of any row is passed; where nothing fits all, the coolest row stays.

    A row of a condition lifts the lower end, that for any chronic disease only where it stands
    alone. None: nothing asks for a temperature.
    """
    for both in table.together:
        if both.sentence.profiles <= inputs.profiles:
            return Temperature(both.low, both.high, None, (_reason(both),), both.sentence.text)
    own = [row for row in table.temperatures if row.sentence.profiles & inputs.profiles]
    rows = [*own, *_general(inputs, table)]
    if not rows:
        return None
    coolest = min(rows, key=lambda row: row.high)
    low = max((row.low for row in own or rows if row.low is not None), default=None)
    conflict = low is not None and low > coolest.high
    if conflict:
        low = coolest.low
    return Temperature(
        low=low,
        high=coolest.high,
        preferred=_preferred(rows, low, coolest.high),
        reasons=tuple(_reason(row) for row in rows)
        + tuple(Said(r.other.text, r.other.source) for r in rows if r.other),
        note=inputs.messages["aquatic.coolest"] if conflict else None,
    )


def _general(inputs: WaterInputs, table: AquaticTable) -> list[Warmth]:
    """For a chronic disease; without any, only vigorous effort asks for cool water."""
    if inputs.chronic:
        return [table.chronic]
    return [table.vigorous] if inputs.intensity.aerobic.category in _VIGOROUS else []


def _reason(row: Warmth) -> Said:
    return Said(row.sentence.text, row.sentence.source)


def _preferred(
    rows: Sequence[Warmth], low: float | None, high: float
) -> tuple[float, float] | None:
    """The cool part where sources differ, as far as everything else leaves it."""
    tops = [row.preferred_high for row in rows if row.preferred_high is not None]
    if not tops or low is None or low > min(tops):
        return None
    return low, min(*tops, high)


def find_depth(inputs: WaterInputs, table: AquaticTable) -> WaterDepth:
    """The shallowest of all rows; who is not known to swim stays where the feet reach."""
    rows = [row for row in table.depths if row.sentence.profiles & inputs.profiles]
    if inputs.case.flag(table.swim_fact) is not True:
        rows.append(table.swimming)
    at_most = min((row.depth for row in rows), key=table.order.index, default=table.order[-1])
    reasons = tuple(_depth_reason(row) for row in rows if row.depth == at_most)
    return WaterDepth(at_most, table.immersion.get(at_most), reasons)


def _depth_reason(row: Depth) -> Said:
    return Said(row.sentence.text, row.sentence.source)


def _dose(dose: MergedDose, intensity: Intensity, table: AquaticTable) -> WaterDose:
    """The dose of water, never above what the plan allows."""
    effort = intensity.aerobic.rpe_6_20
    return WaterDose(
        minutes=_capped(table.minutes, dose.minutes.high.value),
        days=_capped(table.days, dose.days.high.value),
        rpe_6_20=_capped(table.rpe_6_20, effort[1] if effort else None),
        source=table.dose_source,
    )


def _capped(pair: tuple[float, float], top: float | None) -> tuple[float, float]:
    return pair if top is None else (min(pair[0], top), min(pair[1], top))


def disagreements(
    temperature: Temperature | None,
    profiles: frozenset[str],
    table: AquaticTable,
    messages: Mapping[str, str],
) -> Iterator[Disagreement]:
    """Rows of which two sources say different things, with both and what was taken."""
    for row in table.temperatures:
        if temperature is None or row.other is None or not row.sentence.profiles & profiles:
            continue
        sides = (row.sentence, row.other)
        yield Disagreement(
            attribute=messages["aquatic.attribute"],
            sources=tuple(f"{side.text} ({side.source.mark})" for side in sides),
            resolution=messages["aquatic.resolution"].format(
                target=say_target(temperature, messages)
            ),
            policy=None,
            because=(),
        )
