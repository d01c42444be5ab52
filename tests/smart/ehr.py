"""An EHR of the tests: people sign in, codes are exchanged with PKCE, records need the token."""

import hashlib
import http.client
import json
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt

from tests.fhir.records import patient
from tests.hooks.calls import searchset
from tests.hooks.ehr import Ehr, send
from tests.trust.issuing import KEYS, claims, token

CLIENT = "exercise-cds"
LAUNCH = "launch-7"
ACCESS_TOKEN = "canary-access-token"
TYPES = (
    *("Condition", "MedicationRequest", "Observation", "Procedure", "Device"),
    *("MedicationStatement", "AllergyIntolerance", "QuestionnaireResponse"),
)
Handler = Any


@dataclass
class SmartEhr:
    """What it says, and what it was asked: `grants` by code, what the token endpoint was sent.

    `says` replaces members of the answer with the token, `claims` those of the ID token. `keys` is
    the key set of a client that has to prove who it is.
    """

    server: Ehr
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    says: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    keys: Mapping[str, Any] | None = None
    grants: dict[str, Mapping[str, str]] = field(default_factory=dict)
    exchanged: list[Mapping[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        base, at = self.server.base, self.server.base.removesuffix("/r4")
        self.configuration: dict[str, Any] = {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-ehr", "client-public", "sso-openid-connect"],
        }
        self.base = base
        self.server.holds = {
            "/r4/.well-known/smart-configuration": self.configuration,
            "/authorize": self._authorize,
            "/token": self._token,
            "/keys": {"keys": KEYS},
        }
        self.hold("/r4/Patient/p", patient(gender="female"))
        for kind in TYPES:
            self.hold(f"/r4/{kind}", searchset())

    def hold(self, path: str, resource: Any) -> None:
        """A part of the record, given to whoever has the token."""

        def answer(handler: Handler) -> None:
            known = handler.headers["Authorization"] == f"Bearer {ACCESS_TOKEN}"
            send(handler, 200 if known else 401, json.dumps(resource).encode())

        self.server.holds[path] = answer

    def sign_in(self, address: str) -> str:
        """What the browser is sent back to, as it follows the address."""
        target = urlsplit(address)
        context = ssl.create_default_context(cafile=self.server.certificate)
        to = http.client.HTTPSConnection(target.hostname or "", target.port, context=context)
        to.request("GET", f"{target.path}?{target.query}")
        answer = to.getresponse()
        to.close()
        assert answer.status == 302
        return answer.headers["Location"]

    def _authorize(self, handler: BaseHTTPRequestHandler) -> None:
        asked = dict(parse_qsl(urlsplit(handler.path).query))
        sane = (asked["response_type"], asked["client_id"], asked["aud"], asked["launch"])
        assert sane == ("code", CLIENT, self.base, LAUNCH)
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.grants)}"
        self.grants[code] = asked
        told = {"error": self.error} if self.error else {"code": code}
        back = f"{asked['redirect_uri']}?{urlencode({**told, 'state': asked['state']})}"
        send(handler, 302, b"", Location=back)

    def _token(self, handler: Handler) -> None:
        given = {name: texts[0] for name, texts in parse_qs(handler.body.decode()).items()}
        self.exchanged.append(given)
        asked = self.grants.pop(given["code"], None)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        same = asked is not None and (
            (challenge, given["redirect_uri"], self._client(given))
            == (asked["code_challenge"], asked["redirect_uri"], asked["client_id"])
        )
        if not same or given["grant_type"] != "authorization_code":
            send(handler, 400, b'{"error": "invalid_grant"}')
        else:
            send(handler, 200, json.dumps(self._granted()).encode())

    def _client(self, given: Mapping[str, str]) -> str | None:
        """Who asks: by name, or proved."""
        if self.keys is None:
            return given.get("client_id")
        proof = given.get("client_assertion", "")
        try:
            kid = jwt.get_unverified_header(proof)["kid"]
            (key,) = (k for k in self.keys["keys"] if k["kid"] == kid)
            audience = self.configuration["token_endpoint"]
            # The clock of these tests stands still.
            lax = {"verify_exp": False, "verify_iat": False}
            proved = jwt.decode(proof, jwt.PyJWK(key), [key["alg"]], lax, audience=audience)
        except (jwt.PyJWTError, ValueError):
            return None
        return str(proved["sub"])

    def _granted(self) -> Mapping[str, Any]:
        now = int(self.clock().timestamp())
        of = {
            "iss": self.configuration["issuer"],
            "aud": CLIENT,
            "sub": "dr-7",
            "iat": now,
            "exp": now + 300,
            "fhirUser": f"{self.base}/Practitioner/7",
        }
        told = {
            "access_token": ACCESS_TOKEN,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "launch",
            "patient": "p",
            "id_token": token(claims(**{**of, **self.claims}), **self.header),
            **self.says,
        }
        return {name: value for name, value in told.items() if value is not None}
