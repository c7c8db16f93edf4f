"""Dynamic OP (``oidcc-dynamic-certification-test-plan``): clients that register, and prove themselves by their keys."""

from __future__ import annotations

import os
import secrets
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from joserfc import jws, jwt
from joserfc.jwk import RSAKey

from tests.conformance.plans import checks, forms
from tests.conformance.plans.answers import Request
from tests.conformance.plans.modules_codes import offline, refreshed, test_oidcc_refresh_token
from tests.conformance.plans.modules_discovery import test_oidcc_discovery_endpoint_verification
from tests.conformance.plans.modules_requests import test_oidcc_ensure_request_object_with_redirect_uri, unsigned
from tests.conformance.plans.modules_responses import test_oidcc_idtoken_unsigned, test_oidcc_server
from tests.conformance.plans.parties import CALLBACK, User
from tests.conformance.plans.registering import DynamicSuite, key_set
from tests.conformance.plans.site import Site
from tests.conformance.plans.suite import Suite
from tests.conformance.plans.variant import CODE, Variant
from tests.conformance.world import World
from tests.support.clock import PassingClock
from tests.support.house import open_account, running_house

VARIANTS = (CODE, Variant("code id_token"))
REFUSED = ("invalid_redirect_uri", "invalid_client_metadata")


@pytest.fixture
def suite(registering: DynamicSuite) -> DynamicSuite:
    return registering


def test_oidcc_idtoken_rs256(suite: DynamicSuite) -> None:
    client = suite.register(id_token_signed_response_alg="RS256")
    assert client.registration["id_token_signed_response_alg"] == "RS256"
    outcome = suite.flow(client=client)
    assert jws.extract_compact(outcome.id_token.encode()).headers()["alg"] == "RS256"


def test_oidcc_userinfo_rs256(suite: DynamicSuite) -> None:
    """Userinfo as a JWT (Core 5.3.2)."""
    client = suite.register(userinfo_signed_response_alg="RS256")
    assert suite.offers("userinfo_signing_alg_values_supported", "RS256")
    outcome = suite.flow(client=client, scope="openid profile")
    response = client.portal.ask_userinfo(outcome.access)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].partition(";")[0] == "application/jwt"
    provider = checks.jwks(client.portal.http.get(suite.metadata["jwks_uri"]).json())
    claims = jwt.decode(response.text, provider, ["RS256"]).claims
    assert claims["sub"] == outcome.claims["sub"]
    assert claims["iss"] == suite.issuer
    assert claims["aud"] in (client.id, [client.id])
    assert "nonce" not in claims
    checks.typed(claims)


def test_oidcc_ensure_redirect_uri_in_authorization_request(suite: DynamicSuite) -> None:
    """Two are registered and none is named: there is nowhere to go (Core 3.1.2.1)."""
    client = suite.register(redirect_uris=[CALLBACK, f"{CALLBACK}2"])
    suite.error_page(suite.request(client, redirect_uri=None))


def test_oidcc_redirect_uri_query_OK(suite: DynamicSuite) -> None:  # noqa: N802 (the module's name)
    """The registered query comes back beside, or without, the answer (``answers.find``)."""
    suite.flow(client=suite.register(redirect_uris=[f"{CALLBACK}?foo=bar"]))


@pytest.mark.parametrize("wanted", ["?bar=foo", "", "?foo=bar&foo=bar", "?foo=bar&more=1"])
def test_oidcc_redirect_uri_query_mismatch(suite: DynamicSuite, wanted: str) -> None:
    client = suite.register(redirect_uris=[f"{CALLBACK}?foo=bar"])
    params = dict(suite.request(client, redirect_uri=f"{CALLBACK}{wanted}").params)
    suite.error_page(suite.as_request(params, f"{CALLBACK}{wanted}"))


def test_oidcc_redirect_uri_query_added(suite: DynamicSuite) -> None:
    wanted = f"{CALLBACK}?foo=bar"
    params = dict(suite.request(redirect_uri=wanted).params)
    suite.error_page(suite.as_request(params, wanted))


def test_oidcc_redirect_uri_regfrag(suite: DynamicSuite) -> None:
    suite.refused(*REFUSED, redirect_uris=[f"{CALLBACK}#foobar"])


def shown(suite: DynamicSuite, **metadata: str) -> forms.Seen:
    """Register, and return what the sign-in page shows of the client."""
    client = suite.register(**metadata)
    suite.flow(client=client)
    assert suite.screens[0] == "login"
    return forms.read(suite.pages[0].response.text)


def test_oidcc_registration_logo_uri(suite: DynamicSuite) -> None:
    """The sign-in page shows it: the very picture, from wherever (Registration 2)."""
    picture = png()
    address = suite.site.serve("/logo.png", picture, "image/png")
    images = [where for tag, where in shown(suite, logo_uri=address).sources if tag == "img"]
    found = [suite.browser.client.get(urljoin(suite.issuer, where)).content for where in images]
    assert picture in found, images


def test_oidcc_registration_policy_uri(suite: DynamicSuite) -> None:
    address = f"{suite.site.url}/policy"
    assert ("a", address) in shown(suite, policy_uri=address).sources


def test_oidcc_registration_tos_uri(suite: DynamicSuite) -> None:
    address = f"{suite.site.url}/terms"
    assert ("a", address) in shown(suite, tos_uri=address).sources


def test_oidcc_registration_jwks_uri(suite: DynamicSuite) -> None:
    """The provider fetches the keys that prove the client."""
    place = f"/jwks-{secrets.token_hex(4)}"  # a provider keeps keys by their address, longer than a test takes
    client = suite.register(jwks=None, jwks_uri=suite.site.serve(place, key_set(suite.key)))
    suite.flow(client=client)
    assert suite.site.of(place), "it was fetched"


def test_oidcc_registration_sector_uri(suite: DynamicSuite) -> None:
    """The document is fetched and holds every redirect URI, of whatever host (Core 8.1)."""
    assert suite.offers("subject_types_supported", "pairwise")
    uris = [CALLBACK, "https://portail.example/callback"]
    address = suite.site.serve("/redirect_uris.json", [*uris, "https://ailleurs.example/callback"])
    client = suite.register(redirect_uris=uris, subject_type="pairwise", sector_identifier_uri=address)
    assert suite.site.of("/redirect_uris.json")
    assert client.registration["sector_identifier_uri"] == address
    suite.flow(client=client)


@pytest.mark.parametrize("document", [["https://ailleurs.example/callback"], [], {"redirect_uris": [CALLBACK]}, "x"])
def test_oidcc_registration_sector_bad(suite: DynamicSuite, document: object) -> None:
    address = suite.site.serve("/redirect_uris.json", document)
    suite.refused(*REFUSED, subject_type="pairwise", sector_identifier_uri=address)
    assert suite.site.of("/redirect_uris.json"), "judged by what the document says"


@pytest.fixture
def rotating(sqlite_template: Path, tmp_path: Path) -> Iterator[World]:
    """A provider of its own, on the machine's clock, which the operator's command reads too."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", PassingClock(), tmp_path) as running:
        open_account(running)
        world = World(running)
        yield world
        world.close()


def test_oidcc_server_rotate_keys(rotating: World, user: User, site: Site) -> None:
    """After the operator's command a new key stands in the JWK set beside the old one, and signs in its time."""
    suite = Suite(rotating, CODE, user, site)
    before = kids(suite)
    signed_by = kid_of(suite)
    where = {
        "IDP_ISSUER": rotating.url,
        "IDP_DATABASE_URL": rotating.running.house.settings.database,
        "IDP_HOME": str(rotating.running.folder),
    }
    rotate = [sys.executable, "-m", "idp", "keys", "rotate"]
    done = subprocess.run(rotate, env={**os.environ, **where}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rotating.later(61)
    during = kids(suite)
    assert before < during, "a new key, and every old one"
    rotating.later(15 * 60)
    assert kid_of(suite) in during - before
    assert signed_by in kids(suite), "what it signed can still be checked"


def test_oidcc_refresh_token_rp_key_rotation(suite: DynamicSuite) -> None:
    """The relying party's next key is found in its ``jwks_uri`` when it is used first (Core 10.1.1)."""
    place = f"/jwks-{secrets.token_hex(4)}"
    outcome = offline(suite, suite.register(jwks=None, jwks_uri=suite.site.serve(place, key_set(suite.key))))
    following = RSAKey.generate_key(2048, {"kid": secrets.token_hex(8)})
    suite.site.serve(place, key_set(following))
    outcome.client.key = following
    suite.world.later(60)
    refreshed(outcome, suite)


def by_address(suite: DynamicSuite, kind: str) -> Request:
    """Return a request by reference whose state and nonce stand in the object alone; ``kind``: how it is signed."""
    where = f"{suite.site.url}/request-{kind}.jwt"
    client = suite.register(request_uris=[where], request_object_signing_alg=kind)
    asked = suite.request(client)
    claims = {**asked.params, "iss": client.id, "aud": suite.issuer, "iat": suite.world.seconds()}
    header = {"alg": "RS256", "kid": suite.key.kid}
    signed = unsigned(claims) if kind == "none" else jwt.encode(header, claims, suite.key, ["RS256"])
    suite.site.serve(f"/request-{kind}.jwt", signed, "application/oauth-authz-req+jwt")
    sent = {name: asked.params[name] for name in ("client_id", "response_type", "scope")}
    url = suite.as_request({**sent, "request_uri": where}).url
    suite.client = client
    return Request(url, asked.params, asked.redirect_uri, asked.mode)


def test_oidcc_request_uri_unsigned(suite: DynamicSuite) -> None:
    """Skipped by the suite where unsigned objects are not offered: then nobody can register for them either."""
    if suite.offers("request_object_signing_alg_values_supported", "none"):
        suite.flow(by_address(suite, "none"))
    else:
        suite.refused("invalid_client_metadata", request_object_signing_alg="none")


def test_oidcc_request_uri_signed_rs256(suite: DynamicSuite) -> None:
    request = by_address(suite, "RS256")
    assert suite.metadata["request_uri_parameter_supported"] is True
    assert suite.offers("request_object_signing_alg_values_supported", "RS256")
    suite.flow(request)
    assert suite.site.of("/request-RS256.jwt")


def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(suite: DynamicSuite) -> None:
    """An assertion for the issuer, not for one endpoint (RFC 7523 3)."""
    suite.flow(client=suite.register(audience=suite.issuer))


def kids(suite: Suite) -> set[str]:
    """Return the key ids of the JWK set, read afresh."""
    found = checks.jwks(suite.browser.client.get(suite.metadata["jwks_uri"]).json())
    return {str(key.kid) for key in found.keys}


def kid_of(suite: Suite) -> str:
    """Return the key id that an ID token of now is signed by."""
    return str(jws.extract_compact(suite.flow().id_token.encode()).headers()["kid"])


def png(side: int = 64) -> bytes:
    """Return a green square."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = (b"\x00" + b"\x2e\x7d\x32" * side) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
