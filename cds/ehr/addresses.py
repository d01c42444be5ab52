"""Addresses that a server names: followed only over https and to hosts that were listed before."""

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit


def address_on(hosts: Collection[str], text: object) -> SplitResult | None:
    """The address, when it is https on one of the hosts and nothing but that; else None."""
    try:
        found = urlsplit(text) if isinstance(text, str) else None
        if found is None or found.port == 0:
            return None
    except ValueError:
        return None
    plain = "@" not in found.netloc and not found.fragment and found.geturl().isascii()
    return found if found.scheme == "https" and found.hostname in hosts and plain else None
