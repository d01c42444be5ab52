"""How long a text may be for each audience."""

from collections.abc import Mapping

from msgspec import Struct

AUDIENCES = ("clinician", "patient", "auditor")


class Audiences(Struct, frozen=True):
    """The bound of each audience's text in characters, and how many findings come first."""

    characters: Mapping[str, int]
    clinician_first: int
