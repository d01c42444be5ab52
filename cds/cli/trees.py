"""A tree of knowledge and rules that somebody names: a folder, or a git revision."""

import io
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cds.errors import CdsError
from cds.knowledge.files import ROOT

_FOLDERS = ("knowledge", "rules")


@contextmanager
def tree_of(name: str) -> Iterator[Path]:
    """The folder that holds `knowledge` and `rules`; that of a revision is gone afterwards.

    Raises: CdsError when it is neither.
    """
    if Path(name).is_dir():
        yield _root_in(Path(name))
        return
    archive = _archive(name)
    with tempfile.TemporaryDirectory(prefix="cds-revision-") as folder:
        # As a ZIP, of which nothing is ever written outside of the folder; Python 3.11.2, which
        # Debian 12 has, cannot promise that of a TAR.
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            packed.extractall(folder)
        yield _root_in(Path(folder))


def _root_in(folder: Path) -> Path:
    for root in (folder, folder / ROOT.name):
        if all((root / name).is_dir() for name in _FOLDERS):
            return root
    raise CdsError(f"{folder} holds no folders knowledge and rules. Name the folder that does.")


def _archive(revision: str) -> bytes:
    paths = [f"{ROOT.name}/{name}" for name in _FOLDERS]
    try:
        commit = _git(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
        return _git("archive", "--format=zip", commit.decode().strip(), "--", *paths)
    except (OSError, subprocess.CalledProcessError):
        raise CdsError(
            f"'{revision}' is neither a folder nor a git revision of {ROOT.parent} with knowledge "
            "and rules. Name one of them."
        ) from None


def _git(*arguments: str) -> bytes:
    done = subprocess.run(
        ["git", "-C", str(ROOT.parent), *arguments], check=True, capture_output=True
    )
    return done.stdout
