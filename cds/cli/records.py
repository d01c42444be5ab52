"""What the commands of an operator or auditor do with the records."""

import argparse
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cds.audit.erasure import About, Actor, erase, hold, release, retain
from cds.audit.export import deidentified, sealed
from cds.audit.head import Head
from cds.audit.keys import Keys
from cds.audit.opening import accept_loss, examine_record, open_store, rotate
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.errors import AuditError, CdsError, LoadError
from cds.http.audit_events import export_events
from cds.knowledge.audit_events import AuditCodes
from cds.knowledge.audit_events_file import load_audit_events
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.secret import SUBJECTS, Secret, pseudonym, read_secret
from cds.settings import Settings, read_settings

FAULTY = 1


def run_verify(options: argparse.Namespace) -> int:
    """Checks every record."""
    settings = read_settings(os.environ)
    lines = [line for path in options.checkpoints for line in _lines(path)]
    found = examine_record(settings, installed_secret(settings), lines)
    if found.fault is not None:
        print(f"Record {found.fault.seq}: {found.fault.what}.", file=sys.stderr)
        return FAULTY
    print(
        f"All {found.records} records hold, and the {found.checkpoints} checkpoints of them. "
        f"The last has the hash {found.head}."
    )
    return 0


def run_checkpoint(_: argparse.Namespace) -> int:
    """Signs what there is."""
    with open_record() as store:
        print(_seal(store))
    return 0


def _seal(store: Store) -> str:
    """A checkpoint of what there is, signed and kept, as a line to be carried elsewhere."""
    settings = read_settings(os.environ)
    keys = Keys(*installed_secret(settings).parts)
    made = store.checkpoint(_now())
    Head(settings.data_dir, keys).keep(made)
    return made.signed(keys)


def run_export(options: argparse.Namespace) -> int:
    """Writes the records out."""
    settings = read_settings(os.environ)
    keys = Keys(*installed_secret(settings).parts)
    with open_record() as store:
        if options.fhir:
            days = (None, None)
            sys.stdout.writelines(export_events(store, _codes(), actor().name, _now(), days))
            return 0
        # Before anything leaves: that it was exported is part of the record.
        body = {"by": actor().name, "sealed": options.sealed}
        store.append(Draft("export", body, _now(), "", sealed=False))
        for line in sealed(store, keys, _now()) if options.sealed else deidentified(store):
            print(line)
    return 0


def run_erase(options: argparse.Namespace) -> int:
    """Destroys the keys of a person."""
    with open_record() as store:
        count = erase(store, _about(options), actor())
    print(f"{count} keys were destroyed. What they sealed cannot be read again.")
    return 0


def run_hold(options: argparse.Namespace) -> int:
    """Forbids their erasure."""
    with open_record() as store:
        print(f"{hold(store, _about(options), actor())} keys are held.")
    return 0


def run_release(options: argparse.Namespace) -> int:
    """Allows it again."""
    with open_record() as store:
        print(f"{release(store, _about(options), actor())} keys are released.")
    return 0


def run_retain(options: argparse.Namespace) -> int:
    """Counts or destroys what was kept too long."""
    years = read_settings(os.environ).retention_years
    with open_record() as store:
        count, held = retain(store, years, actor(), dry_run=not options.destroy)
        sealed_up = _seal(store) if options.destroy and count else None
    done = "were" if options.destroy else "would be"
    print(f"{count} keys of records older than {years} years {done} destroyed; {held} are held.")
    if sealed_up:
        print(sealed_up)
    return 0


def run_accept_loss(_: argparse.Namespace) -> int:
    """Goes on without what was lost."""
    settings = read_settings(os.environ)
    lost = accept_loss(settings, installed_secret(settings), actor().name, _now())
    if lost is None:
        print("Nothing is lost: the database holds all that the head says.")
        return 0
    print(f"Accepted and recorded: what came up to record {lost.size} is not all there any more.")
    return 0


def run_rotate_secret(_: argparse.Namespace) -> int:
    """Puts a new secret to use."""
    settings, by = read_settings(os.environ), actor()
    keys = rotate(settings, installed_secret(settings), by.name, by.now)
    print(
        "A new secret is in use and what was there before stays readable. Now start the service "
        "again, on every host with a copy of the file 'secret', and back that file up. Sessions "
        f"of browsers have ended. Whoever verifies needs the public key {keys.public}."
    )
    return 0


def _codes() -> AuditCodes:
    """How kinds are told in FHIR: no rule is needed to export."""
    problems = Problems()
    codes = load_audit_events(ROOT, problems)
    if codes is None:
        raise LoadError(problems.found)
    return codes


@contextmanager
def open_record() -> Iterator[Store]:
    """The record of this installation.

    Raises: AuditError when there is none.
    """
    settings = read_settings(os.environ)
    store = open_store(settings, installed_secret(settings))
    try:
        yield store
    finally:
        store.close()


def installed_secret(settings: Settings) -> Secret:
    """The secret that is there: a new one would read nothing."""
    if not (settings.data_dir / "secret").exists():
        raise AuditError(
            f"There is no record in {settings.data_dir}. Set CDS_DATA_DIR to the directory of the "
            "service."
        )
    return read_secret(settings.data_dir)


def _about(options: argparse.Namespace) -> About:
    if options.decision is not None:
        return About(record_id=options.decision)
    id = sys.stdin.read().strip() if options.subject == "-" else options.subject
    secret = installed_secret(read_settings(os.environ))
    before = tuple(pseudonym(key, id) for key in secret.derive_retired(SUBJECTS))
    return About(subject=pseudonym(secret.derive(SUBJECTS), id), known_as=before)


def actor() -> Actor:
    """Whoever gives the command."""
    return Actor(getpass.getuser(), _now())


def _now() -> datetime:
    return datetime.now(UTC)


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        raise CdsError(f"{path} cannot be read.") from None
