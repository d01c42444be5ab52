"""What every component of a plan is built from."""

from collections.abc import Mapping

from msgspec import Struct

from cds.model.dose import MergedDose, Span
from cds.model.intensity import Intensity
from cds.model.plan import Pair, Preferences
from cds.model.profile import Profile, Range
from cds.stages.plan_text import Messages, pair_of, show_range


class Frame(Struct, frozen=True):
    """What every component is built from. `profiles` give the words, ceilings included.

    `names` are the profiles' names.
    """

    dose: MergedDose
    intensity: Intensity | None
    preferences: Preferences
    profiles: tuple[Profile, ...]
    constants: Mapping[str, Range]
    messages: Messages
    names: Mapping[str, str]

    def constant(self, name: str) -> Pair:
        """A number that every profile shares, as a range."""
        constant = self.constants[name]
        return constant.low, constant.high


def times(one: Pair, other: Pair) -> Pair:
    """Two ranges multiplied, lower with lower and upper with upper."""
    return one[0] * other[0], one[1] * other[1]


def how_to_go_on(component: str, frame: Frame) -> str:
    """How to go on in general; what each profile says stands beside the components."""
    step = show_range(frame.constant("load_step"))
    return frame.messages[f"plan.progression.{component}"].format(step=step)


def days_of(span: Span, preferences: Preferences) -> Pair:
    return days_pair(pair_of(span), preferences)


def days_pair(days: Pair, preferences: Preferences) -> Pair:
    """The plan never uses more days than the person has."""
    if preferences.days is None:
        return days
    return min(days[0], preferences.days), min(days[1], preferences.days)
