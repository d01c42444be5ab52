"""What CDS Hooks may call and be called from, read from CDS_* like all settings."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct, field

from cds.errors import SettingsError

KNOWN = frozenset(
    {
        "CDS_PUBLIC_URL",
        "CDS_SMART_URL",
        "CDS_HOOK_CLIENTS",
        "CDS_HOOKS_VERSION",
        "CDS_FHIR_SERVERS",
        "CDS_FHIR_NETWORKS",
        "CDS_FHIR_CA_FILE",
    }
)
#: The version of CDS Hooks that is spoken here.
VERSION = "2.0.1"
_MOST = 20
#: A host, a port and a path: no name of a user, no `..`, no parameters.
HTTPS = re.compile(r"https://[A-Za-z0-9.\-]+(?::\d{1,5})?(?:/(?!\.)[A-Za-z0-9._~\-]+)*/?", re.ASCII)
_LOOPBACK = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?/?", re.ASCII)


class HookSettings(Struct, frozen=True):
    """What CDS Hooks may call and be called from; as it stands, nothing is called.

    `public_url` is this service as clients see it, without a slash at the end, and `smart_url`
    where its SMART app starts. `clients` maps the issuer of a client's tokens to its key set, a
    path or an https address. `fhir_servers` are the base addresses that may be read, exactly;
    `fhir_networks` the private networks that their names may lead to. Discovery states `version`:
    clients of 2.0 may refuse a member that only 3.0 knows, so that it is empty unless set.
    """

    public_url: str = ""
    smart_url: str = ""
    clients: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    fhir_servers: frozenset[str] = frozenset()
    fhir_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    fhir_ca_file: Path | None = None
    version: str = ""

    @property
    def recorded(self) -> dict[str, object]:
        """What of it an auditor has to know."""
        return {
            "public_url": self.public_url,
            "smart_url": self.smart_url,
            "clients": dict(self.clients),
            "fhir_servers": sorted(self.fhir_servers),
            "fhir_networks": list(map(str, self.fhir_networks)),
        }


def read_hook_settings(environment: Mapping[str, str]) -> HookSettings:
    """What the environment asks for.

    Raises: SettingsError naming the variable and the mend.
    """
    ca_file = environment.get("CDS_FHIR_CA_FILE", "")
    if ca_file and not Path(ca_file).is_file():
        raise SettingsError(
            "CDS_FHIR_CA_FILE is not a file. No FHIR server could be trusted. Name the file of the "
            "certificates to trust, or leave it out."
        )
    clients, public_url = _clients(environment), _one(environment, "CDS_PUBLIC_URL")
    if clients and not public_url:
        raise SettingsError(
            "CDS_HOOK_CLIENTS needs CDS_PUBLIC_URL: a token names the address that it is for. Set "
            "it to this service as clients see it."
        )
    return HookSettings(
        public_url=public_url,
        smart_url=_one(environment, "CDS_SMART_URL"),
        clients=clients,
        fhir_servers=frozenset(_addresses(environment, "CDS_FHIR_SERVERS", HTTPS)),
        fhir_networks=_networks(environment),
        fhir_ca_file=Path(ca_file) if ca_file else None,
        version=_version(environment),
    )


def listed(environment: Mapping[str, str], name: str) -> list[str]:
    """The values of a variable that holds several, between commas."""
    return [part for part in map(str.strip, environment.get(name, "").split(",")) if part]


def pairs(environment: Mapping[str, str], name: str, expected: str) -> Mapping[str, str]:
    """The values of a variable that holds name=value between commas, each name once.

    Raises: SettingsError saying what was `expected`.
    """
    found: dict[str, str] = {}
    for entry in listed(environment, name):
        key, _, value = (part.strip() for part in entry.partition("="))
        if not key or not value or key in found:
            raise SettingsError(f"{name} is not a list {expected}. Correct it.")
        found[key] = value
    return MappingProxyType(found)


def _one(environment: Mapping[str, str], name: str) -> str:
    found = _addresses(environment, name, HTTPS, _LOOPBACK)
    if len(found) > 1:
        raise SettingsError(f"{name} holds more than one address. Keep one.")
    return found[0] if found else ""


def _addresses(
    environment: Mapping[str, str], name: str, *forms: re.Pattern[str]
) -> tuple[str, ...]:
    found = listed(environment, name)
    if len(found) > _MOST or not all(any(f.fullmatch(one) for f in forms) for one in found):
        raise SettingsError(
            f"{name} does not hold addresses like https://ehr.example.org/r4, {_MOST} at most. "
            "Whom this service trusts would be a guess. Correct it or leave it out."
        )
    return tuple(address.rstrip("/") for address in found)


def _version(environment: Mapping[str, str]) -> str:
    found = environment.get("CDS_HOOKS_VERSION", "").strip()
    if found not in ("", VERSION):
        raise SettingsError(
            f"CDS_HOOKS_VERSION is none that is spoken here. Write {VERSION}, or leave it out."
        )
    return found


def _clients(environment: Mapping[str, str]) -> Mapping[str, str]:
    return pairs(
        environment,
        "CDS_HOOK_CLIENTS",
        "like https://ehr.example.org=keys.json with each issuer once. Whom this service trusts "
        "would be a guess",
    )


def _networks(environment: Mapping[str, str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(text) for text in listed(environment, "CDS_FHIR_NETWORKS"))
    except ValueError:
        raise SettingsError(
            "CDS_FHIR_NETWORKS is not a list of networks like 10.1.2.0/24,fd00::/64. Which "
            "addresses inside may be called would be a guess. Correct it or leave it out."
        ) from None
