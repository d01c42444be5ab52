"""Keys that prove who this service is: their file, their public halves, and a launch with them."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cds.errors import SettingsError
from cds.smart.client_key_file import _thumbprint
from cds.smart.client_keys import ClientKeys, read_client_keys
from cds.smart.configuration import TokenEndpoint
from tests.smart.conftest import Build, come_back
from tests.smart.ehr import CLIENT, SmartEhr
from tests.trust.issuing import EC256, EC384, NOW, RSA, STRANGER

ENDPOINT = urlsplit("https://ehr.example.org/token")


def _pem(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _file(folder: Path, text: bytes, mode: int = 0o600) -> Path:
    path = folder / "client.pem"
    path.write_bytes(text)
    path.chmod(mode)
    return path


def _keys(folder: Path, *keys: Any) -> ClientKeys:
    return read_client_keys(_file(folder, b"# first\n".join(map(_pem, keys))))


def _endpoint(*algorithms: str) -> TokenEndpoint:
    return TokenEndpoint(ENDPOINT, frozenset(algorithms), (), scopes_v2=False)


def test_the_public_halves_are_served_and_nothing_of_the_private_ones(
    build: Build, tmp_path: Path
) -> None:
    keys = _keys(tmp_path, EC384, RSA)
    answer = build(keys=keys).test_client().get("/.well-known/jwks.json")
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=600"
    (curve, modulus) = answer.get_json()["keys"]
    assert sorted(curve) == ["alg", "crv", "kid", "kty", "use", "x", "y"]
    assert sorted(modulus) == ["alg", "e", "kid", "kty", "n", "use"]
    assert (curve["alg"], modulus["alg"]) == ("ES384", "RS384")
    assert curve["kid"] != modulus["kid"]


def test_without_a_key_the_set_is_empty(build: Build) -> None:
    answer = build().test_client().get("/.well-known/jwks.json")
    assert answer.get_json() == {"keys": []}


def test_the_name_of_a_key_is_its_thumbprint() -> None:
    """The example of RFC 7638, 3.1: a name of one key only, and the same on every host."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    found = _thumbprint({"kty": "RSA", "n": modulus, "e": "AQAB"})
    assert found == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize(
    ("algorithms", "kid"),
    [(("ES384", "RS384"), 0), (("ES384",), 0), (("RS384",), 1), ((), None)],
)
def test_the_first_key_that_a_server_takes_signs(
    tmp_path: Path, algorithms: tuple[str, ...], kid: int | None
) -> None:
    keys = _keys(tmp_path, EC384, RSA)
    proof = keys.proof(CLIENT, _endpoint(*algorithms), NOW)
    if kid is None:
        assert proof is None
    else:
        assert proof is not None
        header = jwt.get_unverified_header(proof["client_assertion"])
        assert header["kid"] == keys.keys[kid].public["kid"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no key",
        _pem(EC256),
        _pem(ec.generate_private_key(ec.SECP521R1())),
        _pem(rsa.generate_private_key(65_537, 1_024)),
        _pem(EC384).replace(b"M", b"!", 1),
        _pem(EC384).replace(b"PRIVATE", b"ENCRYPTED PRIVATE"),
    ],
)
def test_a_file_that_holds_no_key_for_proofs_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(SettingsError, match="CDS_CLIENT_KEYS is not a file of private keys"):
        read_client_keys(_file(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CDS_CLIENT_KEYS"):
        read_client_keys(tmp_path / "none.pem")


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Others can read"):
        read_client_keys(_file(tmp_path, _pem(EC384), 0o640))


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="twice"):
        _keys(tmp_path, EC384, EC384)


def test_nothing_of_a_key_stands_in_its_text(tmp_path: Path) -> None:
    assert "private" not in repr(_keys(tmp_path, EC384))


# --- a launch


def test_a_launch_proves_who_asks_where_the_ehr_takes_proofs(
    build: Build, ehr: SmartEhr, tmp_path: Path
) -> None:
    keys = _keys(tmp_path, EC384)
    ehr.keys = keys.public
    ehr.configuration["token_endpoint_auth_methods_supported"] = ["private_key_jwt"]
    shown = come_back(build(keys=keys).test_client(), ehr)
    assert shown.status_code == 200
    (given,) = ehr.exchanged
    assert "client_id" not in given
    assert len(given["code_verifier"]) == 43


def test_a_launch_from_an_ehr_that_takes_no_proofs_goes_on_with_the_verifier_alone(
    build: Build, ehr: SmartEhr, tmp_path: Path
) -> None:
    assert come_back(build(keys=_keys(tmp_path, EC384)).test_client(), ehr).status_code == 200
    (given,) = ehr.exchanged
    assert given["client_id"] == CLIENT
    assert "client_assertion" not in given


def test_a_proof_of_another_key_opens_no_launch(
    build: Build, ehr: SmartEhr, tmp_path: Path
) -> None:
    ehr.keys = _keys(tmp_path, EC384).public
    ehr.configuration["capabilities"].append("client-confidential-asymmetric")
    answer = come_back(build(keys=_keys(tmp_path, STRANGER)).test_client(), ehr)
    assert (answer.status_code, "did not accept its own code" in answer.text) == (502, True)
