"""What remains allowed beside a finding: never a movement that the same answer rules out."""

import re
from collections.abc import Collection, Sequence

from cds.knowledge.catalogue import Catalogue
from cds.model.decision import Contraindication
from cds.model.frozen import replace
from cds.stages.scene import Scene

_ID = re.compile(r"\b[A-Z]\d{2}\b")
_GENTLEST = "start"


def barred_movements(
    scene: Scene | None, tags: Collection[str], catalogue: Catalogue
) -> frozenset[str]:
    """The movements that are ruled out for the safety of the person; without a plan, by tags."""
    if scene is None:
        return frozenset(catalogue.removed_by(tags))
    return frozenset(
        movement for movement, bars in scene.bars.items() if any(bar.is_safety for bar in bars)
    )


def keep_allowed(
    found: Sequence[Contraindication], barred: Collection[str], catalogue: Catalogue
) -> tuple[Contraindication, ...]:
    """The findings without alternatives that name a barred movement."""
    return tuple(_kept(finding, barred, catalogue) for finding in found) if barred else tuple(found)


def _kept(
    finding: Contraindication, barred: Collection[str], catalogue: Catalogue
) -> Contraindication:
    left = tuple(
        said for said in finding.alternatives if not any(id_ in barred for id_ in _ID.findall(said))
    )
    if len(left) == len(finding.alternatives):
        return finding
    return replace(finding, alternatives=left or _stand_ins(barred, catalogue))


def _stand_ins(barred: Collection[str], catalogue: Catalogue) -> tuple[str, ...]:
    """The first movement of each slot that stands in and that nothing bars."""
    slots = catalogue.selection.stand_ins if catalogue.selection is not None else ()
    firsts = (
        next((m.id for m in catalogue.tried[slot, _GENTLEST] if m.id not in barred), None)
        for slot in slots
    )
    return tuple(first for first in firsts if first is not None)
