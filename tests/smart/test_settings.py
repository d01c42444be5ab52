"""Which EHRs may launch the form: none unless they are set, and then exactly those."""

from pathlib import Path

import pytest

from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.errors import SettingsError
from cds.secret import Secret
from cds.settings import Settings, read_settings, unknown_settings
from cds.smart_settings import SmartSettings
from cds.trust.opening import open_trust

URL = {"CDS_PUBLIC_URL": "https://cds.example.org"}
ONE = "https://ehr.example.org/r4=client-1"


def test_nobody_may_launch_by_default() -> None:
    assert read_settings({}).smart == SmartSettings()


def test_all_variables_are_read() -> None:
    given = {
        **URL,
        "CDS_SMART_ISSUERS": f"{ONE}, https://b.example:8443/fhir/=abc==",
        "CDS_SMART_HOSTS": "login.example.org",
        "CDS_CLIENT_KEYS": "/etc/cds/client.pem",
        "CDS_BULK_SERVERS": "https://b.example:8443/fhir/=backend",
        "CDS_BULK_HOSTS": "files.example.org",
    }
    assert unknown_settings(given) == ()
    found = read_settings(given)
    assert found.smart.recorded == {
        "issuers": {
            "https://ehr.example.org/r4": "client-1",
            "https://b.example:8443/fhir": "abc==",
        },
        "hosts": ["login.example.org"],
        "client_keys": "/etc/cds/client.pem",
        "bulk_servers": {"https://b.example:8443/fhir": "backend"},
        "bulk_hosts": ["files.example.org"],
    }
    assert found.recorded["smart"] == found.smart.recorded


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_SMART_ISSUERS", "https://ehr.example.org/r4"),
        ("CDS_SMART_ISSUERS", "http://ehr.example.org/r4=client"),
        ("CDS_SMART_ISSUERS", "https://user@ehr.example.org/r4=client"),
        ("CDS_SMART_ISSUERS", "https://ehr.example.org/r4=two words"),
        ("CDS_SMART_ISSUERS", f"{ONE},{ONE}"),
        ("CDS_SMART_ISSUERS", f"{ONE},https://ehr.example.org/r4/=other"),
        ("CDS_SMART_ISSUERS", "*=client"),
        ("CDS_SMART_HOSTS", "https://login.example.org"),
        ("CDS_SMART_HOSTS", "*"),
        ("CDS_BULK_SERVERS", "http://ehr.example.org/r4=client"),
        ("CDS_BULK_SERVERS", f"{ONE},{ONE}"),
        ("CDS_BULK_HOSTS", "https://files.example.org"),
    ],
)
def test_what_would_be_a_guess_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({**URL, name: value})


def test_a_launch_needs_the_address_to_come_back_to() -> None:
    with pytest.raises(SettingsError, match="CDS_PUBLIC_URL"):
        read_settings({"CDS_SMART_ISSUERS": ONE})


def test_an_export_needs_a_key_to_prove_who_asks() -> None:
    with pytest.raises(SettingsError, match="CDS_CLIENT_KEYS"):
        read_settings({"CDS_BULK_SERVERS": ONE})


def test_an_ehr_that_may_launch_closes_the_service(tmp_path: Path) -> None:
    """Else whoever reaches it would get in without any launch."""
    store = Store(f"sqlite:///{tmp_path / 'records.sqlite3'}", Keys(b"key"))
    launched = Settings(smart=SmartSettings({"https://ehr.example.org/r4": "client-1"}))
    assert not open_trust(launched, store, Secret((b"secret",))).is_open()
    assert open_trust(Settings(), store, Secret((b"secret",))).is_open()
    store.close()
