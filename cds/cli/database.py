"""The commands for the file of an SQLite record: back it up, encrypt it, decrypt it."""

import argparse
import os
from pathlib import Path
from typing import Any

from cds.audit.backup import back_up
from cds.audit.file_key import SETTING, file_key_of
from cds.audit.rekeying import change_file_key
from cds.cli.records import actor, installed_secret
from cds.settings import read_settings


def add_database_commands(verbs: Any) -> None:
    """Adds `backup` and `encrypt-database` to the subparsers of the command line."""
    copy = verbs.add_parser("backup", help="copy the record's file while the service runs")
    copy.add_argument("file", type=Path, help="the copy, which must not be there yet")
    copy.set_defaults(run=_back_up)
    move = verbs.add_parser(
        "encrypt-database", help=f"rewrite the record's file under the key of {SETTING}"
    )
    move.add_argument("--from", dest="before", type=Path, help="the file of the key until now")
    move.set_defaults(run=_encrypt)


def _back_up(options: argparse.Namespace) -> int:
    back_up(read_settings(os.environ), options.file)
    return 0


def _encrypt(options: argparse.Namespace) -> int:
    settings, by = read_settings(os.environ), actor()
    until_now = read_settings({**os.environ, SETTING: str(options.before or "")})
    after = file_key_of(settings)
    change_file_key(until_now, installed_secret(settings), after, by.name, by.now)
    if after is None:
        print("The record is not encrypted any more.")
        return 0
    print(
        f"The record is encrypted with the key {after.id}. Keep a copy of the key apart from the "
        "backups: without it nothing opens the record. Backups of before are as they were."
    )
    return 0
