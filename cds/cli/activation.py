"""What the command of a rule manager does: it puts the knowledge of this software to use."""

import argparse
import getpass
import os
import sys
from contextlib import closing
from datetime import UTC, datetime

from cds.audit.knowledge_store import put_knowledge
from cds.audit.opening import open_secret, open_store
from cds.http.loading import load_kept_core
from cds.kept import Kept
from cds.knowledge.files import ROOT
from cds.settings import read_settings
from cds.trust.activation import activate
from cds.trust.opening import open_keys


def run_activate(_: argparse.Namespace) -> int:
    """Puts the knowledge of this software to use."""
    settings = read_settings(os.environ)
    secret = open_secret(settings)
    # Only what is sound is put to use; the service then starts with what was found so here.
    kept = Kept(settings.data_dir, secret.derive("knowledge"))
    sha256 = load_kept_core(kept, settings.policies).knowledge_sha256
    with closing(open_store(settings, secret)) as store:
        put_knowledge(store, ROOT, sha256)
        keys = open_keys(store, secret)
        done = activate(store, keys, _token(), sha256, datetime.now(UTC))
    state = "is in use from the next start of the service" if done else "was in use already"
    print(f"The knowledge {sha256[:12]} {state}.")
    return 0


def _token() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Key of a rule manager: ").strip()
    return sys.stdin.read().strip()
