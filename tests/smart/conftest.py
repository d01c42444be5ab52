"""The application that an EHR of the tests may launch."""

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds.api import create_app
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.hook_settings import HookSettings
from cds.http.core import CoreService
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.observability import configure_logging
from cds.settings import Settings
from cds.smart.client_keys import NO_KEYS, ClientKeys
from cds.smart_settings import SmartSettings
from cds.trust.admission import Trust
from cds.trust.api_keys import ApiKeys
from cds.trust.launches import Launches
from tests.hooks.ehr import Ehr, serving
from tests.smart.ehr import CLIENT, LAUNCH, SmartEhr
from tests.trust.conftest import Clock
from tests.trust.issuing import NOW

SECRET = b"a secret of the tests"
PUBLIC_URL = "https://cds.example.org"
Build = Callable[..., Flask]


@pytest.fixture(scope="session", autouse=True)
def _logging() -> None:
    configure_logging()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ehr]:
    """One server for all tests."""
    with serving(tmp_path_factory.mktemp("smart")) as opened:
        yield opened


@pytest.fixture(scope="session")
def one_clock() -> Clock:
    """The clock of the application and of the EHR."""
    return Clock()


@pytest.fixture
def clock(one_clock: Clock) -> Clock:
    """The clock, as a test may move it."""
    one_clock.now = NOW
    return one_clock


@pytest.fixture
def ehr(server: Ehr, clock: Clock) -> SmartEhr:
    """The EHR with an empty record of one patient."""
    server.calls.clear()
    return SmartEhr(server, clock)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A record that all tests share: what one launch leaves is of no use to another."""
    path = tmp_path_factory.mktemp("record") / "records.sqlite3"
    opened = Store(f"sqlite:///{path}", Keys(SECRET))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def build(core: CoreService, store: Store, server: Ehr, one_clock: Clock) -> Build:
    """Builds the application; `smart` says which EHRs may launch it, `keys` prove who it is."""

    def application(
        smart: SmartSettings | None = None, keys: ClientKeys = NO_KEYS, **hooks: Any
    ) -> Flask:
        of = smart or SmartSettings({server.base: CLIENT})
        given = {
            "public_url": PUBLIC_URL,
            "fhir_networks": (ip_network("127.0.0.1/32"),),
            "fhir_ca_file": server.certificate,
        }
        settings = Settings(hooks=HookSettings(**{**given, **hooks}), smart=of)
        launches = Launches(of.issuers, SECRET) if of.issuers else None
        trust = Trust(ApiKeys(store, SECRET), launches=launches)
        pipeline = Pipeline(core, store, SECRET)
        parts = (core, store, pipeline, settings, b"form key")
        return create_app(Parts(*parts, clock=one_clock, trust=trust, client_keys=keys))

    return application


@pytest.fixture(scope="session")
def application(build: Build) -> Flask:
    """The application that the EHR of the tests may launch."""
    return build()


@pytest.fixture
def browser(application: Flask) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return application.test_client()


def launch(browser: FlaskClient, ehr: SmartEhr, **changes: str) -> TestResponse:
    """What the browser gets at the address that the EHR opens."""
    return browser.get("/launch", query_string={"iss": ehr.base, "launch": LAUNCH, **changes})


def come_back(browser: FlaskClient, ehr: SmartEhr) -> TestResponse:
    """A launch from its beginning to what is shown in the end."""
    begun = launch(browser, ehr)
    assert begun.status_code == 303, begun.text
    back = ehr.sign_in(begun.headers["Location"])
    assert back.startswith(f"{PUBLIC_URL}/callback?")
    return browser.get(back.removeprefix(PUBLIC_URL))
