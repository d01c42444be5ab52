"""Keys: shown once, known by a code, gone when revoked, and all of it in the record."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from cds.audit.keys import Keys
from cds.audit.opening import open_store, rotate
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.errors import CdsError, NotAuthenticatedError
from cds.secret import read_secret
from cds.settings import Settings
from cds.trust.admission import Trust
from cds.trust.api_keys import ApiKeys
from cds.trust.opening import open_keys
from cds.trust.roles import Role
from cds.trust.sessions import LASTS, Sessions
from tests.trust.asking import bearer, browser, form_token, sign_in
from tests.trust.conftest import SECRET, Clock
from tests.trust.issuing import NOW


def test_a_key_says_who_asks(keys: ApiKeys) -> None:
    token = keys.create("ward 3", [Role.PRESCRIBER, Role.AUDITOR], "tester", NOW)
    found = Trust(keys).identify(f"bearer  {token}", NOW)
    assert found.id == f"key:{token[4:16]}"
    assert found.as_json()["roles"] == ["auditor", "prescriber"]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic {token}",
        "{token}",
        "Bearer {token}0",
        "Bearer {short}",
        "Bearer {other}",
        "Bearer cds_000000000000_" + "0" * 64,
        "Bearer x.y.z",
    ],
)
def test_what_is_no_key_opens_nothing(keys: ApiKeys, header: str | None) -> None:
    token = keys.create("ward 3", [Role.PRESCRIBER], "tester", NOW)
    last = "1" if token.endswith("0") else "0"
    given = header and header.format(token=token, short=token[:-1], other=token[:-1] + last)
    with pytest.raises(NotAuthenticatedError):
        Trust(keys).identify(given, NOW)


def test_the_key_of_another_installation_opens_nothing(keys: ApiKeys, store: Store) -> None:
    token = ApiKeys(store, b"another secret").create("ward 3", [Role.AUDITOR], "tester", NOW)
    assert keys.recognise(token) is None


def test_a_key_outlives_the_rotation_of_the_secret_and_an_old_secret_makes_none(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path)
    with closing(open_store(settings, read_secret(tmp_path))) as store:
        before = open_keys(store, read_secret(tmp_path))
        old = before.create("ward 3", [Role.PRESCRIBER], "tester", NOW)
    stolen = read_secret(tmp_path)
    rotate(settings, stolen, "tester", NOW)
    secret = read_secret(tmp_path)
    with closing(open_store(settings, secret)) as store:
        keys = open_keys(store, secret)
        new = keys.create("ward 4", [Role.AUDITOR], "tester", NOW)
        forged = ApiKeys(store, stolen.derive("api keys")).create("x", list(Role), "x", NOW)
        assert [bool(keys.recognise(each)) for each in (old, new, forged)] == [True, True, False]
        keys.revoke(old[4:16], "tester", NOW)
        assert keys.recognise(old) is None


def test_whoever_writes_the_database_cannot_raise_a_role(keys: ApiKeys, store: Store) -> None:
    """The code of a key is of its roles too, and only the secret makes one."""
    token = keys.create("ward 3", [Role.AUDITOR], "tester", NOW)
    (made,) = store.entries()
    told = {**json.loads(store.text_of(made)), "roles": ["administrator", "prescriber"]}
    store.append(Draft("api_key_created", told, NOW, ""))
    assert keys.find(token[4:16]) is not None
    assert keys.recognise(token) is None


def test_a_revoked_key_opens_nothing_in_any_process(
    keys: ApiKeys, store: Store, tmp_path: Path
) -> None:
    token = keys.create("ward 3", [Role.PRESCRIBER], "tester", NOW)
    with closing(Store(f"sqlite:///{tmp_path / 'records.sqlite3'}", Keys(SECRET))) as other:
        elsewhere = ApiKeys(other, SECRET)
        assert elsewhere.recognise(token)
        keys.revoke(token[4:16], "tester", NOW)
        assert elsewhere.recognise(token) is None
    assert keys.recognise(token) is None
    assert not Trust(keys).is_open()  # the last key that goes leaves no door open
    with pytest.raises(CdsError, match="keys list"):
        keys.revoke(token[4:16], "tester", NOW)


def test_the_record_tells_of_keys_and_holds_none(
    keys: ApiKeys, store: Store, tmp_path: Path
) -> None:
    token = keys.create("ward 3", [Role.PRESCRIBER], "tester", NOW)
    keys.revoke(token[4:16], "tester", NOW)
    assert [entry.kind for entry in store.entries()] == ["api_key_created", "api_key_revoked"]
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    secret = token.rpartition("_")[2]
    bodies = "".join(store.text_of(entry) for entry in store.entries())
    assert (secret.encode() in files, secret in bodies) == (False, False)
    assert b"ward 3" not in files  # sealed
    (known,) = keys.all()
    assert (known.name, known.revoked is not None) == ("ward 3", True)
    assert store.verify() is None


@pytest.mark.parametrize("name", ["", "n" * 81, "a\nb", "<b>", "a\tb", '"'])
def test_a_name_is_plain_and_short(keys: ApiKeys, name: str) -> None:
    with pytest.raises(CdsError, match="name of a key"):
        keys.create(name, [Role.AUDITOR], "tester", NOW)


def test_the_first_key_closes_a_service_that_runs(
    build: Callable[..., Flask], keys: ApiKeys
) -> None:
    client = build().test_client()
    assert client.get("/v1/facts").status_code == 200
    assert client.get("/health/ready").get_json()["access"] == "open"
    token = keys.create("ward 3", [Role.AUDITOR], "tester", NOW)
    assert client.get("/v1/facts").status_code == 401
    assert client.get("/v1/facts", headers=bearer(token)).status_code == 200
    assert client.get("/health/ready").get_json()["access"] == "roles"


def test_a_session_holds_no_key_and_only_this_service_can_use_it(
    build: Callable[..., Flask], tokens: dict[Role, str]
) -> None:
    client = build().test_client()
    answer = sign_in(client, tokens[Role.PRESCRIBER])
    (cookie,) = (c for c in answer.headers.getlist("Set-Cookie") if c.startswith("cds_session="))
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert tokens[Role.PRESCRIBER][4:16] not in cookie
    assert client.get("/").status_code == 200
    held = client.get_cookie("cds_session")
    assert held is not None
    client.set_cookie("cds_session", held.value[:-4] + "AAAA")
    assert client.get("/").headers["Location"] == "/sign-in"
    client.set_cookie("cds_session", Sessions(b"other").seal(tokens[Role.PRESCRIBER][4:16], NOW))
    assert client.get("/").headers["Location"] == "/sign-in"


def test_behind_tls_a_session_never_leaves_it(
    build: Callable[..., Flask], tokens: dict[Role, str]
) -> None:
    answer = sign_in(build(secure_cookies=True).test_client(), tokens[Role.PRESCRIBER])
    (cookie,) = (c for c in answer.headers.getlist("Set-Cookie") if c.startswith("cds_session="))
    assert "Secure" in cookie.split("; ")


def test_a_session_ends_after_its_hours_and_with_its_key(
    build: Callable[..., Flask], tokens: dict[Role, str], keys: ApiKeys, clock: Clock
) -> None:
    app = build()
    first = browser(app, tokens[Role.PRESCRIBER])
    clock.now = NOW + LASTS - timedelta(seconds=1)
    assert first.get("/").status_code == 200
    clock.now = NOW + LASTS
    assert first.get("/").headers["Location"] == "/sign-in"
    second = browser(app, tokens[Role.PRESCRIBER])
    assert second.get("/").status_code == 200
    keys.revoke(tokens[Role.PRESCRIBER][4:16], "tester", NOW)
    assert second.get("/").headers["Location"] == "/sign-in"


def test_signing_in_needs_a_true_key_and_the_form(
    build: Callable[..., Flask], tokens: dict[Role, str]
) -> None:
    client = build().test_client()
    answer = sign_in(client, "cds_000000000000_" + "0" * 64)
    assert (answer.status_code, "not a key of this service" in answer.text) == (401, True)
    assert client.post("/sign-in", data={"key": tokens[Role.PRESCRIBER]}).status_code == 403
    assert client.get("/").headers["Location"] == "/sign-in"


def test_signing_out_needs_the_form_and_ends_it(
    build: Callable[..., Flask], tokens: dict[Role, str]
) -> None:
    client = browser(build(), tokens[Role.PRESCRIBER])
    assert client.post("/sign-out").status_code == 403
    page = client.get("/").text
    assert "Sign out" in page
    answer = client.post("/sign-out", data={"csrf_token": form_token(page)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert client.get("/").headers["Location"] == "/sign-in"
