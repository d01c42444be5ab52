"""Reads what a row of the progression table does to the dose, with its units and signs checked."""

from msgspec import Struct

from cds.knowledge.documents import LocatedDict
from cds.model.effect import Direction, DoseChange, Progress
from cds.rules.effect_schemas import DOSE_UNITS
from cds.rules.references import Place

# What must go down, or up: a row that regresses may not add, one that progresses adds something.
_DOWN = (Direction.REGRESS,)
_UP = (Direction.PROGRESS,)


class ProgressReader(Struct, frozen=True):
    """Reads the effect `progress`."""

    place: Place

    def read(self, body: LocatedDict) -> Progress | None:
        """The effect, or None when something in it was noted as a problem."""
        direction, before = Direction(body["direction"]), len(self.place.problems.found)
        changes = tuple(self._change(change, direction) for change in body.get("dose", ()))
        if direction in (*_DOWN, *_UP) and not changes:
            self.place.refuse(
                body.lines["direction"],
                f"'{direction}' says nothing without by how much. Add 'dose'.",
            )
        if len(self.place.problems.found) > before:
            return None
        return Progress(direction, body["action"], changes, body["message"], body.get("rescreen"))

    def _change(self, change: LocatedDict, direction: Direction) -> DoseChange:
        low, high = float(change["low"]), float(change["high"])
        units = DOSE_UNITS[change["attribute"]]
        if change["unit"] not in units:
            self.place.refuse(
                change.lines["unit"],
                f"'{change['attribute']}' changes by {' or '.join(units)}, not by this unit. "
                "Correct one of them.",
            )
        if low > high:
            self.place.refuse(
                change.lines["low"],
                "'low' is above 'high', so no change lies between them. Swap them.",
            )
        self._check_sign(change, direction)
        return DoseChange(change["attribute"], low, high, change["unit"])

    def _check_sign(self, change: LocatedDict, direction: Direction) -> None:
        if direction in _DOWN and change["high"] >= 0:
            self.place.refuse(
                change.lines["high"],
                "A row that regresses lowers the dose, and this does not. Write it below 0.",
            )
        if direction in _UP and change["high"] <= 0:
            self.place.refuse(
                change.lines["high"],
                "A row that progresses raises the dose, and this does not. Write it above 0.",
            )
