"""What remains allowed beside a finding: never a movement that the same answer rules out."""

import re
from collections.abc import Collection, Sequence, Set
from functools import lru_cache

from msgspec.structs import replace

from cds.knowledge.catalogue import Catalogue
from cds.model.decision import Contraindication
from cds.stages.scene import Scene

_ID = re.compile(r"\b[A-Z]\d{2}\b")
_GENTLEST = "start"
#: More than the alternatives that rules name.
_MOST_KEPT = 4096


def barred_movements(
    scene: Scene | None, tags: Collection[str], catalogue: Catalogue
) -> frozenset[str]:
    """The movements that are ruled out for the safety of the person; without a plan, by tags."""
    return frozenset(catalogue.removed_by(tags)) if scene is None else scene.unsafe


def keep_allowed(
    found: Sequence[Contraindication], barred: Set[str], catalogue: Catalogue
) -> tuple[Contraindication, ...]:
    """The findings without alternatives that name a barred movement."""
    return tuple([_kept(finding, barred, catalogue) for finding in found] if barred else found)


def _kept(finding: Contraindication, barred: Set[str], catalogue: Catalogue) -> Contraindication:
    left = tuple([said for said in finding.alternatives if barred.isdisjoint(_named(said))])
    if len(left) == len(finding.alternatives):
        return finding
    return replace(finding, alternatives=left or _stand_ins(barred, catalogue))


@lru_cache(_MOST_KEPT)
def _named(said: str) -> tuple[str, ...]:
    """The movements that an alternative names."""
    return tuple(_ID.findall(said))


def _stand_ins(barred: Set[str], catalogue: Catalogue) -> tuple[str, ...]:
    """The first movement of each slot that stands in and that nothing bars."""
    slots = catalogue.selection.stand_ins if catalogue.selection is not None else ()
    firsts = (
        next((m.id for m in catalogue.tried[slot, _GENTLEST] if m.id not in barred), None)
        for slot in slots
    )
    return tuple(first for first in firsts if first is not None)
