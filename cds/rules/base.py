"""The rules as they are once they are loaded, and the stages that they are heard in."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct, field

from cds.model.rule import Rule

#: The stages in the turns that they are heard in: no rule learns what its own turn finds.
TURNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "definitions": ("definitions",),
        "safety": ("screening", "contraindications", "cardiac", "medications", "intensity"),
        "care": ("hiit", "prescription", "delivery", "referral"),
        "check_in": ("check_in",),
        "progression": ("progression",),
    }
)
STAGES = tuple(stage for stages in TURNS.values() for stage in stages)
#: Heard at check-ins only; a decision rests on none of their rules.
CHECK_IN_STAGES = ("check_in", "progression")
_NOTHING: Mapping[str, Rule] = MappingProxyType({})


class RuleBase(Struct, frozen=True):
    """Every active rule, by id in a fixed order, and the hash of all of them.

    `inactive` are the drafts and the retired ones: they keep their ids and never run.
    `written` are all ids that stand in a file, those of faulty rules included; `unread` are the
    topics, as stage.topic, whose file could not be read.
    """

    rules: Mapping[str, Rule]
    sha256: str
    inactive: Mapping[str, Rule] = field(default_factory=lambda: _NOTHING)
    written: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    def of_stage(self, stage: str) -> tuple[Rule, ...]:
        """The rules of one stage, ordered by id."""
        return tuple(rule for rule in self.rules.values() if rule.stage == stage)

    def may_hold(self, id_: str) -> bool:
        """Whether a rule of this id is written, or may be in a file that could not be read."""
        return id_ in self.written or id_.rpartition(".")[0] in self.unread

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())
