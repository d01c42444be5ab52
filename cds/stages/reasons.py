"""Why each part of a component is as it is: which profile or rule asks for it or caps it."""

from collections.abc import Iterable, Iterator, Mapping

from cds.model.dose import Span
from cds.model.plan import Component, Reason
from cds.stages.components import practice_advice
from cds.stages.considered import JUDGED
from cds.stages.frame import Frame
from cds.stages.plan_text import show_names, show_range
from cds.stages.priority import Ranked

_GENERAL = ("service-policy",)


def give_reasons(component: Component, ranked: Ranked, frame: Frame) -> tuple[Reason, ...]:
    """A reason for each part of the component."""
    return (_asked(ranked, frame), *_suited(ranked, frame), *_parts(component, frame))


def _suited(ranked: Ranked, frame: Frame) -> Iterator[Reason]:
    """What the profiles say on whether water or mind-body exercise suits."""
    for profile in frame.profiles:
        said = getattr(profile, ranked.component, None) if ranked.component in JUDGED else None
        if said is not None:
            yield Reason("suitability", f"{profile.name}: {said.text}", (profile.id,))


def _asked(ranked: Ranked, frame: Frame) -> Reason:
    """Who wants this component at all."""
    name = frame.messages[f"plan.name.{ranked.component}"]
    if ranked.by:
        return _say("component", "ranked", ranked.by, frame, component=name)
    key = "named" if ranked.named else "always"
    return _say("component", key, _GENERAL, frame, component=name)


def _parts(component: Component, frame: Frame) -> Iterator[Reason]:
    if component.modality in ("aerobic", "aquatic"):
        yield from _endurance(component, frame)
    elif component.modality == "resistance":
        yield from _strength(frame)
    else:
        yield from _practice(component, frame)
    yield _say("progression", "progression", _GENERAL, frame)


def _endurance(component: Component, frame: Frame) -> Iterator[Reason]:
    dose = frame.dose
    spans = {"frequency": dose.days, "time_min": dose.minutes}
    for part, span in spans.items():
        yield _range(part, span, frame)
    yield _effort(frame)
    if component.modality == "aquatic":
        yield _say("volume", "aquatic", _GENERAL, frame)
    elif dose.weekly is not None:
        yield _range("volume", dose.weekly, frame)
    elif dose.quota_removed:
        yield _say("volume", "no_quota", dose.quota_removed, frame)
    else:
        yield _say("volume", "no_goal", dose.profiles, frame)
    if component.warm_up_min is None:
        yield _say("warm_up_min", "rationed", dose.quota_removed, frame)
        return
    length = show_range(component.warm_up_min)
    yield _say("warm_up_min", "warm_up", ("acsm-getp-11",), frame, length=length)


def _effort(frame: Frame) -> Reason:
    """The scale that governs, with who set its upper end."""
    top = frame.dose.rpe_6_20.high
    value, setters = top.value, top.by
    if frame.intensity is not None and frame.intensity.aerobic.rpe_6_20 is not None:
        value = frame.intensity.aerobic.rpe_6_20[1]
        by = [x.by for x in frame.intensity.limited_by if x.attribute == "rpe_6_20.high"]
        setters = tuple(part for each in by for part in each.split(", ")) or setters
    return _say("intensity", "at_most", setters, frame, value=f"RPE {value:g}")


def _strength(frame: Frame) -> Iterator[Reason]:
    resistance = frame.dose.resistance
    spans = {
        "frequency": resistance.days,
        "intensity": resistance.percent,
        "sets": resistance.sets,
        "repetitions": resistance.reps,
    }
    for part, span in spans.items():
        yield _range(part, span, frame)


def _practice(component: Component, frame: Frame) -> Iterator[Reason]:
    advising = tuple(id_ for id_, _ in practice_advice(component.modality, frame))
    key = "advised" if advising else "usual"
    yield _say("frequency", key, advising or _GENERAL, frame)


def _range(part: str, span: Span, frame: Frame) -> Reason:
    """The two ends of a range, each with who set it."""
    words: dict[str, str] = {
        "low": f"{span.low.value:g}",
        "high": f"{span.high.value:g}",
        "low_by": show_names(span.low.by, frame.names),
        "high_by": show_names(span.high.by, frame.names),
    }
    by = tuple(dict.fromkeys((*span.low.by, *span.high.by)))
    return Reason(part, frame.messages["plan.because.range"].format(**words), by)


def _say(part: str, key: str, by: Iterable[str], frame: Frame, **words: str) -> Reason:
    setters = tuple(by)
    filled: Mapping[str, str] = {"names": show_names(setters, frame.names), **words}
    return Reason(part, frame.messages[f"plan.because.{key}"].format(**filled), setters)
