"""An export from the question to its files; each step finds what an interrupted one has done."""

import json
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from cds.bulk.access import Access
from cds.bulk.manifest import File, Manifest, read_manifest
from cds.bulk.server import BulkServer
from cds.bulk.source import Source, read_source
from cds.bulk.state import State, Step, read_state, write_state
from cds.bulk.waiting import Clock, wait
from cds.ehr.connection import FetchError
from cds.errors import CdsError
from cds.fhir.intake import TYPES_READ
from cds.population.folder import Folder, hold_folder
from cds.population.progress import Progress
from cds.settings import Settings
from cds.smart.client_keys import read_client_keys

_NOT_GRANTED = "not-granted.ndjson"
#: O: bytes of all files together.
_MOST_BYTES = 200_000_000_000
_CHANGED = (
    "The server tells of another export at the same place. Name a new folder with --out, or delete "
    "this one, to ask for another."
)
_BROKEN = "{name} of the export could not be fetched ({why}). The same command goes on from here."
_SHORT = (
    "{name} of the export holds {lines:,} resources where the server promises {count:,}. The same "
    "command fetches it anew."
)
_EMPTY = (
    "The export of {address} holds no patient. Look on the server whether this service may see "
    "any, then name a new folder with --out."
)
_HELD = (
    "The server did not confirm that it deleted the export. The same command asks again; else it "
    "deletes it in its own time."
)


class Fetched(Struct, frozen=True):
    """Where the files of the export are, and as of when; `note` says what is left to do."""

    where: Path
    address: str
    moment: str
    note: str | None


def fetch_export(
    address: str, settings: Settings, out: Path, progress: Progress, clock: Clock | None = None
) -> Fetched:
    """Brings the export of a server into the folder of the run, or goes on with it.

    Raises: CdsError; each says what to do, and what was done is kept.
    """
    source = read_source(address, settings)
    keys = read_client_keys(settings.smart.client_keys)
    with hold_folder(out) as folder:
        state = read_state(folder, source)
        access = Access(source, keys, state.types if state else TYPES_READ)
        server = BulkServer(source, access)
        if state is None:
            state = _ask(source, server, access, folder)
        if state.step is Step.ASKED:
            manifest = read_manifest(
                wait(server, state.where or "", progress, clock or Clock()), state.types, source
            )
            state = _fetch(server, manifest, state, folder, progress)
        if state.where and server.end(state.where):
            state = _noted(folder, replace(state, step=Step.ENDED, where=None))
        if not any(folder.export.glob("Patient.*")):
            raise CdsError(_EMPTY.format(address=state.address))
        note = _HELD if state.where else None
        return Fetched(folder.export, state.address, state.moment or "", note)


def _ask(source: Source, server: BulkServer, access: Access, folder: Folder) -> State:
    granted = access.granted()
    folder.export.mkdir(mode=0o700, exist_ok=True)
    if lacking := sorted(TYPES_READ - granted):
        Folder(folder.export).write(_NOT_GRANTED, "".join(map(_outcome, lacking)))
    types = tuple(sorted(granted))
    return _noted(folder, State(source.address, types, Step.ASKED, server.kick_off(types)))


def _outcome(type_: str) -> str:
    """What is not granted is told as the export tells what it leaves out."""
    said = f"The server grants no access to {type_}, so nothing of that kind is known."
    issue = {"severity": "warning", "code": "forbidden", "diagnostics": said}
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}) + "\n"


def _noted(folder: Folder, state: State) -> State:
    write_state(folder, state)
    return state


def _fetch(
    server: BulkServer, manifest: Manifest, state: State, folder: Folder, progress: Progress
) -> State:
    if state.moment not in (None, manifest.moment):
        raise CdsError(_CHANGED)
    state = _noted(folder, replace(state, moment=manifest.moment))
    _bring_all(server, manifest, Folder(folder.export), progress)
    return _noted(folder, replace(state, step=Step.FETCHED))


def _bring_all(server: BulkServer, manifest: Manifest, export: Folder, progress: Progress) -> None:
    size = 0
    progress.begin("fetching", "files", len(manifest.files))
    for done, file in enumerate(manifest.files, 1):
        there = export.path / file.name
        if not there.exists():
            _bring(server, manifest, file, export, _MOST_BYTES - size)
        size += there.stat().st_size
        progress.at(done)
    progress.end()


def _bring(server: BulkServer, manifest: Manifest, file: File, export: Folder, most: int) -> None:
    """Fetches one file as a whole or not at all."""
    with export.writing(file.name) as aside:
        try:
            pieces = server.pieces(file, needs_token=manifest.needs_token)
            lines = _save(aside, pieces, most)
        except FetchError as error:
            why = f"status {error.status}" if error.status else error.message.rstrip(".")
            raise CdsError(_BROKEN.format(name=file.name, why=why)) from None
        if file.count is not None and lines < file.count:
            raise CdsError(_SHORT.format(name=file.name, lines=lines, count=file.count))


def _save(path: Path, pieces: Generator[bytes, None, None], most: int) -> int:
    """How many lines are written."""
    size, lines, last = 0, 0, b"\n"
    with path.open("wb") as file, closing(pieces):
        for piece in pieces:
            file.write(piece)
            size, lines, last = size + len(piece), lines + piece.count(b"\n"), piece[-1:]
            if size > most:
                raise FetchError("The files are too large together")
    return lines + (last != b"\n")
