"""What the commands do with the file of an SQLite record: back it up, encrypt it, decrypt it."""

import argparse
import os

from cds.audit.backup import back_up
from cds.audit.file_key import SETTING, file_key_of
from cds.audit.rekeying import change_file_key
from cds.cli.records import actor, installed_secret
from cds.settings import read_settings


def run_backup(options: argparse.Namespace) -> int:
    """Copies the file."""
    back_up(read_settings(os.environ), options.file)
    return 0


def run_encrypt_database(options: argparse.Namespace) -> int:
    """Rewrites the file under another key, or none."""
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
