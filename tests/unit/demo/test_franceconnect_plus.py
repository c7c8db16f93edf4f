"""At the other level the mock does what FranceConnect+ does: higher assurance, and tokens for the client's eyes."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from joserfc import jwe, jws
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, KeySet, RSAKey

from tests.support.franceconnect import MockFranceConnect, franceconnect_client, mock_franceconnect
from tests.unit.demo.visit import Visit, claims, error_code, header, returned, told

ACR = "eidas2"
SCOPE = "openid identite_pivot rnipp_identite_pivot"
REGISTRY = JWERegistry(algorithms=["RSA-OAEP-256", "ECDH-ES", "A256GCM"], strict_check_header=False)
EC = ECKey.generate_key("P-256", {"use": "enc", "kid": "to-us"})
RSA = RSAKey.generate_key(2048, {"use": "enc", "kid": "rsa-to-us"})
SIGNING = ECKey.generate_key("P-256", {"use": "sig", "kid": "not-this-one"})


@contextmanager
def published(served: dict[str, Any]) -> Iterator[str]:
    """Serve JSON by path; yield the base address."""

    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(served.get(self.path, {})).encode()
            self.send_response(200 if self.path in served else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def process() -> Iterator[MockFranceConnect]:
    def keys(*ours: ECKey | RSAKey) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in ours]}

    with published({"/ec": keys(SIGNING, EC), "/rsa": keys(RSA), "/none": keys(SIGNING)}) as base:
        clients = [
            franceconnect_client("http://localhost:8000", client_id=name, scope=SCOPE, jwks_uri=f"{base}/{name}")
            for name in ("ec", "rsa", "none", "missing")
        ]
        with mock_franceconnect("plus", clients) as mock:
            yield mock


@pytest.fixture
def mock(process: MockFranceConnect) -> MockFranceConnect:
    process.reset()
    return process


@pytest.fixture
def visit(mock: MockFranceConnect) -> Iterator[Visit]:
    with Visit(mock) as visit:
        yield visit


def opened(token: str, key: ECKey | RSAKey = EC) -> str:
    """Return the signed text inside an encrypted one."""
    plain = jwe.decrypt_compact(token, key, registry=REGISTRY).plaintext
    assert plain is not None
    return plain.decode()


@pytest.mark.parametrize(
    ("name", "key", "algorithm", "more"), [("ec", EC, "ECDH-ES", {"epk"}), ("rsa", RSA, "RSA-OAEP-256", set())]
)
def test_tokens_are_signed_then_encrypted_to_the_client(
    mock: MockFranceConnect, name: str, key: ECKey | RSAKey, algorithm: str, more: set[str]
) -> None:
    with Visit(mock, name) as visit:
        tokens = visit.tokens(scope=SCOPE, acr_values=ACR)
        ours = KeySet.import_key_set(visit.back_channel.get(f"{mock.issuer}/jwks").json())
        info = visit.userinfo(tokens["access_token"]).text
    for token in (tokens["id_token"], info):
        outside = header(token)
        assert set(outside) == {"alg", "enc", "cty", "kid", "iss", "aud"} | more
        assert (outside["alg"], outside["enc"], outside["cty"]) == (algorithm, "A256GCM", "JWT")
        assert (outside["kid"], outside["iss"], outside["aud"]) == (key.kid, mock.issuer, name)
        inside = opened(token, key)
        assert set(header(inside)) == {"alg", "kid"}
        jws.deserialize_compact(inside, ours, algorithms=["ES256"])
    assert claims(opened(tokens["id_token"], key))["acr"] == ACR


@pytest.mark.parametrize("name", ["none", "missing"])
def test_without_a_key_there_is_no_token(mock: MockFranceConnect, name: str) -> None:
    with Visit(mock, name) as visit:
        answer = told(visit.token(visit.code(acr_values=ACR)))
    assert answer == (400, "invalid_client_metadata", "client JSON Web Key Set failed to be refreshed")


@pytest.mark.parametrize(
    ("asked", "given"), [("eidas3 eidas2", "eidas2"), ("eidas3", "eidas3"), ("unheard", "eidas3")]
)
def test_the_lowest_level_wins_and_the_highest_is_the_default(visit: Visit, asked: str, given: str) -> None:
    assert claims(opened(visit.tokens(acr_values=asked)["id_token"]))["acr"] == given


def test_eidas1_is_refused(visit: Visit) -> None:
    assert returned(visit.authorize(acr_values="eidas2 eidas1"))["error"] == "invalid_acr"


def test_names_are_the_identity_provider_s_and_the_register_s_beside(visit: Visit) -> None:
    def person(key: str) -> dict[str, Any]:
        access = visit.tokens(key, scope=SCOPE, acr_values=ACR)["access_token"]
        return claims(opened(visit.userinfo(access).text))

    raw = person("jour-et-mois-presumes")
    assert (raw["birthdate"], raw["rnipp_birthdate"]) == ("1947-00-00", "1947-01-01")
    spelled = person("autre-orthographe")
    assert (spelled["given_name"], spelled["rnipp_given_name"]) == ("JOELLE", "Joëlle Renée")
    assert "given_name_array" not in spelled
    assert spelled["rnipp_given_name_array"] == ["Joëlle", "Renée"]
    assert error_code(visit.authorize(acr_values=ACR, max_age="1")) == "Y030007"
    assert returned(visit.authorize(acr_values=ACR, scope="openid idp_birthdate"))["error"] == "invalid_scope"


def test_a_session_lasts_ten_minutes_does_not_slide_and_serves_eidas2_alone(visit: Visit) -> None:
    def first_page(acr: str) -> str:
        return visit.browser.get(visit.pages(acr_values=acr)).text

    visit.choose(visit.pages(acr_values=ACR), "trois-prenoms")
    visit.mock.clock(500)
    assert "Lucien BRIDOUX" in first_page(ACR)
    assert "Qui êtes-vous" in first_page("eidas3")
    visit.mock.clock(601)
    assert "Qui êtes-vous" in first_page(ACR)


def test_a_logout_takes_the_signed_text_that_was_inside(visit: Visit) -> None:
    token = visit.tokens(acr_values=ACR)["id_token"]
    assert error_code(visit.leave(id_token_hint=token)) == "invalid_request"
    assert visit.leave(id_token_hint=opened(token)).status_code == 200


def test_the_metadata_is_that_of_the_level(visit: Visit) -> None:
    metadata = visit.back_channel.get(f"{visit.mock.issuer}/.well-known/openid-configuration").json()
    assert metadata["acr_values_supported"] == ["eidas2", "eidas3"]
    assert metadata["id_token_signing_alg_values_supported"] == ["ES256"]
    assert metadata["userinfo_encryption_enc_values_supported"] == ["A256GCM"]
    assert "rnipp_identite_pivot" in metadata["scopes_supported"]
