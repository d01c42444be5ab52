"""The folder of a run: what run it holds, how far that is, and that only one process writes.

While a run goes on `run.json` says of what, `work/` holds the spill and what is done;
`summary.json`, written last, says that the run is whole.
"""

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from cds.errors import CdsError

_RUN, _LOCK, _WORK, _EXPORT = "run.json", ".lock", "work", "export"
SUMMARY = "summary.json"
_OURS = frozenset({_WORK, _EXPORT})
_MEANS = {
    "files": "the input (its files, their sizes or times)",
    "evaluation_date": "the evaluation date",
    "knowledge": "the knowledge and rules",
    "software": "the version of the software",
    "site_policies": "CDS_POLICIES",
    "record": "--record",
}


class Folder(Struct, frozen=True):
    """A folder that this process may write."""

    path: Path

    @property
    def work(self) -> Path:
        """What is needed until the run is whole."""
        return self.path / _WORK

    @property
    def export(self) -> Path:
        """The files of an export that was asked for here; they stay, as the results name places."""
        return self.path / _EXPORT

    @property
    def spill(self) -> Path:
        """The resources by patient."""
        return self.work / "patients.sqlite3"

    @property
    def is_whole(self) -> bool:
        """Whether the run is finished."""
        return (self.path / SUMMARY).exists()

    def begun(self) -> Mapping[str, Any] | None:
        """What run the folder holds.

        Raises: CdsError when it holds something else.
        """
        try:
            found: dict[str, Any] = json.loads((self.path / _RUN).read_text(encoding="utf-8"))
            return found
        except FileNotFoundError:
            names = sorted(entry.name for entry in self.path.iterdir())
            if others := [n for n in names if n not in _OURS and not n.startswith(".")]:
                raise CdsError(
                    f"{self.path} holds {others[0]} and no run of this command. Name a new or an "
                    "empty folder with --out."
                ) from None
            return None
        except (OSError, ValueError):
            raise CdsError(
                f"{self.path / _RUN} cannot be read. Name a new folder with --out."
            ) from None

    def begin(self, about: Mapping[str, Any]) -> str:
        """Begins the run, or goes on with it; returns the id of the run.

        Raises: CdsError when the folder holds another run.
        """
        held = self.begun()
        if held is not None:
            plain = json.loads(json.dumps(about))
            other = [means for name, means in _MEANS.items() if held.get(name) != plain[name]]
            if other:
                raise CdsError(
                    f"{self.path} holds another run: {' and '.join(other)} differ. Name a new "
                    "folder with --out, or delete this one."
                )
            return str(held["run"])
        run = uuid.uuid4().hex
        self.write(_RUN, json.dumps({"run": run, **about}, indent=1) + "\n")
        return run

    def write(self, name: str, text: str) -> None:
        """Writes a file of the results as a whole or not at all."""
        with self.writing(name) as aside:
            aside.write_text(text, encoding="utf-8")

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Where to write that file; it is brought to the disk and takes its name at the end."""
        aside = self.path / f".{name}.new"
        yield aside
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(self.path / name)

    def clear(self) -> None:
        """Removes what is not needed any more."""
        shutil.rmtree(self.work, ignore_errors=True)


@contextmanager
def hold_folder(path: Path) -> Iterator[Folder]:
    """The folder, for this process alone; it is made when there is none, closed to others.

    Raises: CdsError when it cannot be made, or another run writes it.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Such a lock is not inherited: it goes with this process, however that ends.
        with (path / _LOCK).open("w") as lock:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CdsError(
                    f"Another run writes {path}. Wait for it, or name another folder with --out."
                ) from None
            folder = Folder(path)
            folder.begun()
            folder.work.mkdir(mode=0o700, exist_ok=True)
            yield folder
    except OSError as error:
        raise CdsError(
            f"{error.filename or path} cannot be written: {error.strerror}. Mend it, or name "
            "another folder with --out; what was done is kept."
        ) from None
