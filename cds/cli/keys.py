"""The commands for API keys: create, list, revoke, and whose pseudonym a record holds."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cds.audit.opening import open_secret, open_store
from cds.cli.records import actor
from cds.errors import CdsError
from cds.secret import read_secret
from cds.settings import read_settings
from cds.trust.api_keys import ApiKeys
from cds.trust.opening import open_keys, retired_subject_keys, subject_key
from cds.trust.roles import Role, subject_id


def add_key_commands(verbs: Any) -> None:
    """Adds `keys` to the subparsers of the command line."""
    keys = verbs.add_parser("keys", help="make, list and revoke API keys")
    does = keys.add_subparsers(required=True, metavar="WHAT")
    create = _add(does, "create", "make a key and show it once", _create)
    create.add_argument(
        "--role", action="append", required=True, choices=[role.value for role in Role]
    )
    create.add_argument("--name", required=True, help="the system or post that uses it, no person")
    _add(does, "list", "every key that was ever made", _list)
    revoke = _add(does, "revoke", "end a key and its sessions", _revoke)
    revoke.add_argument("id")
    who = _add(does, "whois", "what records call the subject of a token", _whois)
    who.add_argument("--issuer", help="the claim 'iss', when it is not CDS_OIDC_ISSUER")
    who.add_argument("subject", help="the claim 'sub'; or - for standard input")


def _add(
    does: Any, name: str, help_: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = does.add_parser(name, help=help_)
    parser.set_defaults(run=run)
    return parser


def _create(options: argparse.Namespace) -> int:
    by = actor()
    with _keys() as keys:
        token = keys.create(options.name, map(Role, options.role), by.name, by.now)
    print("This is shown once. Whoever has it has the role.", file=sys.stderr)
    print(token)
    return 0


def _list(_: argparse.Namespace) -> int:
    with _keys() as keys:
        for key in keys.all():
            state = f"revoked {key.revoked}" if key.revoked else "in use"
            print(key.id, ",".join(sorted(key.roles)), key.created, state, key.name, sep="\t")
    return 0


def _revoke(options: argparse.Namespace) -> int:
    by = actor()
    with _keys() as keys:
        keys.revoke(options.id, by.name, by.now)
    print(f"The key {options.id} opens nothing any more.")
    return 0


def _whois(options: argparse.Namespace) -> int:
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
