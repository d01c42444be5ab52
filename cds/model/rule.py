"""A rule as loaded: when this is known, then that, because of this evidence."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from msgspec import Struct

from cds.errors import Location
from cds.model.condition import Condition, leaves
from cds.model.consequence import Consequence, consequences
from cds.model.effect import Define, Effect


class Mark(StrEnum):
    """How well a figure was checked: in a published page, professional knowledge, our choice."""

    VERIFIED = "V"
    KNOWLEDGE = "K"
    OPERATIONAL = "O"


class IfUnknown(StrEnum):
    """What an unknown truth of the rule does.

    apply: the limit holds as if the rule had fired (the cautious reading), and is asked for;
    require: no prescription until it is known; ask: asked for, does not block;
    assume: taken as not fired, and listed as an assumption with what it would change.
    """

    APPLY = "apply"
    REQUIRE = "require"
    ASK = "ask"
    ASSUME = "assume"


class Evidence(Struct, frozen=True):
    """One citation for one rule, with its locator and how well it was checked."""

    citation: str
    locator: str
    mark: Mark
    direction: str = "for"
    strength: str = "not_stated"
    certainty: str = "not_stated"
    page: str | None = None


class Topic(Struct, frozen=True):
    """The file that holds the rule: one clinical topic, with its governance."""

    stage: str
    topic: str
    version: str
    status: str
    clinical_sign_off: str
    author: str
    dated: date
    review_due: date
    description: str
    use: str
    misuse: str
    path: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `reference` names the rows of the clinical reference that it carries.

    `stage` is where it runs, `facts` are the facts that its condition reads, in written order;
    `defines` are the flags that it sets, `changes` what hangs on its truth.
    """

    id: str
    title: str
    topic: Topic
    reference: tuple[str, ...]
    if_unknown: IfUnknown
    when: Condition
    then: tuple[Effect, ...]
    because: str
    evidence: tuple[Evidence, ...]
    limitations: str
    location: Location
    sha256: str

    stage: str = field(init=False, compare=False)
    facts: tuple[str, ...] = field(init=False, compare=False)
    defines: tuple[str, ...] = field(init=False, compare=False)
    changes: tuple[Consequence, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        # Every decision asks for them, so they are gathered once; the rule stays immutable.
        object.__setattr__(self, "stage", self.topic.stage)
        read = tuple(dict.fromkeys(leaf.fact for leaf in leaves(self.when)))
        object.__setattr__(self, "facts", read)
        defines = tuple(effect.fact for effect in self.then if isinstance(effect, Define))
        object.__setattr__(self, "defines", defines)
        required = self.if_unknown is IfUnknown.REQUIRE
        object.__setattr__(self, "changes", consequences(self.then, required=required))

    @property
    def version(self) -> str:
        """The version of its topic."""
        return self.topic.version
