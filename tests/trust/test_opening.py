"""Whom a service believes by its settings: tokens of one issuer, keys of its own, or nobody."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from msgspec.structs import replace

from cds.audit.opening import open_store
from cds.audit.store import Store
from cds.cli import main
from cds.http.core import CoreService
from cds.secret import Secret, read_secret
from cds.settings import OidcSettings, Settings, SettingsError, read_settings
from cds.trust.admission import Trust, principal_of
from cds.trust.api_keys import ApiKeys
from cds.trust.opening import check_reach, check_sign_off, open_keys, open_trust
from cds.trust.roles import Role
from cds.trust.tokens import TokenRefusedError
from tests.trust.asking import bearer, sign_in
from tests.trust.issuing import AUDIENCE, ISSUER, KEYS, NOW, RSA, STRANGER, claims, token

OIDC = {"CDS_OIDC_ISSUER": ISSUER, "CDS_OIDC_AUDIENCE": AUDIENCE}
ROLE = "realm_access.roles"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The key set of the issuer."""
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": KEYS}))
    return path


@pytest.fixture
def trust(store: Store, key_file: Path) -> Trust:
    """Believes the issuer of the tests."""
    settings = Settings(oidc=OidcSettings(ISSUER, AUDIENCE, str(key_file), ROLE))
    return open_trust(settings, store, Secret((b"a secret",)))


def access_token(*roles: str, **options: Any) -> str:
    """What the issuer gives to somebody who holds these roles."""
    made = claims(realm_access={"roles": list(roles)}, jti=None)
    return token(made, key=RSA, alg="RS256", kid="rsa", typ="at+jwt", **options)


def test_a_token_brings_the_roles_of_its_claim(trust: Trust) -> None:
    found = trust.identify(f"Bearer {access_token('prescriber', 'root', 'auditor')}", NOW)
    assert found.roles == {Role.PRESCRIBER, Role.AUDITOR}
    assert found.id.startswith("token:")
    assert "client-7" not in found.id


@pytest.mark.parametrize(
    ("told", "claim", "roles"),
    [
        ({"roles": ["auditor"]}, "roles", {Role.AUDITOR}),
        ({"scope": "openid prescriber"}, "scope", {Role.PRESCRIBER}),
        ({"https://x.org/roles": ["auditor"]}, "https://x.org/roles", {Role.AUDITOR}),
        ({"a": {"b": ["rule_manager"]}}, "a.b", {Role.RULE_MANAGER}),
        ({"roles": ["Prescriber", 7, None, ["auditor"]]}, "roles", set()),
        ({"roles": {"prescriber": True}}, "roles", set()),
        ({"roles": None}, "roles", set()),
        ({"a": ["prescriber"]}, "a.b", set()),
        ({}, "roles", set()),
    ],
)
def test_only_roles_that_are_named_exactly_count(
    trust: Trust, told: dict[str, Any], claim: str, roles: set[Role]
) -> None:
    assert trust.issuer is not None
    issuer = replace(trust.issuer, roles_claim=claim)
    assert principal_of({"iss": ISSUER, "sub": "s", **told}, issuer).roles == roles


@pytest.mark.parametrize("subject", [None, "", 7])
def test_a_token_about_nobody_is_refused(trust: Trust, subject: Any) -> None:
    assert trust.issuer is not None
    with pytest.raises(TokenRefusedError):
        principal_of({"iss": ISSUER, "sub": subject}, trust.issuer)


def test_an_access_token_is_used_again_until_it_ends(
    build: Callable[..., Flask], trust: Trust
) -> None:
    client = build(trust).test_client()
    mine = bearer(access_token("prescriber"))
    assert [client.get("/v1/facts", headers=mine).status_code for _ in range(3)] == [200] * 3
    mine = bearer(access_token("nothing"))
    assert client.get("/v1/facts", headers=mine).status_code == 403


def test_with_an_issuer_nobody_comes_in_unasked(build: Callable[..., Flask], trust: Trust) -> None:
    client = build(trust).test_client()
    assert client.get("/v1/facts").status_code == 401
    assert client.get("/health/ready").get_json()["access"] == "roles"


def test_no_key_or_token_is_found_anywhere(
    build: Callable[..., Flask],
    trust: Trust,
    store: Store,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """True ones and false ones, in the header and wherever somebody puts them by mistake."""
    assert trust.keys is not None
    key = trust.keys.create("ward 3", [Role.PRESCRIBER], "tester", NOW)
    planted = [
        key,
        "cds_000000000000_" + "5" * 64,
        access_token("prescriber"),
        access_token("auditor"),
        token(claims(exp=1)),
        token(key=STRANGER),
        "Zebulon.Quagmire.Xanadu",
    ]
    client = build(trust).test_client()
    said = ""
    for secret in planted:
        sign_in(client, secret)
        for headers in (bearer(secret), {"Authorization": secret}, {"X-Api-Key": secret}):
            for answer in (
                client.get("/v1/facts", headers=headers),
                client.post("/v1/decisions", json={"facts": {"age": 70}}, headers=headers),
                client.post("/v1/decisions", json={secret: secret}, headers=headers),
                client.post(f"/v1/decisions?access_token={secret}", json={}, headers=headers),
                client.get(f"/v1/rules/{secret}", headers=headers),
                client.get(f"/{secret}", headers=headers),
                client.get("/", headers=headers),
            ):
                # A pointer names the member that is not known; only whoever sent it gets that.
                said += answer.text.replace(f'"/{secret}"', "") + str(answer.headers)
    said += "".join(capfd.readouterr())
    said += "".join(store.text_of(entry) for entry in store.entries())
    for path in tmp_path.rglob("*"):
        if path.is_file():
            said += path.read_bytes().decode("latin-1")
    parts = [part for secret in planted for part in (secret, secret.split(".")[-1])]
    assert [part for part in parts if part in said] == []


@pytest.mark.parametrize(
    "environment",
    [
        {"CDS_OIDC_ISSUER": ISSUER},
        {"CDS_OIDC_JWKS": "keys.json"},
        {**OIDC},
        {"CDS_CORS_ORIGINS": "*"},
        {"CDS_CORS_ORIGINS": "null"},
        {"CDS_CORS_ORIGINS": "https://a.example.org,*"},
        {"CDS_CORS_ORIGINS": "https://a.example.org/"},
        {"CDS_CORS_ORIGINS": "https://*.example.org"},
        {"CDS_CORS_ORIGINS": "a.example.org"},
        {"CDS_RATE_LIMIT": "0"},
        {"CDS_RATE_LIMIT": "fast"},
    ],
)
def test_a_setting_that_would_let_others_in_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(environment))):
        read_settings(environment)


def test_what_is_set_is_believed() -> None:
    settings = read_settings(
        {
            **OIDC,
            "CDS_OIDC_JWKS": "https://login.example.org/keys",
            "CDS_JWKS_HOSTS": "login.example.org, other.example.org",
            "CDS_ROLES_CLAIM": ROLE,
            "CDS_CORS_ORIGINS": "https://a.example.org, http://localhost:9000",
            "CDS_RATE_LIMIT": "120",
        }
    )
    assert settings.oidc == OidcSettings(ISSUER, AUDIENCE, "https://login.example.org/keys", ROLE)
    assert settings.jwks_hosts == {"login.example.org", "other.example.org"}
    assert settings.cors_origins == {"https://a.example.org", "http://localhost:9000"}
    assert settings.rate_limit == 120


@pytest.mark.parametrize(
    "place",
    [
        "/nowhere/keys.json",
        "https://evil.example/keys",
        "http://login.example.org/keys",
        "https://login.example.org.evil.example/keys",
        "https://login.example.org@evil.example/keys",
        "https://user@login.example.org/keys",
        "https://login.example.org/keys#x",
        "https://login.example.org:0/keys",
        "https://login.example.org:port/keys",
        "file:///etc/passwd",
        "https://127.0.0.1/keys",
    ],
)
def test_keys_come_from_a_listed_host_over_https_or_from_a_file(store: Store, place: str) -> None:
    settings = Settings(
        oidc=OidcSettings(ISSUER, AUDIENCE, place, ROLE),
        jwks_hosts=frozenset({"login.example.org"}),
    )
    with pytest.raises(SettingsError):
        open_trust(settings, store, Secret((b"a secret",)))


@pytest.mark.parametrize("text", ["", "{}", '{"keys": []}', '{"keys": [{"kty": "RSA"}]}', "[]"])
def test_a_file_without_keys_is_refused_at_start(store: Store, tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    settings = Settings(oidc=OidcSettings(ISSUER, AUDIENCE, str(path), ROLE))
    with pytest.raises(SettingsError, match=r"keys\.json"):
        open_trust(settings, store, Secret((b"a secret",)))


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "[::]", "192.0.2.7", "cds.example.org", "[::ffff:192.0.2.7]", "localhost."]
)
def test_a_service_that_asks_nobody_is_not_reached_by_others(
    keys: ApiKeys, trust: Trust, host: str
) -> None:
    settings = Settings(host=host)
    with pytest.raises(SettingsError, match="cds keys create") as caught:
        check_reach(settings, Trust(keys))
    assert host in caught.value.message
    check_reach(settings, trust)
    keys.create("ward 3", [Role.AUDITOR], "tester", NOW)
    check_reach(settings, Trust(keys))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "[::1]", "localhost"])
def test_its_own_machine_reaches_it(keys: ApiKeys, host: str) -> None:
    check_reach(Settings(host=host), Trust(keys))


def test_keys_are_made_listed_and_revoked_from_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "new" / "data"
    monkeypatch.setenv("CDS_DATA_DIR", str(data))
    assert main(["keys", "create", "--role", "prescriber", "--name", "ward 3"]) == 0
    told = capsys.readouterr()
    key = told.out.strip()
    assert "shown once" in told.err
    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert (key[4:16] in listed, "in use\tward 3" in listed, key in listed) == (True, True, False)
    secret = read_secret(data)
    store = open_store(Settings(data_dir=data), secret)
    known = open_keys(store, secret)
    assert known.recognise(key)
    assert main(["keys", "revoke", key[4:16]]) == 0
    assert known.recognise(key) is None
    assert main(["keys", "revoke", key[4:16]]) == 2
    assert main(["keys", "list"]) == 0
    assert "revoked 2" in capsys.readouterr().out
    assert store.verify() is None
    store.close()


def test_an_auditor_finds_whose_pseudonym_it_is(
    tmp_path: Path,
    key_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("CDS_DATA_DIR", str(data))
    for name, value in {**OIDC, "CDS_OIDC_JWKS": str(key_file), "CDS_ROLES_CLAIM": ROLE}.items():
        monkeypatch.setenv(name, value)
    assert main(["keys", "create", "--role", "auditor", "--name", "x"]) == 0
    capsys.readouterr()
    assert main(["keys", "whois", "client-7"]) == 0
    told = capsys.readouterr().out.strip()
    settings, secret = Settings(data_dir=data), read_secret(data)
    store = open_store(settings, secret)
    oidc = OidcSettings(ISSUER, AUDIENCE, str(key_file), ROLE)
    believed = open_trust(replace(settings, oidc=oidc), store, secret)
    assert believed.identify(f"Bearer {access_token()}", NOW).id == told
    store.close()


@pytest.mark.parametrize(("required", "signed"), [(False, "pending"), (True, "Dr. A. Meyer")])
def test_signed_content_or_none_required_is_used(required: bool, signed: str) -> None:
    rules = [{"topic": "osteoporosis", "clinical_sign_off": signed}]
    check_sign_off(Settings(require_sign_off=required), rules)


def test_a_site_that_requires_signed_content_gets_no_decision_without(core: CoreService) -> None:
    """Nothing is left out of the rules: the service does not start."""
    with pytest.raises(SettingsError, match=r"CDS_REQUIRE_SIGN_OFF is set, and \d+ topics"):
        check_sign_off(Settings(require_sign_off=True), core.rules())
