"""How many random patients each property sees; `CDS_EXAMPLES` asks for a longer search."""

import os

from hypothesis import HealthCheck, settings

_ASKED = os.environ.get("CDS_EXAMPLES")


def patients(few: int) -> settings:
    """`few` patients, the same in every run, or as many random ones as were asked for."""
    return settings(
        max_examples=int(_ASKED or few),
        derandomize=_ASKED is None,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
