"""A server of the tests that gives exports: tokens for signed proofs, jobs that take a while."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from cds.fhir.intake import TYPES_READ
from tests.fhir.records import Resource
from tests.hooks.ehr import Ehr, send
from tests.population.exports import people

CLIENT = "exercise-cds-backend"
MOMENT = "2026-11-22T08:00:00.000Z"
PREFIX = "canary-token-"
Handler = Any
#: An answer to whoever looks whether the export is ready: a status and headers.
Look = tuple[int, Mapping[str, str]]


@dataclass
class BulkEhr:
    """What it says, and what it was asked.

    `looks` are answered before the export is ready, `files` maps addresses to lines, `says`
    replaces members of the manifest, `grants` those of the answer with the token.
    """

    server: Ehr
    public: Mapping[str, Any]
    looks: list[Look] = field(default_factory=list)
    says: dict[str, Any] = field(default_factory=dict)
    grants: dict[str, Any] = field(default_factory=dict)
    asked: list[Mapping[str, str]] = field(default_factory=list)
    begun: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    proofs: list[Mapping[str, Any]] = field(default_factory=list)
    deleted: int = 0
    open_files: bool = False

    def __post_init__(self) -> None:
        self.base, self.at = self.server.base, self.server.base.removesuffix("/r4")
        self.configuration: dict[str, Any] = {
            "token_endpoint": f"{self.at}/token",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
            "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        }
        self.tokens: list[str] = []
        self.output: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []
        self.server.holds = {
            "/r4/.well-known/smart-configuration": self.configuration,
            "/token": self._token,
            "/r4/Patient/$export": self._kick_off,
            "/r4/Group/ward-3/$export": self._kick_off,
            "/jobs/1": self._job,
        }

    def export(self, resources: Iterable[Resource]) -> None:
        """What it gives: a file for each type."""
        by_type: dict[str, list[Resource]] = {}
        for resource in resources:
            by_type.setdefault(resource["resourceType"], []).append(resource)
        self.output = [self.hold(type_, found) for type_, found in by_type.items()]

    def hold(self, type_: str, resources: list[Any], **more: Any) -> dict[str, Any]:
        """An entry of the manifest, and the file behind it."""
        path = f"/files/{type_}-{len(self.server.holds)}"
        text = "\n".join(map(json.dumps, resources)).encode()
        self.server.holds[path] = lambda handler: self._file(handler, text)
        return {"type": type_, "url": f"{self.at}{path}", "count": len(resources), **more}

    def paths(self, start: str) -> list[str]:
        """What was asked for below an address."""
        return [path for path in self.server.paths if path.startswith(start)]

    def _token(self, handler: Handler) -> None:
        given = {name: texts[0] for name, texts in parse_qs(handler.body.decode()).items()}
        self.asked.append(given)
        if not self._is_proved(given["client_assertion"]):
            send(handler, 400, b'{"error": "invalid_client"}')
            return
        self.tokens.append(f"{PREFIX}{len(self.tokens)}")
        told = {
            "access_token": self.tokens[-1],
            "token_type": "bearer",
            "expires_in": 300,
            "scope": given["scope"],
            **self.grants,
        }
        status = told.pop("status", 200)
        send(handler, status, json.dumps(told).encode())

    def _is_proved(self, proof: str) -> bool:
        header = jwt.get_unverified_header(proof)
        found = [key for key in self.public["keys"] if key["kid"] == header["kid"]]
        url = self.configuration["token_endpoint"]
        for key in found:
            claims = jwt.decode(proof, jwt.PyJWK(key), [header["alg"]], audience=url)
            self.proofs.append({**header, **claims})
        return bool(found)

    def _let_in(self, handler: Handler) -> bool:
        known = handler.headers["Authorization"] == f"Bearer {self.tokens[-1]}"
        if not known:
            send(handler, 401, b"{}")
        return known

    def _kick_off(self, handler: Handler) -> None:
        if self._let_in(handler):
            self.begun.append((handler.path, dict(handler.headers)))
            send(handler, 202, b"", Content_Location=f"{self.at}/jobs/1")

    def _job(self, handler: Handler) -> None:
        if not self._let_in(handler):
            return
        if handler.command == "DELETE":
            self.deleted += 1
            send(handler, 202, b"")
        elif self.looks:
            status, headers = self.looks.pop(0)
            send(handler, status, b"", **headers)
        else:
            manifest = {
                "transactionTime": MOMENT,
                "request": "https://ehr.example.org/r4/$export",
                "requiresAccessToken": not self.open_files,
                "output": self.output,
                "error": self.errors,
                **self.says,
            }
            send(handler, 200, json.dumps(manifest).encode())

    def _file(self, handler: Handler, text: bytes) -> None:
        if self.open_files:
            assert handler.headers["Authorization"] is None
            send(handler, 200, text)
        elif self._let_in(handler):
            send(handler, 200, text)


@dataclass
class Waiting:
    """A clock whose time passes only while somebody sleeps."""

    slept: list[float] = field(default_factory=list)
    ends: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        self.slept.append(seconds)
        self.ends()

    def seconds(self) -> float:
        """Since the beginning."""
        return sum(self.slept)

    def now(self) -> datetime:
        """A moment of the tests."""
        return datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def small() -> list[Resource]:
    """Two patients with what belongs to them."""
    return people(2)


ALL_TYPES = sorted(TYPES_READ)


def query(path: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: texts[0] for name, texts in parse_qs(urlsplit(path).query).items()}
