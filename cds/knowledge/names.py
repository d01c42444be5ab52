"""Closed lists of names with the words that a reader sees."""

from collections.abc import Mapping

from msgspec import Struct


class Names(Struct, frozen=True):
    """Teams to refer to and modalities of exercise, each with its words.

    `places` maps each modality that needs one setting to that setting.
    """

    teams: Mapping[str, str]
    modalities: Mapping[str, str]
    places: Mapping[str, str]
