"""Which EHRs may launch the form, read from CDS_* like all settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cds.errors import SettingsError
from cds.hook_settings import HTTPS, listed, pairs

KNOWN = frozenset({"CDS_SMART_ISSUERS", "CDS_SMART_HOSTS"})
_CLIENT = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SmartSettings:
    """Which EHRs may launch the form; as it stands, none.

    `issuers` maps the base address of an EHR's FHIR server, without a slash at the end, to the id
    that this service has there. `hosts` are those besides the EHR's own where people sign in and
    tokens are given.
    """

    issuers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hosts: frozenset[str] = frozenset()

    @property
    def recorded(self) -> dict[str, object]:
        """What of it an auditor has to know."""
        return {"issuers": dict(self.issuers), "hosts": sorted(self.hosts)}


def read_smart_settings(environment: Mapping[str, str], public_url: str) -> SmartSettings:
    """What the environment asks for; `public_url` is this service as browsers see it.

    Raises: SettingsError naming the variable and the mend.
    """
    issuers = _issuers(environment)
    if issuers and not public_url:
        raise SettingsError(
            "CDS_SMART_ISSUERS needs CDS_PUBLIC_URL: an EHR sends people back to an address that "
            "was agreed on. Set it to this service as browsers see it."
        )
    hosts = frozenset(listed(environment, "CDS_SMART_HOSTS"))
    if not all(map(_HOST.fullmatch, hosts)):
        raise SettingsError(
            "CDS_SMART_HOSTS is not a list of hosts like login.example.org, in lower case. Who is "
            "believed about people would be a guess. Correct it or leave it out."
        )
    return SmartSettings(issuers, hosts)


def _issuers(environment: Mapping[str, str]) -> Mapping[str, str]:
    expected = (
        "like https://ehr.example.org/r4=client-id with each EHR once. Who may launch the form "
        "would be a guess"
    )
    found = pairs(environment, "CDS_SMART_ISSUERS", expected)
    issuers = {address.rstrip("/"): client for address, client in found.items()}
    sound = all(map(HTTPS.fullmatch, found)) and all(map(_CLIENT.fullmatch, found.values()))
    if not sound or len(issuers) != len(found):
        raise SettingsError(f"CDS_SMART_ISSUERS is not a list {expected}. Correct it.")
    return MappingProxyType(issuers)
