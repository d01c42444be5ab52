"""Which EHRs may launch the form and are asked for exports, read from CDS_* like all settings."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct, field

from cds.errors import SettingsError
from cds.hook_settings import HTTPS, listed, pairs

KNOWN = frozenset(
    {
        "CDS_SMART_ISSUERS",
        "CDS_SMART_HOSTS",
        "CDS_CLIENT_KEYS",
        "CDS_BULK_SERVERS",
        "CDS_BULK_HOSTS",
    }
)
_CLIENT = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?", re.ASCII)


class SmartSettings(Struct, frozen=True):
    """Which EHRs may launch the form and are asked for exports; as it stands, none.

    `issuers` maps the base address of an EHR's FHIR server, without a slash at the end, to the id
    that this service has there. `hosts` are those besides the EHR's own where people sign in and
    tokens are given. `bulk_servers` and `bulk_hosts` are the same for exports; their hosts may hold
    the files too. `client_keys` is the file of the keys that prove who this service is.
    """

    issuers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hosts: frozenset[str] = frozenset()
    client_keys: Path | None = None
    bulk_servers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    bulk_hosts: frozenset[str] = frozenset()

    @property
    def recorded(self) -> dict[str, object]:
        """What of it an auditor has to know."""
        return {
            "issuers": dict(self.issuers),
            "hosts": sorted(self.hosts),
            "client_keys": self.client_keys and str(self.client_keys),
            "bulk_servers": dict(self.bulk_servers),
            "bulk_hosts": sorted(self.bulk_hosts),
        }


def read_smart_settings(environment: Mapping[str, str], public_url: str) -> SmartSettings:
    """What the environment asks for; `public_url` is this service as browsers see it.

    Raises: SettingsError naming the variable and the mend.
    """
    issuers = _servers(environment, "CDS_SMART_ISSUERS", "Who may launch the form")
    if issuers and not public_url:
        raise SettingsError(
            "CDS_SMART_ISSUERS needs CDS_PUBLIC_URL: an EHR sends people back to an address that "
            "was agreed on. Set it to this service as browsers see it."
        )
    client_keys = environment.get("CDS_CLIENT_KEYS", "").strip()
    bulk_servers = _servers(environment, "CDS_BULK_SERVERS", "Who is asked for patients")
    if bulk_servers and not client_keys:
        raise SettingsError(
            "CDS_BULK_SERVERS needs CDS_CLIENT_KEYS: a server gives an export to whoever proves "
            "with a key who they are. Name the file of the keys."
        )
    return SmartSettings(
        issuers,
        _hosts(environment, "CDS_SMART_HOSTS", "Who is believed about people"),
        Path(client_keys).absolute() if client_keys else None,
        bulk_servers,
        _hosts(environment, "CDS_BULK_HOSTS", "Who gets tokens and gives records"),
    )


def _hosts(environment: Mapping[str, str], name: str, guess: str) -> frozenset[str]:
    hosts = frozenset(listed(environment, name))
    if not all(map(_HOST.fullmatch, hosts)):
        raise SettingsError(
            f"{name} is not a list of hosts like login.example.org, in lower case. {guess} would "
            "be a guess. Correct it or leave it out."
        )
    return hosts


def _servers(environment: Mapping[str, str], name: str, guess: str) -> Mapping[str, str]:
    expected = (
        f"like https://ehr.example.org/r4=client-id with each EHR once. {guess} would be a guess"
    )
    found = pairs(environment, name, expected)
    servers = {address.rstrip("/"): client for address, client in found.items()}
    sound = all(map(HTTPS.fullmatch, found)) and all(map(_CLIENT.fullmatch, found.values()))
    if not sound or len(servers) != len(found):
        raise SettingsError(f"{name} is not a list {expected}. Correct it.")
    return MappingProxyType(servers)
