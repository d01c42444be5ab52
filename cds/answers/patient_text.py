"""For the patient: plain and short, without ids, and without a value that would alarm."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.knowledge.base import Knowledge
from cds.model.audience import Section
from cds.model.decision import Disposition

Json = Mapping[str, Any]
_GOING_ON = (Disposition.PROCEED.value, Disposition.PROCEED_WITH_LIMITS.value)


def patient_sections(decision: Json, knowledge: Knowledge) -> Iterator[Section]:
    """What was decided; what to do and how hard only where exercise goes on."""
    say, disposition = knowledge.messages, decision["disposition"]
    yield Section("", (say[f"patient.{disposition}"],))
    if disposition == Disposition.EMERGENCY.value:
        return
    if disposition in _GOING_ON:
        yield from _going_on(decision, knowledge)
        yield Section(say["patient.stopping"], (say["patient.stop"],))
    if decision["missing"]:
        yield Section(say["patient.asking"], (say["patient.ask"],))
    yield Section("", (say["patient.notice"],))


def _going_on(decision: Json, knowledge: Knowledge) -> Iterator[Section]:
    say, plan = knowledge.messages, decision["plan"]
    if plan is None:
        yield Section("", (say["patient.no_plan"],))
        return
    doses = tuple(_dose(component, knowledge) for component in plan["components"])
    yield Section(say["patient.doing"], doses)
    category = decision["intensity"]["aerobic"]["category"]
    if category:
        yield Section(say["patient.effort"], (say[f"patient.effort.{category}"],))
    if plan["avoided"]:
        yield Section(say["patient.leaving_out"], (say["patient.leave_out"],))


def _dose(component: Json, knowledge: Knowledge) -> str:
    say, modality = knowledge.messages, component["modality"]
    named = knowledge.names.modalities.get(modality, modality.replace("_", " ")).capitalize()
    minutes = component["time_min"]
    return say["patient.doses"].format(
        what=say.get(f"patient.kind.{modality}", named),
        days=_range(component["frequency"], say),
        minutes=say["patient.minutes"].format(minutes=_range(minutes, say)) if minutes else "",
    )


def _range(pair: Sequence[float], say: Mapping[str, str]) -> str:
    low, high = pair
    return f"{low:g}" if low == high else say["patient.range"].format(low=low, high=high)
