"""Settings are read once and refused with the name and the mend; the secret is private."""

import json
import stat
from pathlib import Path

import pytest

from cds.errors import SettingsError
from cds.observability import KEYS, configure_logging, error_chain, frames, keep_allowed, log
from cds.secret import read_secret
from cds.settings import KNOWN, TlsSettings, read_settings, unknown_settings

HOME = Path(__file__).parents[2]


def test_nothing_set_gives_the_defaults() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 2)
    assert settings.data_dir.name == "var"
    assert settings.database.endswith("/var/records.sqlite3")


def test_every_setting_is_told_to_whoever_runs_the_service() -> None:
    told = "".join(page.read_text("utf-8") for page in (HOME / "docs").glob("*.md"))
    told += (HOME / "README.md").read_text("utf-8")
    assert [name for name in sorted(KNOWN) if f"`{name}" not in told] == []


def test_what_is_set_counts() -> None:
    settings = read_settings(
        {"CDS_BIND": "0.0.0.0:80", "CDS_DATA_DIR": "/data", "CDS_SECURE_COOKIES": "1"}
    )
    assert (settings.host, settings.port) == ("0.0.0.0", 80)
    assert settings.database == "sqlite:////data/records.sqlite3"
    assert settings.secure_cookies


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_BIND", "8000"),
        ("CDS_BIND", "127.0.0.1:"),
        ("CDS_BIND", "127.0.0.1:70000"),
        ("CDS_WORKERS", "0"),
        ("CDS_WORKERS", "-1"),
        ("CDS_WORKERS", "two"),
        ("CDS_MAX_BODY_BYTES", "1e6"),
        ("CDS_SECURE_COOKIES", "yes"),
        ("CDS_TLS_CERTIFICATE", "certificate.pem"),
        ("CDS_TLS_KEY", "key.pem"),
        ("CDS_POLICIES", "icd_margin"),
        ("CDS_POLICIES", "=20"),
        ("CDS_POLICIES", "icd_margin="),
        ("CDS_POLICIES", "icd_margin=20,icd_margin=10"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


def test_with_a_certificate_cookies_are_sent_over_tls_only() -> None:
    settings = read_settings({"CDS_TLS_CERTIFICATE": "/a.pem", "CDS_TLS_KEY": "/b.pem"})
    assert settings.tls == TlsSettings(Path("/a.pem"), Path("/b.pem"))
    assert settings.secure_cookies


def test_the_positions_of_the_site_are_read() -> None:
    read = read_settings({"CDS_POLICIES": " icd_margin = 20, tug_cut=cut_13_5, "}).policies
    assert read == {"icd_margin": "20", "tug_cut": "cut_13_5"}


def test_a_mistyped_setting_is_found() -> None:
    assert unknown_settings({"CDS_BNID": "x", "CDS_BIND": "y", "HOME": "z"}) == ("CDS_BNID",)


def test_the_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = read_secret(tmp_path)
    assert read_secret(tmp_path) == first
    assert [len(part) for part in first.parts] == [32]
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert first.derive("form") != first.derive("subject")


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    read_secret(tmp_path)
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_secret(tmp_path)


def test_a_damaged_secret_is_refused(tmp_path: Path) -> None:
    read_secret(tmp_path)
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(SettingsError, match="damaged"):
        read_secret(tmp_path)


def test_a_key_that_is_not_listed_never_reaches_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    log().info("request", status=200, patient="Zebulon", age=70)
    line = json.loads(capfd.readouterr().err)
    assert set(line) <= KEYS
    assert "Zebulon" not in json.dumps(line)


def test_an_odd_value_is_cut_to_a_short_text() -> None:
    kept = keep_allowed(None, "", {"event": "x" * 900, "frames": ["y" * 900] * 99})
    assert (len(kept["event"]), len(kept["frames"]), len(kept["frames"][0])) == (200, 12, 200)


def test_an_exception_is_told_by_class_and_place_without_its_message() -> None:
    with pytest.raises(KeyError) as caught:
        {}["Zebulon"]
    told = [error_chain(caught.value), *frames(caught.value)]
    assert told[0] == "KeyError"
    assert "test_settings.py" in told[1]
    assert "Zebulon" not in "".join(told)
