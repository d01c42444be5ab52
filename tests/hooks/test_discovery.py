"""Discovery: one document of the services, in the shape of CDS Hooks 2.0.1."""

import re
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient

from cds.hook_settings import HookSettings
from cds.http.core import CoreService
from tests.hooks.calls import HOOKS, KEYS
from tests.hooks.conftest import Build

_READ = re.compile(r"[A-Z][A-Za-z]+/\{\{context\.patientId\}\}")
_SEARCH = re.compile(r"[A-Z][A-Za-z]+\?patient=\{\{context\.patientId\}\}(&(code|status)=[^&{}]+)*")
_TOKEN = re.compile(r"\{\{([^}]*)\}\}")


def _services(client: FlaskClient) -> list[dict[str, Any]]:
    answer = client.get("/cds-services")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: list[dict[str, Any]] = answer.get_json()["services"]
    return found


def _values(value: Any) -> Iterator[Any]:
    yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _values(inner)


def test_every_hook_has_one_service_with_what_the_standard_demands(client: FlaskClient) -> None:
    services = _services(client)
    assert {service["id"]: service["hook"] for service in services} == HOOKS
    assert len(services) == len(HOOKS)
    demanded = ("id", "hook", "title", "description", "usageRequirements")
    assert all(isinstance(service[name], str) for service in services for name in demanded)
    assert all(service.keys() == {*demanded, "prefetch"} for service in services)


def test_the_version_of_the_standard_is_said_where_that_is_asked_for(build: Build) -> None:
    """CH-D4: clients of 2.0 may refuse the member, so that it does not come by itself."""
    services = _services(build(HookSettings(version="2.0.1")))
    assert {service["version"] for service in services} == {"2.0.1"}


def test_nothing_in_the_document_is_null_or_empty(client: FlaskClient) -> None:
    assert [value for value in _values(_services(client)) if value in (None, "", [], {})] == []


def test_every_service_says_what_it_is_for_and_what_it_needs(
    client: FlaskClient, core: CoreService
) -> None:
    """REG-07, CH-D6."""
    for service in _services(client):
        assert service["usageRequirements"].startswith(core.intended_use.text)
        assert "(412)" in service["usageRequirements"]


def test_templates_hold_no_token_but_the_patient_of_the_context(client: FlaskClient) -> None:
    templates = [t for service in _services(client) for t in service["prefetch"].values()]
    assert {token for t in templates for token in _TOKEN.findall(t)} == {"context.patientId"}


def test_templates_are_reads_and_searches_of_the_patient_by_tokens(client: FlaskClient) -> None:
    """CH-P1, CH-P4: what every client of 2.0 can fill in."""
    templates = [t for service in _services(client) for t in service["prefetch"].values()]
    assert [t for t in templates if not (_READ.fullmatch(t) or _SEARCH.fullmatch(t))] == []


def test_the_keys_are_those_that_change_guidance(client: FlaskClient) -> None:
    assert {tuple(s["prefetch"]) for s in _services(client)} == {("patient", *KEYS)}


def test_the_observations_asked_for_are_those_that_a_fact_reads(client: FlaskClient) -> None:
    """A code that no fact reads is asked for in vain; one that is not asked for is lost."""
    template = _services(client)[0]["prefetch"]["observations"]
    asked = {part.rpartition("|")[2] for part in template.partition("code=")[2].split(",")}
    facts = client.get("/v1/facts").get_json()["facts"]
    read = {
        coding["code"]
        for fact in facts
        for coding in fact["codes"]
        if coding["system"] == "http://loinc.org"
    }
    assert asked - read == {"85354-9", "89574-8"}  # panels: their components are read
    assert read <= asked
