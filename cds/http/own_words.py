"""What of a person's own words is understood: the words that stand in lists of the knowledge."""

import re

from cds.knowledge.base import Knowledge
from cds.stages.scene import as_id

GOALS = "goals"
_WORD = re.compile(r"[a-z0-9]+")
_SOME_NUMBER = "1"  # that there is one counts, which one does not


class OwnWords:
    """The words that choosing and setting goals look at."""

    def __init__(self, knowledge: Knowledge) -> None:
        catalogue, table = knowledge.catalogue, knowledge.goals
        movements = catalogue.movements.values()
        things = {choice for m in movements for part in m.equipment for choice in part.split("|")}
        said = catalogue.selection.words if catalogue.selection else ()
        ids = (movement.id.lower() for movement in movements)
        self._wishes = frozenset((*said, *ids, *things, *knowledge.names.modalities))
        self._names = tuple(movement.name.lower() for movement in movements)
        self._goals = frozenset((*table.vague, *(word for own in table.own for word in own.words)))

    def understood(self, kind: str, text: str) -> str:
        """The text as far as it counts; for a wish that is all of it or nothing."""
        return self._of_goal(text) if kind == GOALS else self._of_wish(text)

    def _of_goal(self, goal: str) -> str:
        words = (_SOME_NUMBER if w.isdigit() else w for w in _WORD.findall(goal.lower()))
        return " ".join(word for word in words if word in self._goals or word == _SOME_NUMBER)

    def _of_wish(self, wish: str) -> str:
        plain = as_id(wish)
        words = plain.replace("_", " ")
        known = plain in self._wishes or (plain and any(words in name for name in self._names))
        return wish if known else ""
