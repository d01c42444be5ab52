"""What the command does that serves."""

import argparse
import os
import sys

from cds.server import serve
from cds.settings import read_settings, unknown_settings


def run_serve(_: argparse.Namespace) -> int:
    """Serves until it is told to stop."""
    for name in unknown_settings(os.environ):
        print(f"{name} is not a setting of this service and is ignored.", file=sys.stderr)
    serve(read_settings(os.environ))
    return 0
