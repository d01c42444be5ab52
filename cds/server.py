"""Builds the application from its settings, and runs it in several worker processes.

A crash in the C engine costs one worker: the others go on, and the master replaces it.
"""

import os
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

from gunicorn.app.base import BaseApplication
from msgspec import Struct

from cds.api import create_app
from cds.audit.knowledge_store import put_knowledge
from cds.audit.opening import note_configuration, open_secret, open_store
from cds.errors import SettingsError
from cds.garbage import collecting_nothing, keep_loaded
from cds.http.canary import check_canaries, kept_canaries
from cds.http.core import CoreService
from cds.http.loading import load_kept_core
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.kept import Kept
from cds.knowledge.files import ROOT
from cds.observability import configure_logging, log
from cds.routes.admission import admission
from cds.secret import SUBJECTS
from cds.settings import Settings, TlsSettings
from cds.smart.client_keys import read_client_keys
from cds.trust.activation import take_up
from cds.trust.opening import check_reach, check_sign_off, open_trust

_THREADS = 64  # far more than work at once: a slow client holds one while it sends
_CONNECTIONS = 250  # each can hold the longest body, so they bound the memory
_SECONDS = 30
_OPEN = "Nobody is asked who they are: everybody on this machine can read and write decisions."


class Loaded(Struct, frozen=True):
    """An application, what the ready line says of it, and what a process does at its end."""

    app: WSGIApplication
    knowledge: str
    rules: int
    end: Callable[[datetime], None]


def load(settings: Settings) -> Loaded:
    """The application, checked: the knowledge is sound, the record opens, the canaries answer.

    Raises: LoadError, PolicyError, AuditError, CanaryError; NotInUseError when nobody has put the
    knowledge to use; SettingsError too when a file that is named cannot be used, or the address can
    be reached by others and nobody is asked who they are, or signed-off content is required. Each
    says what to do.
    """
    configure_logging()
    secret = open_secret(settings)
    store = open_store(settings, secret)
    trust = open_trust(settings, store, secret)
    check_reach(settings, trust)  # before what takes long
    client_keys = read_client_keys(settings.smart.client_keys)
    kept = Kept(settings.data_dir, secret.derive("knowledge"))
    core, canaries = load_kept_core(kept, settings.policies), kept_canaries(kept)
    check_sign_off(settings, core.rules())
    check_canaries(canaries, core)
    put_knowledge(store, ROOT, core.knowledge_sha256)
    take_up(store, trust, core.knowledge_sha256, datetime.now(UTC))
    note_configuration(store, settings.recorded, datetime.now(UTC))
    if trust.is_open():
        log().warning("open_mode", check=_OPEN)
    retired = secret.derive_retired(SUBJECTS)
    pipeline = Pipeline(core, store, secret.derive(SUBJECTS), settings.keep_text, retired)
    form_key = secret.derive("form")
    parts = Parts(
        *(core, store, pipeline, settings, form_key, canaries), trust=trust, client_keys=client_keys
    )
    app = create_app(parts, kept)
    end = partial(admission(app).refusals.settle, ends=True)
    return Loaded(app, core.knowledge_sha256[:12], _rule_count(core), end)


def serve(settings: Settings) -> None:
    """Runs the service until it is told to stop.

    Raises: as `load`; SettingsError when nothing can listen on the address, or the certificate
    cannot be used.
    """
    _check_address(settings)
    tls = open_tls(settings.tls) if settings.tls else None
    with collecting_nothing():
        loaded = load(settings)
    keep_loaded()
    _Server(loaded, settings, tls).run()


def open_tls(settings: TlsSettings) -> ssl.SSLContext:
    """What encrypts the connections: TLS 1.2 or newer, with this certificate.

    Raises: SettingsError when the files cannot be read or do not belong together.
    """
    found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # Asking for a password would wait for somebody to type it.
        found.load_cert_chain(settings.certificate, settings.key, password="")
    except (OSError, ValueError):
        raise SettingsError(
            f"CDS_TLS_CERTIFICATE {settings.certificate} and CDS_TLS_KEY {settings.key} cannot be "
            "used: no connection could be encrypted. Name PEM files that this account can read: "
            "the certificate with its chain, and its own key without a password."
        ) from None
    return found


def _check_address(settings: Settings) -> None:
    """gunicorn tries again for seconds and then ends without a word on the reason."""
    at = f"{settings.host}:{settings.port}"
    try:
        family, kind, *_, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SettingsError(
            f"Nothing can listen on {at}: {error.strerror}. Without an address there is no "
            "service. Stop what uses it, or set CDS_BIND to another address and port."
        ) from None


def _rule_count(core: CoreService) -> int:
    return len(core.rules())


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured here and from nowhere else."""

    def __init__(self, loaded: Loaded, settings: Settings, tls: ssl.SSLContext | None) -> None:
        self._loaded = loaded
        self._settings = settings
        self._tls = tls
        super().__init__()

    def load_config(self) -> None:
        """The settings of the server; loaded once, then forked."""
        at = f"{self._settings.host}:{self._settings.port}"
        for name, value in {
            "bind": at,
            "workers": self._settings.workers,
            "worker_class": "gthread",
            "threads": _THREADS,
            "worker_connections": _CONNECTIONS,
            "preload_app": True,
            "timeout": _SECONDS,
            "graceful_timeout": _SECONDS,
            "keepalive": 5,
            "max_requests": 0,
            "limit_request_line": 4094,
            "limit_request_fields": 64,
            "limit_request_field_size": 8190,
            "loglevel": "error",
            "logger_class": _QuietLogger,
            "proc_name": "exercise-cds",
            "control_socket_disable": True,  # nothing but signals steers the service
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
            "when_ready": lambda _: self._say_ready(at),
            "worker_exit": lambda _, __: self._loaded.end(datetime.now(UTC)),
            "child_exit": lambda _, worker: log().warning("worker_ended", worker=worker.pid),
            **self._encryption(),
        }.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """The application that was loaded before the fork."""
        return self._loaded.app

    def _encryption(self) -> dict[str, Any]:
        tls, files = self._tls, self._settings.tls
        if tls is None or files is None:
            return {}
        named = {"certfile": str(files.certificate), "keyfile": str(files.key)}
        return {**named, "ssl_context": lambda _, __: tls}

    def _say_ready(self, at: str) -> None:
        knowledge, rules = self._loaded.knowledge, self._loaded.rules
        scheme = "https" if self._tls else "http"
        print(f"ready on {scheme}://{at} (knowledge {knowledge}, {rules} rules)", flush=True)


class _QuietLogger:
    """gunicorn's log, reduced to our events: its own lines can hold parts of a request."""

    def __init__(self, cfg: Any) -> None:
        self.cfg = cfg

    def __getattr__(self, name: str) -> Any:
        level = "error" if name in ("critical", "error", "exception") else "debug"
        return lambda *_, **__: level == "error" and log().error("server_error")
