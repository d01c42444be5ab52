"""Reads one item of the check of a setting, with its names checked."""

from cds.knowledge.documents import LocatedDict
from cds.model.effect import Setting
from cds.rules.effect_schemas import WHOLE
from cds.rules.references import Place, References


def read_setting(body: LocatedDict, references: References, place: Place) -> Setting | None:
    """The effect `setting`, or None when something in it was noted as a problem."""
    line = body.lines["settings"]
    if not all([place.known(line, "setting", s, references.settings) for s in body["settings"]]):
        return None
    if body["kind"] != "hard" and body["element"] != WHOLE:
        place.refuse(
            body.lines["element"],
            f"Only a hard item closes one element; a {body['kind']} one concerns the whole "
            f"setting. Write '{WHOLE}'.",
        )
        return None
    return Setting(**{**body, "settings": tuple(body["settings"])})
