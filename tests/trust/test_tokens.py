"""A token is believed when all holds, and an attack on any part of it is refused."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec.structs import replace

from cds.errors import KeysUnavailableError
from cds.trust.key_sets import KeySet
from cds.trust.tokens import OIDC, TokenRefusedError, verify_jwt
from tests.trust.issuing import (
    ADDRESS,
    AUDIENCE,
    EC256,
    EC384,
    ISSUER,
    KEYS,
    NOW,
    RSA,
    STRANGER,
    Served,
    claims,
    policy,
    public,
    raw,
    token,
)

SECONDS = int(NOW.timestamp())


class Remembering:
    """A replay guard in memory."""

    def __init__(self) -> None:
        self.taken: dict[str, datetime] = {}

    def take(self, token: str, until: datetime, now: datetime) -> bool:
        """True the first time."""
        return self.taken.setdefault(token, until) is until


@pytest.mark.parametrize(("key", "alg", "kid"), [(EC384, "ES384", "ec384"), (RSA, "RS384", "rsa")])
def test_a_token_that_is_right_gives_its_claims(key: Any, alg: str, kid: str) -> None:
    assert verify_jwt(token(key=key, alg=alg, kid=kid), policy(), NOW) == claims()


@pytest.mark.parametrize(("key", "alg", "kid"), [(EC256, "ES256", "ec256"), (RSA, "RS256", "rsa")])
def test_what_providers_sign_with_is_for_them_only(key: Any, alg: str, kid: str) -> None:
    made = token(key=key, alg=alg, kid=kid)
    assert verify_jwt(made, policy(algorithms=OIDC), NOW) == claims()
    assert refused(made) == "algorithm"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["other", AUDIENCE]},
        {"nbf": SECONDS},
        {"iat": SECONDS + 60},
        {"iat": SECONDS - 3_000, "exp": SECONDS - 59},
        {"iat": SECONDS, "exp": SECONDS + 3_600},
        {"iat": SECONDS - 0.5, "exp": SECONDS + 0.5},
        {"tenant": "north", "unknown": {"nested": [1]}},
    ],
)
def test_what_stays_within_the_bounds_is_accepted(changes: dict[str, Any]) -> None:
    assert verify_jwt(token(claims(**changes)), policy(), NOW) == claims(**changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://login.example.org/"}, "issuer"),
        ({"iss": "HTTPS://login.example.org"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": AUDIENCE + "/"}, "audience"),
        ({"aud": AUDIENCE[:-1]}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": {AUDIENCE: 1}}, "audience"),
        ({"iat": SECONDS - 3_000, "exp": SECONDS - 60}, "expired"),
        ({"exp": SECONDS + 3_601}, "lifetime"),
        ({"iat": SECONDS + 30, "exp": SECONDS + 30}, "lifetime"),
        ({"iat": SECONDS + 61}, "not yet"),
        ({"nbf": SECONDS + 61}, "not yet"),
        ({"exp": None}, "exp"),
        ({"iat": None}, "iat"),
        ({"exp": str(SECONDS + 300)}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": [SECONDS]}, "iat"),
        ({"exp": 1e400}, "form"),
        ({"nbf": "now"}, "nbf"),
    ],
)
def test_a_claim_that_is_not_right_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert refused(token(claims(**changes))) == reason


def pem() -> bytes:
    """The public key as everybody can have it."""
    return EC384.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def with_public_key_as_secret(alg: str) -> str:
    """The public key taken for the secret of an HMAC (CVE-2015-9235)."""
    unsigned = raw({"alg": alg, "kid": "ec384", "typ": "JWT"}, claims()).rpartition(".")[0]
    mac = hmac.new(pem(), unsigned.encode(), hashlib.new(f"sha{alg[2:]}").name).digest()
    return f"{unsigned}.{raw(0, 0, mac).rpartition('.')[2]}"


HEADER = {"alg": "ES384", "kid": "ec384", "typ": "JWT"}
ATTACKS: dict[str, tuple[Callable[[], str], str]] = {
    "nothing": (lambda: "", "form"),
    "two parts": (lambda: "a.b", "form"),
    "five parts, as if encrypted": (lambda: token() + ".a.b", "form"),
    "a long one": (lambda: token(claims(x="y" * 9_000)), "size"),
    "no JSON": (lambda: "e30.bm90IGpzb24.AA", "form"),
    "a deep header": (lambda: raw(0, 0).replace("MA", "W1tb" * 900), "form"),
    "a member twice": (
        lambda: raw({}, {}).replace("e30", "eyJpc3MiOiJhIiwiaXNzIjoiYiJ9"),
        "form",
    ),
    "alg none": (lambda: raw({"alg": "none", "kid": "ec384"}, claims()), "algorithm"),
    "alg None": (lambda: raw({"alg": "None", "kid": "ec384"}, claims()), "algorithm"),
    "no alg": (lambda: raw({"kid": "ec384"}, claims()), "algorithm"),
    "alg a list": (lambda: raw({"alg": ["ES384"], "kid": "ec384"}, claims()), "algorithm"),
    "HS256": (lambda: with_public_key_as_secret("HS256"), "algorithm"),
    "HS384": (lambda: with_public_key_as_secret("HS384"), "algorithm"),
    "HS512": (lambda: with_public_key_as_secret("HS512"), "algorithm"),
    "PS384": (lambda: token(key=RSA, alg="PS384", kid="rsa"), "algorithm"),
    "no signature": (lambda: token().rpartition(".")[0] + ".", "signature"),
    "a signature of zeros": (  # CVE-2022-21449
        lambda: raw(HEADER, claims(), bytes(96)),
        "signature",
    ),
    "other claims under the signature": (
        lambda: ".".join([token().split(".")[0], raw(0, claims(sub="x")).split(".")[1], "AAAA"]),
        "signature",
    ),
    "the key of a stranger": (lambda: token(key=STRANGER), "signature"),
    "the key of a stranger within": (
        lambda: token(key=STRANGER, jwk=public(STRANGER, "ec384")),
        "signature",
    ),
    "an unknown kid": (lambda: token(kid="other"), "key"),
    "no kid": (lambda: raw({"alg": "ES384", "typ": "JWT"}, claims()), "kid"),
    "a kid that is a path": (lambda: token(kid="../../../../dev/null"), "key"),
    "a kid that is SQL": (lambda: token(kid="' OR 1=1 --"), "key"),
    "an empty kid": (lambda: token(kid=""), "kid"),
    "a long kid": (lambda: token(kid="k" * 256), "kid"),
    "a kid of another key type": (lambda: token(kid="rsa"), "key"),
    "a kid of another curve": (lambda: token(kid="ec256"), "key"),
    "crit": (lambda: raw({**HEADER, "crit": ["exp"], "exp": 1}, claims()), "form"),
    "crit of what the library knows": (
        lambda: raw({**HEADER, "crit": ["b64"], "b64": True}, claims()),
        "crit",
    ),
    "b64": (lambda: raw({**HEADER, "b64": False}, claims()), "form"),
    "typ of something else": (lambda: token(typ="secevent+jwt"), "type"),
    "no typ": (lambda: token(typ=None), "type"),
}


def refused(made: str, **changes: Any) -> str:
    """The reason for which a token is refused; whoever sent it is told none."""
    with pytest.raises(TokenRefusedError) as caught:
        verify_jwt(made, policy(**changes), NOW)
    assert str(caught.value) == "The token is not accepted."
    return caught.value.reason


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(attack: str) -> None:
    make, reason = ATTACKS[attack]
    assert refused(make()) == reason


class _Canary(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        """Notes that somebody followed an address in a token."""
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"keys": [public(STRANGER, "ec384")]}).encode())

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def canary() -> Iterator[str]:
    """A server that nobody may ask; its address."""
    _Canary.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), _Canary)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/bait"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("place", "reason"),
    [("jku", "jku"), ("x5u", "signature"), ("kid", "key"), ("iss", "issuer")],
)
def test_no_address_in_a_token_is_followed(canary: str, place: str, reason: str) -> None:
    if place == "iss":
        made = token(claims(iss=canary), key=STRANGER)
    else:
        made = token(key=STRANGER, **{place: canary})
    assert refused(made) == reason
    assert _Canary.asked == []


def test_an_address_that_is_the_known_one_may_be_said() -> None:
    assert verify_jwt(token(jku=ADDRESS), policy(), NOW) == claims()
    assert refused(token(jku=ADDRESS + "?")) == "jku"


def test_a_chain_in_a_token_is_not_looked_at() -> None:
    assert verify_jwt(token(x5c=["AAAA"], x5t="AAAA"), policy(), NOW) == claims()


def test_an_issuer_is_believed_with_its_own_keys_only() -> None:
    """One hospital must not speak for another."""
    other = "https://other.example.org"
    strangers = Served([public(STRANGER, "ec384")])
    both = {**policy().issuers, other: KeySet("https://other.example.org/keys", strangers.read)}
    assert verify_jwt(token(claims(iss=other), key=STRANGER), policy(issuers=both), NOW)
    assert refused(token(claims(iss=other)), issuers=both) == "signature"
    assert refused(token(key=STRANGER), issuers=both) == "signature"


@pytest.mark.parametrize(
    "key",
    [
        public(EC384, "ec384", use="enc"),
        public(EC384, "ec384", alg="ES256"),
        {**jwt.algorithms.ECAlgorithm.to_jwk(EC384, as_dict=True), "kid": "ec384"},
        {"kty": "oct", "k": "AAAA", "kid": "ec384"},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "kid": "ec384"},
        {"kty": "EC", "crv": "P-384", "kid": "ec384"},
    ],
)
def test_a_key_that_is_not_for_this_is_not_used(key: dict[str, Any]) -> None:
    source = KeySet(ADDRESS, Served([key]).read)
    assert refused(token(), issuers={ISSUER: source}) in ("key", "signature")


def test_a_key_that_is_too_short_is_not_used() -> None:
    short = rsa.generate_private_key(65_537, 1_024)
    source = KeySet(ADDRESS, Served([public(short, "rsa")]).read)
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        made = token(key=short, alg="RS384", kid="rsa")
    assert refused(made, issuers={ISSUER: source}) == "signature"


def test_two_keys_of_one_id_are_none() -> None:
    source = KeySet(ADDRESS, Served([public(STRANGER, "ec384"), *KEYS]).read)
    assert refused(token(), issuers={ISSUER: source}) == "key"


def test_a_token_is_used_once_where_the_policy_says_so() -> None:
    once = policy(replay=Remembering())
    assert verify_jwt(token(), once, NOW)["jti"] == "one"
    with pytest.raises(TokenRefusedError) as caught:
        verify_jwt(token(claims(exp=SECONDS + 200)), once, NOW)
    assert caught.value.reason == "replay"
    assert verify_jwt(token(claims(jti="two")), once, NOW)["jti"] == "two"


@pytest.mark.parametrize("id", [None, "", 7, "j" * 256])
def test_a_token_without_an_id_cannot_be_used_once(id: Any) -> None:
    assert refused(token(claims(jti=id)), replay=Remembering()) == "jti"


def test_what_is_refused_uses_no_id_up() -> None:
    """Otherwise whoever guesses an id could keep the true token out."""
    guard = Remembering()
    refused(token(key=STRANGER), replay=guard)
    refused(token(claims(aud="other")), replay=guard)
    assert guard.taken == {}


def test_an_id_is_remembered_as_long_as_its_token_would_be_accepted() -> None:
    guard = Remembering()
    verify_jwt(token(), policy(replay=guard), NOW)
    assert guard.taken == {f"{ISSUER}\none": NOW + timedelta(seconds=360)}


def test_keys_are_read_once_and_again_when_they_are_old() -> None:
    served = Served()
    source = KeySet(ADDRESS, served.read)
    for minutes in (0, 1, 9):
        assert source.find("rsa", NOW + timedelta(minutes=minutes))
    assert served.reads == 1
    assert source.find("rsa", NOW + timedelta(minutes=11))
    assert served.reads == 2


def test_a_new_key_is_found_and_a_flood_of_unknown_ones_asks_the_issuer_seldom() -> None:
    served = Served(KEYS[:1])
    source = KeySet(ADDRESS, served.read)
    assert source.find("rsa", NOW) is None
    served.keys = list(KEYS)
    for second in range(0, 30, 3):
        assert source.find("rsa", NOW + timedelta(seconds=second)) is None
    assert served.reads == 1
    assert source.find("rsa", NOW + timedelta(seconds=30)) is not None
    assert served.reads == 2


def test_an_issuer_that_is_away_is_believed_for_an_hour_and_then_not() -> None:
    served = Served()
    source = KeySet(ADDRESS, served.read)
    assert source.find("rsa", NOW)
    served.fails = True
    assert source.find("rsa", NOW + timedelta(minutes=59))
    with pytest.raises(KeysUnavailableError):
        source.find("rsa", NOW + timedelta(minutes=60))


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"keys": 1}', b"<html>", b"x" * 300_000])
def test_what_is_no_key_set_is_not_believed(text: bytes) -> None:
    with pytest.raises(KeysUnavailableError):
        KeySet(ADDRESS, lambda: text).find("rsa", NOW)


def test_a_policy_for_one_address_is_not_one_for_another() -> None:
    """CDS Hooks: the audience is the address that was called."""
    other = replace(policy(), audience=AUDIENCE + "/feedback")
    with pytest.raises(TokenRefusedError):
        verify_jwt(token(), other, NOW)
