"""A launch from the EHR to a recorded decision."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from cds.audit.store import Store
from cds.smart_settings import SmartSettings
from cds.trust.roles import subject_id
from tests.fhir.records import observation, quantity
from tests.hooks.calls import CORONARY, searchset
from tests.smart.conftest import SECRET, Build, come_back, launch
from tests.smart.ehr import ACCESS_TOKEN, CLIENT, LAUNCH, TYPES, SmartEhr
from tests.trust.asking import form_token
from tests.trust.conftest import Clock

RATE = observation(**{"effectiveDateTime": "2026-11-22", "valueQuantity": quantity(71)})


def test_the_browser_is_sent_to_the_sign_in_with_all_that_smart_asks_for(
    browser: FlaskClient, ehr: SmartEhr
) -> None:
    answer = launch(browser, ehr)
    assert answer.status_code == 303
    target = urlsplit(answer.headers["Location"])
    assert target.geturl().startswith(ehr.configuration["authorization_endpoint"] + "?")
    asked = {name: texts[0] for name, texts in parse_qs(target.query).items()}
    assert (len(asked.pop("state")), len(asked.pop("code_challenge"))) == (43, 43)
    scope = asked.pop("scope").split()
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": "https://cds.example.org/callback",
        "launch": LAUNCH,
        "aud": ehr.base,
        "code_challenge_method": "S256",
    }
    reads = [f"patient/{kind}.read" for kind in sorted((*TYPES, "Patient"))]
    assert scope == ["launch", "openid", "fhirUser", *reads]


def test_scopes_are_written_as_the_ehr_says_it_reads_them(
    browser: FlaskClient, ehr: SmartEhr
) -> None:
    ehr.configuration["capabilities"].append("permission-v2")
    location = launch(browser, ehr).headers["Location"]
    assert "patient/Observation.rs" in parse_qs(urlsplit(location).query)["scope"][0].split()


def test_the_address_to_come_back_to_is_never_that_of_the_request(
    browser: FlaskClient, ehr: SmartEhr
) -> None:
    given = {"iss": ehr.base, "launch": LAUNCH}
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = browser.get("/launch", query_string=given, headers=headers)
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert asked["redirect_uri"] == ["https://cds.example.org/callback"]


def test_a_launched_form_is_filled_in_and_leads_to_a_decision(
    browser: FlaskClient, ehr: SmartEhr, store: Store
) -> None:
    ehr.hold("/r4/Condition", searchset(CORONARY))
    ehr.hold("/r4/Observation", searchset(RATE))
    shown = come_back(browser, ehr)
    assert shown.status_code == 200
    values = _typed(shown.text)
    assert values["fact.hr_rest"] == ["71"]
    assert values["conditions"]
    values["csrf_token"] = [form_token(shown.text)]
    decided = browser.post("/", data=values)
    assert decided.status_code == 303, decided.text[:3_000]
    page = browser.get(decided.headers["Location"])
    assert page.status_code == 200
    entry = store.get(decided.headers["Location"].rpartition("/")[2])
    assert entry is not None
    who = subject_id(SECRET, ehr.configuration["issuer"], "dr-7")
    assert json.loads(store.text_of(entry))["who"] == {"id": who, "roles": ["prescriber"]}


def test_what_was_and_was_not_read_is_said(browser: FlaskClient, ehr: SmartEhr) -> None:
    link = {"relation": "next", "url": f"{ehr.base}/gone"}
    ehr.hold("/r4/Observation", searchset(RATE, link=[link]))
    del ehr.server.holds["/r4/Device"]
    told = re.findall(r"<li>(.*?)</li>", _origin(come_back(browser, ehr).text))
    words = [re.sub("<[^>]+>", "", line) for line in told]
    assert words == [
        "Read: the patient, conditions, medications, procedures, medicines as the patient takes"
        " them, allergies, answered questionnaires",
        "Read only in part: measured values",
        "Not read, so nothing is known of it: implanted devices",
    ]


def test_pages_of_a_part_are_followed(browser: FlaskClient, ehr: SmartEhr) -> None:
    link = {"relation": "next", "url": f"{ehr.base}/Condition?page=2"}
    ehr.hold("/r4/Condition", searchset(link=[link], total=1))
    ehr.hold("/r4/Condition?page=2", searchset(CORONARY, total=1))
    assert _typed(come_back(browser, ehr).text)["conditions"]


def test_an_empty_record_states_nothing_that_it_does_not_hold(
    browser: FlaskClient, ehr: SmartEhr
) -> None:
    """That no condition was found does not mean that somebody checked the list."""
    values = _typed(come_back(browser, ehr).text)
    assert sorted(values) == ["at.fact.age", "evaluation_date", "fact.age", "fact.sex"]


def test_the_token_goes_to_the_fhir_server_and_nowhere_else(
    browser: FlaskClient, ehr: SmartEhr, store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    ehr.hold("/r4/Condition", searchset(CORONARY))
    shown = come_back(browser, ehr)
    values = {**_typed(shown.text), "csrf_token": [form_token(shown.text)]}
    answers = [shown, browser.post("/", data=values)]
    carried = [path for path, headers in ehr.server.calls if ACCESS_TOKEN in str(headers)]
    assert len(carried) == 1 + len(TYPES)
    assert all(path.startswith("/r4/") for path in carried)
    told = capfd.readouterr()
    kept = "".join(store.text_of(entry) for entry in store.entries())
    secrets = [ACCESS_TOKEN, ehr.exchanged[0]["code_verifier"], ehr.exchanged[0]["code"]]
    for answer in answers:
        for secret in secrets:
            assert secret not in answer.text + str(answer.headers) + told.out + told.err + kept


def test_no_address_and_no_cookie_holds_anything_of_the_patient(
    browser: FlaskClient, ehr: SmartEhr
) -> None:
    answer = come_back(browser, ehr)
    cookies = answer.headers.getlist("Set-Cookie")
    assert "Location" not in answer.headers
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        "cds_session",
        "cds_launch",
        "cds_form",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_only_the_cookie_of_the_launch_comes_along_from_another_site(
    browser: FlaskClient, ehr: SmartEhr
) -> None:
    begun = launch(browser, ehr)
    (cookie,) = begun.headers.getlist("Set-Cookie")
    assert {"HttpOnly", "Path=/callback", "SameSite=Lax", "Max-Age=600"} <= set(cookie.split("; "))
    done = browser.get(_back(begun, ehr))
    strict = [c for c in done.headers.getlist("Set-Cookie") if not c.startswith("cds_launch=")]
    assert all("SameSite=Strict" in c and "HttpOnly" in c for c in strict)


def test_the_session_of_a_launch_ends_after_an_hour(
    browser: FlaskClient, ehr: SmartEhr, clock: Clock
) -> None:
    come_back(browser, ehr)
    assert browser.get("/").status_code == 200
    clock.now = clock.now.replace(hour=clock.now.hour + 1)
    assert browser.get("/").headers["Location"] == "/sign-in"


def test_the_session_ends_when_its_ehr_is_no_longer_configured(
    browser: FlaskClient, build: Build, ehr: SmartEhr
) -> None:
    come_back(browser, ehr)
    session = browser.get_cookie("cds_session")
    assert session is not None
    other = build(SmartSettings({"https://other.example": CLIENT})).test_client()
    other.set_cookie("cds_session", session.value)
    assert other.get("/").headers["Location"] == "/sign-in"


def test_a_launched_user_can_sign_out(browser: FlaskClient, ehr: SmartEhr) -> None:
    page = come_back(browser, ehr).text
    assert 'action="/sign-out"' in page
    browser.post("/sign-out", data={"csrf_token": form_token(page)})
    assert browser.get("/").headers["Location"] == "/sign-in"


def test_a_launched_user_is_no_client_of_the_interface(browser: FlaskClient, ehr: SmartEhr) -> None:
    come_back(browser, ehr)
    assert browser.post("/v1/decisions", json={}).status_code == 401


def test_with_an_ehr_configured_nobody_comes_in_without_being_known(browser: FlaskClient) -> None:
    assert browser.get("/").headers["Location"] == "/sign-in"


def test_without_an_ehr_the_form_works_and_a_launch_says_that_it_is_not_set_up(
    build: Build, ehr: SmartEhr
) -> None:
    plain = build(SmartSettings()).test_client()
    assert plain.get("/").status_code == 200
    for answer in (launch(plain, ehr), plain.get("/callback?code=c&state=s")):
        assert answer.status_code == 404
        assert "CDS_SMART_ISSUERS is not set" in answer.text
    assert ehr.server.calls == []


@pytest.mark.parametrize("kind", ["Practitioner", "PractitionerRole"])
def test_whoever_treats_patients_may_launch(browser: FlaskClient, ehr: SmartEhr, kind: str) -> None:
    ehr.claims = {"fhirUser": f"{kind}/7"}
    ehr.header = {"typ": None}
    assert come_back(browser, ehr).status_code == 200


def _back(begun: Any, ehr: SmartEhr) -> str:
    return ehr.sign_in(begun.headers["Location"]).removeprefix("https://cds.example.org")


def _origin(page: str) -> str:
    found = re.search(r'id="origin">(.*?)</div>', page, re.DOTALL)
    assert found is not None
    return found[1]


def _typed(page: str) -> dict[str, list[str]]:
    """What the form is filled in with."""
    form = page[page.index('id="form"') :]
    values: dict[str, list[str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name, value = (re.search(rf'\b{part}="([^"]*)"', tag) for part in ("name", "value"))
        told = "checked" in tag if re.search(r'type="(?:radio|checkbox)"', tag) else True
        if name and value and value[1] and told and name[1] != "csrf_token":
            values.setdefault(name[1], []).append(value[1])
    for name_, texts in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)<', form):
        if texts.strip():
            values[name_] = [texts]
    for name_, options in re.findall(r'<select[^>]*name="([^"]*)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]+)"[^>]*selected', options)
        if chosen:
            values[name_] = [chosen[1]]
    return values
