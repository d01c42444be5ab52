"""What CDS Hooks may call and be called from: nothing unless it is set, and then exactly that."""

from pathlib import Path

import pytest

from cds.errors import SettingsError
from cds.hook_settings import HookSettings
from cds.settings import read_settings, unknown_settings

KEYS = {"CDS_HOOK_CLIENTS": "https://a.example=keys.json"}
URL = {"CDS_PUBLIC_URL": "https://cds.example.org/"}


def test_nothing_is_called_and_nobody_is_believed_by_default() -> None:
    assert read_settings({}).hooks == HookSettings()


def test_every_variable_is_read(tmp_path: Path) -> None:
    certificates = tmp_path / "ca.pem"
    certificates.touch()
    given = {
        **URL,
        **KEYS,
        "CDS_SMART_URL": "https://cds.example.org/launch",
        "CDS_FHIR_SERVERS": "https://a.example/r4, https://b.example:8443/fhir/",
        "CDS_FHIR_NETWORKS": "10.1.2.0/24,fd00::/64",
        "CDS_FHIR_CA_FILE": str(certificates),
        "CDS_HOOKS_VERSION": "2.0.1",
    }
    assert unknown_settings(given) == ()
    found = read_settings(given).hooks
    assert found.public_url == "https://cds.example.org"
    assert found.smart_url == "https://cds.example.org/launch"
    assert dict(found.clients) == {"https://a.example": "keys.json"}
    assert found.fhir_servers == {"https://a.example/r4", "https://b.example:8443/fhir"}
    assert list(map(str, found.fhir_networks)) == ["10.1.2.0/24", "fd00::/64"]
    assert (found.fhir_ca_file, found.version) == (certificates, "2.0.1")


def test_for_development_an_address_of_this_machine_will_do() -> None:
    given = {"CDS_PUBLIC_URL": "http://127.0.0.1:8000"}
    assert read_settings(given).hooks.public_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_PUBLIC_URL", "cds.example.org"),
        ("CDS_PUBLIC_URL", "http://cds.example.org"),
        ("CDS_PUBLIC_URL", "https://a.example,https://b.example"),
        ("CDS_SMART_URL", "javascript:alert(1)"),
        ("CDS_FHIR_SERVERS", "http://ehr.example.org/r4"),
        ("CDS_FHIR_SERVERS", "https://user@ehr.example.org/r4"),
        ("CDS_FHIR_SERVERS", "https://ehr.example.org/r4/../x"),
        ("CDS_FHIR_SERVERS", "https://ehr.example.org/r4?x=1"),
        ("CDS_FHIR_SERVERS", "*"),
        ("CDS_FHIR_SERVERS", ",".join(f"https://e{n}.example" for n in range(21))),
        ("CDS_FHIR_NETWORKS", "10.1.2.3/24"),
        ("CDS_FHIR_NETWORKS", "everywhere"),
        ("CDS_FHIR_CA_FILE", "/no/such/file"),
        ("CDS_HOOKS_VERSION", "3.0.0"),
        ("CDS_HOOK_CLIENTS", "https://a.example"),
        ("CDS_HOOK_CLIENTS", "https://a.example=k.json,https://a.example=l.json"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({**URL, name: value} if name == "CDS_HOOK_CLIENTS" else {name: value})


def test_clients_need_the_address_that_their_tokens_name() -> None:
    with pytest.raises(SettingsError, match="CDS_PUBLIC_URL"):
        read_settings(KEYS)
