"""How far an export is, in a file beside the run, so that nothing is asked for a second time."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from cds.bulk.source import Source
from cds.errors import CdsError
from cds.population.folder import Folder

_NAME = ".export.json"


class Step(StrEnum):
    """What was done last."""

    ASKED = "asked"
    FETCHED = "fetched"
    ENDED = "ended"


class State(Struct, frozen=True):
    """An export: of whom, which types, where the server tells of it, as of when its data are.

    `where` is None once the server holds it no longer.
    """

    address: str
    types: tuple[str, ...]
    step: Step
    where: str | None
    moment: str | None = None


def write_state(folder: Folder, state: State) -> None:
    """Keeps the state. No token is in it."""
    folder.write(_NAME, json.dumps(asdict(state), indent=1) + "\n")


def read_state(folder: Folder, source: Source) -> State | None:
    """The export of this source that the folder holds; None before it was asked for.

    Raises: CdsError when the folder holds something else.
    """
    try:
        told: Mapping[str, Any] = json.loads((folder.path / _NAME).read_text(encoding="utf-8"))
        state = State(**{**told, "types": tuple(told["types"]), "step": Step(told["step"])})
    except FileNotFoundError:
        if folder.begun() is None:
            return None
        raise CdsError(
            f"{folder.path} holds a run over files that nobody asked a server for. Name a new "
            "folder with --out."
        ) from None
    except (OSError, ValueError, TypeError, KeyError):
        raise CdsError(
            f"{folder.path / _NAME} cannot be read. Name a new folder with --out."
        ) from None
    if state.address != source.address:
        raise CdsError(f"{folder.path} holds an export of {state.address}. Name a new folder.")
    return state
