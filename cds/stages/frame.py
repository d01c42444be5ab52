"""What every component of a plan is built from."""

from collections.abc import Mapping
from dataclasses import dataclass

from cds.model.dose import MergedDose, Span
from cds.model.intensity import Intensity
from cds.model.plan import Pair, Preferences
from cds.model.profile import Profile, Range
from cds.stages.plan_text import Messages, pair_of, show_range


@dataclass(frozen=True, slots=True)
class Frame:
    """What every component is built from. `profiles` give the words, ceilings included."""

    dose: MergedDose
    intensity: Intensity | None
    preferences: Preferences
    profiles: tuple[Profile, ...]
    constants: Mapping[str, Range]
    messages: Messages
    components: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]

    def constant(self, name: str) -> Pair:
        """A number that every profile shares, as a range."""
        constant = self.constants[name]
        return constant.low, constant.high


def times(one: Pair, other: Pair) -> Pair:
    """Two ranges multiplied, lower with lower and upper with upper."""
    return one[0] * other[0], one[1] * other[1]


def how_to_go_on(component: str, frame: Frame) -> str:
    """How to go on: what the profiles that rank this component first say, else in general."""
    step = show_range(frame.constant("load_step"))
    general = frame.messages[f"plan.progression.{component}"].format(step=step)
    own = [profile.progression_step or "" for profile in stepping(component, frame)]
    return " ".join(dict.fromkeys([*own, general]))


def stepping(component: str, frame: Frame) -> list[Profile]:
    """The profiles that rank this component first and say how it goes on."""
    covered = frame.components[component]
    return [
        profile
        for profile in frame.profiles
        if profile.id in frame.dose.profiles
        and profile.progression_step
        and profile.priority_modalities[0] in covered
    ]


def days_of(span: Span, preferences: Preferences) -> Pair:
    return days_pair(pair_of(span), preferences)


def days_pair(days: Pair, preferences: Preferences) -> Pair:
    """The plan never uses more days than the person has."""
    if preferences.days is None:
        return days
    return min(days[0], preferences.days), min(days[1], preferences.days)
