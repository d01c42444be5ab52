"""What an operator can set: one frozen dataclass, read once from CDS_* at the edge."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from cds.errors import CdsError

_T = TypeVar("_T")
_PREFIX = "CDS_"
_KNOWN = {
    "CDS_BIND",
    "CDS_DATA_DIR",
    "CDS_DATABASE_URL",
    "CDS_WORKERS",
    "CDS_MAX_BODY_BYTES",
    "CDS_MAX_BUNDLE_BYTES",
    "CDS_SECURE_COOKIES",
    "CDS_REQUIRE_SIGN_OFF",
    "CDS_POLICIES",
    "CDS_RETENTION_YEARS",
    "CDS_KEEP_TEXT",
    "CDS_PUBLIC_URL",
    "CDS_SMART_URL",
    "CDS_CORS_ORIGINS",
    "CDS_FHIR_SERVERS",
    "CDS_FHIR_NETWORKS",
    "CDS_FHIR_CA_FILE",
}
# A scheme, a host that is not empty, a port, and a path without `..`, parameters or user names.
_ADDRESS = r"https://[A-Za-z0-9.\-]+(?::\d{1,5})?"
_HTTPS = re.compile(rf"{_ADDRESS}(?:/(?!\.)[A-Za-z0-9._~\-]+)*/?", re.ASCII)
_ORIGIN = re.compile(_ADDRESS.replace("https", "https?"), re.ASCII)
_LOOPBACK = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?", re.ASCII)


class SettingsError(CdsError):
    """A CDS_* variable holds something that cannot be used."""


@dataclass(frozen=True, slots=True)
class HookSettings:
    """What CDS Hooks may call and be called from; as it stands, nothing.

    `public_url` is this service as clients see it, without a slash at the end, and `smart_url`
    where its SMART app starts. `fhir_servers` are the base addresses that may be read, exactly;
    `fhir_networks` the private networks that their names may lead to.
    """

    public_url: str = ""
    smart_url: str = ""
    cors_origins: frozenset[str] = frozenset()
    fhir_servers: frozenset[str] = frozenset()
    fhir_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    fhir_ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How this service runs; `secure_cookies` is for use behind TLS.

    `policies` names the option that the site follows where guidelines disagree, by policy.
    """

    data_dir: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    database_url: str = ""
    max_body_bytes: int = 1_000_000
    max_bundle_bytes: int = 5_000_000
    secure_cookies: bool = False
    require_sign_off: bool = False
    retention_years: int = 10
    keep_text: bool = False
    policies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hooks: HookSettings = field(default_factory=HookSettings)

    @property
    def database(self) -> str:
        """The database URL: as set, or SQLite in the data directory."""
        return self.database_url or f"sqlite:///{self.data_dir / 'records.sqlite3'}"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that the environment asks for.

    Raises: SettingsError naming the variable and the mend.
    """
    default = Settings()
    host, port = _bind(environment.get("CDS_BIND", f"{default.host}:{default.port}"))
    return Settings(
        data_dir=Path(environment.get("CDS_DATA_DIR") or default.data_dir).absolute(),
        host=host,
        port=port,
        workers=_number(environment, "CDS_WORKERS", default.workers, 1, 64),
        database_url=environment.get("CDS_DATABASE_URL", ""),
        max_body_bytes=_bytes(environment, "CDS_MAX_BODY_BYTES", default.max_body_bytes),
        max_bundle_bytes=_bytes(environment, "CDS_MAX_BUNDLE_BYTES", default.max_bundle_bytes),
        secure_cookies=_flag(environment, "CDS_SECURE_COOKIES"),
        require_sign_off=_flag(environment, "CDS_REQUIRE_SIGN_OFF"),
        retention_years=_number(environment, "CDS_RETENTION_YEARS", default.retention_years, 6, 99),
        keep_text=_flag(environment, "CDS_KEEP_TEXT"),
        policies=read_policies(environment),
        hooks=read_hook_settings(environment),
    )


def read_hook_settings(environment: Mapping[str, str]) -> HookSettings:
    """What CDS Hooks may call and be called from.

    Raises: SettingsError naming the variable and the mend.
    """
    ca_file = environment.get("CDS_FHIR_CA_FILE", "")
    if ca_file and not Path(ca_file).is_file():
        raise SettingsError("CDS_FHIR_CA_FILE is not a file. Name the certificates to trust.")
    public_url = _addresses(environment, "CDS_PUBLIC_URL", _HTTPS, _LOOPBACK, most=1)
    smart_url = _addresses(environment, "CDS_SMART_URL", _HTTPS, _LOOPBACK, most=1)
    return HookSettings(
        public_url=next(iter(public_url), "").rstrip("/"),
        smart_url=next(iter(smart_url), ""),
        cors_origins=_addresses(environment, "CDS_CORS_ORIGINS", _ORIGIN),
        fhir_servers=frozenset(
            address.rstrip("/") for address in _addresses(environment, "CDS_FHIR_SERVERS", _HTTPS)
        ),
        fhir_networks=_networks(environment),
        fhir_ca_file=Path(ca_file) if ca_file else None,
    )


def read_policies(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The positions that the site follows; whether there are such is checked with the knowledge.

    Raises: SettingsError when they are not written as policy=option.
    """
    found: dict[str, str] = {}
    for entry in _list(environment, "CDS_POLICIES"):
        name, _, option = (part.strip() for part in entry.partition("="))
        if not name or not option or name in found:
            raise SettingsError(
                "CDS_POLICIES is not a list like icd_margin=20,placenta_previa_week=week_28 with "
                "each policy once. Decisions would follow a position that nobody chose. Correct it."
            )
        found[name] = option
    return MappingProxyType(found)


def unknown_settings(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Variables that look like ours and are not, so that a typing error does not go unseen."""
    return tuple(sorted(n for n in environment if n.startswith(_PREFIX) and n not in _KNOWN))


def _addresses(
    environment: Mapping[str, str], name: str, *forms: re.Pattern[str], most: int = 20
) -> frozenset[str]:
    listed = _list(environment, name)
    if len(listed) > most or not all(any(f.fullmatch(one) for f in forms) for one in listed):
        raise SettingsError(
            f"{name} does not hold addresses like https://ehr.example.org/r4, {most} at most. "
            "Whom this service trusts would be a guess. Correct it or leave it out."
        )
    return frozenset(listed)


def _networks(environment: Mapping[str, str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(text) for text in _list(environment, "CDS_FHIR_NETWORKS"))
    except ValueError:
        raise SettingsError(
            "CDS_FHIR_NETWORKS is not a list of networks like 10.1.2.0/24,fd00::/64. Which "
            "addresses inside may be called would be a guess. Correct it or leave it out."
        ) from None


def _list(environment: Mapping[str, str], name: str) -> list[str]:
    return list(filter(None, map(str.strip, environment.get(name, "").split(","))))


def _bind(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise SettingsError("CDS_BIND is not an address and a port. Write it like 127.0.0.1:8000.")
    return host, int(port)


def _bytes(environment: Mapping[str, str], name: str, default: int) -> int:
    return _number(environment, name, default, 1_000, 100_000_000)


def _number(environment: Mapping[str, str], name: str, default: int, *bounds: int) -> int:
    low, high = bounds
    return _read(
        environment,
        name,
        default,
        lambda text: int(text) if text.isdecimal() and low <= int(text) <= high else None,
    ) or _refuse(name, f"a whole number from {low} to {high}")


def _flag(environment: Mapping[str, str], name: str) -> bool:
    value = _read(environment, name, 0, {"1": 1, "true": 1, "0": 0, "false": 0}.get)
    return bool(_refuse(name, "1 or 0") if value is None else value)


def _read(
    environment: Mapping[str, str], name: str, default: _T, parse: Callable[[str], _T | None]
) -> _T | None:
    text = environment.get(name, "")
    return parse(text) if text else default


def _refuse(name: str, expected: str) -> int:
    raise SettingsError(f"{name} is not {expected}. Correct it or leave it out.")
