"""What the commands for API keys do."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cds.audit.opening import open_secret, open_store
from cds.cli.records import actor
from cds.errors import CdsError
from cds.secret import read_secret
from cds.settings import read_settings
from cds.trust.api_keys import ApiKeys
from cds.trust.opening import open_keys, retired_subject_keys, subject_key
from cds.trust.roles import Role, subject_id


def run_create(options: argparse.Namespace) -> int:
    """Makes a key and shows it."""
    by = actor()
    with _keys() as keys:
        token = keys.create(options.name, map(Role, options.role), by.name, by.now)
    print("This is shown once. Whoever has it has the role.", file=sys.stderr)
    print(token)
    return 0


def run_list(_: argparse.Namespace) -> int:
    """Shows every key."""
    with _keys() as keys:
        for key in keys.all():
            state = f"revoked {key.revoked}" if key.revoked else "in use"
            print(key.id, ",".join(sorted(key.roles)), key.created, state, key.name, sep="\t")
    return 0


def run_revoke(options: argparse.Namespace) -> int:
    """Ends a key."""
    by = actor()
    with _keys() as keys:
        keys.revoke(options.id, by.name, by.now)
    print(f"The key {options.id} opens nothing any more.")
    return 0


def run_whois(options: argparse.Namespace) -> int:
    """Says what records call somebody."""
    settings = read_settings(os.environ)
    issuer = options.issuer or (settings.oidc and settings.oidc.issuer)
    if not issuer:
        raise CdsError(
            "Whose subject this is, is not known: set CDS_OIDC_ISSUER or name the --issuer."
        )
    subject = sys.stdin.read().strip() if options.subject == "-" else options.subject
    secret = read_secret(settings.data_dir)
    for key in (subject_key(secret), *reversed(retired_subject_keys(secret))):
        print(subject_id(key, issuer, subject))
    return 0


@contextmanager
def _keys() -> Iterator[ApiKeys]:
    """The keys; the first is made before the service ever ran, so its data directory too."""
    settings = read_settings(os.environ)
    secret = open_secret(settings)
    store = open_store(settings, secret)
    try:
        yield open_keys(store, secret)
    finally:
        store.close()
