"""What an operator can set: one struct, read once from CDS_* at the edge."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from msgspec import Struct, field

from cds.errors import SettingsError
from cds.hook_settings import KNOWN as HOOKS
from cds.hook_settings import HookSettings, listed, pairs, read_hook_settings
from cds.smart_settings import KNOWN as SMART
from cds.smart_settings import SmartSettings, read_smart_settings

_T = TypeVar("_T")
_PREFIX = "CDS_"
#: Every variable of the environment that is one of ours.
KNOWN = (
    HOOKS
    | SMART
    | {
        "CDS_BIND",
        "CDS_DATA_DIR",
        "CDS_DATABASE_KEY_FILE",
        "CDS_DATABASE_URL",
        "CDS_WORKERS",
        "CDS_MAX_BODY_BYTES",
        "CDS_MAX_BUNDLE_BYTES",
        "CDS_SECURE_COOKIES",
        "CDS_REQUIRE_SIGN_OFF",
        "CDS_POLICIES",
        "CDS_RETENTION_YEARS",
        "CDS_KEEP_TEXT",
        "CDS_OIDC_ISSUER",
        "CDS_OIDC_AUDIENCE",
        "CDS_OIDC_JWKS",
        "CDS_JWKS_HOSTS",
        "CDS_ROLES_CLAIM",
        "CDS_CORS_ORIGINS",
        "CDS_RATE_LIMIT",
        "CDS_TLS_CERTIFICATE",
        "CDS_TLS_KEY",
    }
)
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?", re.ASCII)


class OidcSettings(Struct, frozen=True):
    """Whose access tokens are believed. `key_set` is a path or an https address."""

    issuer: str
    audience: str
    key_set: str
    roles_claim: str


class TlsSettings(Struct, frozen=True):
    """What the service shows and proves who it is with: PEM files, the chain after its own."""

    certificate: Path
    key: Path


class Settings(Struct, frozen=True):
    """How this service runs; `secure_cookies` is for use behind TLS, and set where `tls` is.

    `policies` names the option that the site follows where guidelines disagree, by policy.
    `rate_limit` is in requests a minute for each client and process; `cors_origins` are the other
    sites whose pages may use the interface; `jwks_hosts` those that key sets are fetched from.
    """

    data_dir: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    database_url: str = ""
    database_key_file: Path | None = None
    max_body_bytes: int = 1_000_000
    max_bundle_bytes: int = 5_000_000
    secure_cookies: bool = False
    require_sign_off: bool = False
    retention_years: int = 10
    keep_text: bool = False
    policies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hooks: HookSettings = field(default_factory=HookSettings)
    smart: SmartSettings = field(default_factory=SmartSettings)
    tls: TlsSettings | None = None
    oidc: OidcSettings | None = None
    jwks_hosts: frozenset[str] = frozenset()
    cors_origins: frozenset[str] = frozenset()
    rate_limit: int = 6_000

    @property
    def recorded(self) -> dict[str, object]:
        """What of it an auditor has to know: a closed list, so that no secret comes in unseen."""
        oidc = self.oidc
        return {
            "host": self.host,
            "tls": self.tls is not None,
            "secure_cookies": self.secure_cookies,
            "require_sign_off": self.require_sign_off,
            "retention_years": self.retention_years,
            "keep_text": self.keep_text,
            "database_encrypted": self.database_key_file is not None,
            "policies": dict(self.policies),
            "oidc_issuer": oidc and oidc.issuer,
            "oidc_audience": oidc and oidc.audience,
            "oidc_key_set": oidc and oidc.key_set,
            "roles_claim": oidc and oidc.roles_claim,
            "jwks_hosts": sorted(self.jwks_hosts),
            "cors_origins": sorted(self.cors_origins),
            "rate_limit": self.rate_limit,
            "hooks": self.hooks.recorded,
            "smart": self.smart.recorded,
        }

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
    hooks, tls = read_hook_settings(environment), _tls(environment)
    data_dir = Path(environment.get("CDS_DATA_DIR") or default.data_dir).absolute()
    return Settings(
        data_dir=data_dir,
        host=host,
        port=port,
        workers=_number(environment, "CDS_WORKERS", default.workers, 1, 64),
        database_url=environment.get("CDS_DATABASE_URL", ""),
        database_key_file=_database_key_file(environment, data_dir),
        max_body_bytes=_bytes(environment, "CDS_MAX_BODY_BYTES", default.max_body_bytes),
        max_bundle_bytes=_bytes(environment, "CDS_MAX_BUNDLE_BYTES", default.max_bundle_bytes),
        secure_cookies=_flag(environment, "CDS_SECURE_COOKIES") or tls is not None,
        require_sign_off=_flag(environment, "CDS_REQUIRE_SIGN_OFF"),
        retention_years=_number(environment, "CDS_RETENTION_YEARS", default.retention_years, 6, 99),
        keep_text=_flag(environment, "CDS_KEEP_TEXT"),
        policies=read_policies(environment),
        hooks=hooks,
        smart=read_smart_settings(environment, hooks.public_url),
        tls=tls,
        oidc=_oidc(environment),
        jwks_hosts=frozenset(listed(environment, "CDS_JWKS_HOSTS")),
        cors_origins=_origins(environment),
        rate_limit=_number(environment, "CDS_RATE_LIMIT", default.rate_limit, 10, 1_000_000),
    )


def read_policies(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The positions that the site follows; whether there are such is checked with the knowledge.

    Raises: SettingsError when they are not written as policy=option.
    """
    return pairs(
        environment,
        "CDS_POLICIES",
        "like icd_margin=20,placenta_previa_week=week_28 with each policy once. Decisions would "
        "follow a position that nobody chose",
    )


def unknown_settings(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Variables that look like ours and are not, so that a typing error does not go unseen."""
    return tuple(sorted(n for n in environment if n.startswith(_PREFIX) and n not in KNOWN))


def _bind(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise SettingsError("CDS_BIND is not an address and a port. Write it like 127.0.0.1:8000.")
    return host, int(port)


def _database_key_file(environment: Mapping[str, str], data_dir: Path) -> Path | None:
    name = "CDS_DATABASE_KEY_FILE"
    if not (text := environment.get(name, "").strip()):
        return None
    if environment.get("CDS_DATABASE_URL", "").startswith("postgres"):
        raise SettingsError(
            f"{name} encrypts a file of SQLite. PostgreSQL is encrypted by the storage that it "
            "lies on, such as an encrypted volume. Leave the setting out."
        )
    path = Path(text).absolute()
    if path.resolve().is_relative_to(data_dir.resolve()):
        raise SettingsError(
            f"{name} lies in the data directory, beside what it locks. Keep the key elsewhere, "
            "where backups of the record do not take it along."
        )
    return path


def _tls(environment: Mapping[str, str]) -> TlsSettings | None:
    names = ("CDS_TLS_CERTIFICATE", "CDS_TLS_KEY")
    certificate, key = (environment.get(name, "").strip() for name in names)
    if not (certificate or key):
        return None
    if not (certificate and key):
        raise SettingsError(
            f"{' and '.join(names)} belong together: without one of them no connection can be "
            "encrypted. Set both or none."
        )
    return TlsSettings(Path(certificate).absolute(), Path(key).absolute())


def _oidc(environment: Mapping[str, str]) -> OidcSettings | None:
    names = ("CDS_OIDC_ISSUER", "CDS_OIDC_AUDIENCE", "CDS_OIDC_JWKS")
    issuer, audience, key_set = (environment.get(name, "").strip() for name in names)
    if not (issuer or audience or key_set):
        return None
    if not (issuer and audience and key_set):
        raise SettingsError(
            f"{', '.join(names)} belong together: without one of them no token can be checked. "
            "Set all three or none."
        )
    claim = environment.get("CDS_ROLES_CLAIM", "").strip() or "roles"
    return OidcSettings(issuer, audience, key_set, claim)


def _origins(environment: Mapping[str, str]) -> frozenset[str]:
    found = listed(environment, "CDS_CORS_ORIGINS")
    if not all(map(_ORIGIN.fullmatch, found)):
        raise SettingsError(
            "CDS_CORS_ORIGINS is not a list of origins like https://ehr.example.org, in lower case "
            "and without a path. '*' and 'null' would let every site in. Correct it."
        )
    return frozenset(found)


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
