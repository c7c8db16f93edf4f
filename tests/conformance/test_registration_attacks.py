"""Registration over the network under attack: documents of every sort, too many of them, and addresses inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.accounts.throttle import REGISTRATION_SOURCE
from idp.kernel.clock import SECOND
from idp.oidc import registering
from idp.oidc.clients import ClientMetadataError, Metadata
from idp.oidc.logos import fetch_logo
from idp.oidc.metadata import ABOUT, read_metadata
from idp.oidc.sector_document import check_sector
from idp.outbound.client import Outbound
from tests.conformance.stranger import BACK, DOCUMENT, Stranger, nested
from tests.conformance.world import World
from tests.support.client_site import Site, client_site
from tests.support.house import Running

MEMBERS = sorted({*Metadata.__slots__, *ABOUT, "scope", "client_id", "client_secret"} - {"about"})
TEXT = st.text(max_size=12) | st.sampled_from(["\x00", "\ud800", "\u202e", "é", "https://x/", "//", "{}", "none", BACK])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd=st.dictionaries(st.sampled_from(MEMBERS) | TEXT, JSON, min_size=1, max_size=4), whole=st.booleans())
def test_no_document_is_a_fault(certifier: Stranger, odd: dict[str, Any], whole: bool) -> None:
    certifier.world.later(10)
    body = json.dumps({**DOCUMENT, **odd} if whole else odd).encode()
    answer = certifier.send(body)
    assert answer.status_code in (201, 400), (answer.status_code, odd)
    if answer.status_code == 201:
        told = answer.json()
        assert certifier.http.delete(
            told["registration_client_uri"], headers={"authorization": f"Bearer {told['registration_access_token']}"}
        ).status_code == 204
    else:
        assert answer.json()["error"] in ("invalid_redirect_uri", "invalid_client_metadata")
        assert answer.json()["error_description"].isascii()


@pytest.mark.parametrize("name", [*MEMBERS, "unheard_of"])
@pytest.mark.parametrize(
    "value",
    [
        "null", "true", "0", "-1", "1e999", "1e5", "9" * 4000, '""', '"x"', '"\\u0000"', '"\\ud800"', '"\\u202e"', "[]",
        "{}", "[null]", "[[]]", "[{}]", '["x"]', '{"keys": 1}', '{"keys": [{}]}', '{"keys": [{"kty": 1, "n": []}]}',
        '{"keys": [{"kty": "RSA", "n": 1, "e": {}, "kid": []}]}', '{"keys": [{"kty": "EC", "crv": [], "x": 1e999}]}',
    ],
)  # fmt: skip
def test_each_member_of_each_sort_is_taken_or_refused(certifier: Stranger, name: str, value: str) -> None:
    certifier.world.later(2)
    others = {each: told for each, told in DOCUMENT.items() if each != name}
    answer = certifier.send(json.dumps(others).encode()[:-1] + f', "{name}": {value}}}'.encode())
    assert answer.status_code in (201, 400), answer.text
    if answer.status_code == 201:
        told = answer.json()
        token = {"authorization": f"Bearer {told['registration_access_token']}"}
        assert certifier.http.get(told["registration_client_uri"], headers=token).json()["client_id"]
        assert certifier.http.delete(told["registration_client_uri"], headers=token).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"7", b'"x"', b"[{}]", b"\xff", b'{"redirect_uris": []}', b"{}",
        b"\xef\xbb\xbf" + json.dumps(DOCUMENT).encode(),
        json.dumps(DOCUMENT).encode("utf-16"),
        json.dumps(DOCUMENT).encode()[:-1] + b', "client_name": "twice"}',
        json.dumps(DOCUMENT).encode()[:-1] + b', "default_max_age": NaN}',
        nested(20), nested(900), nested(30_000), b"[" * 60_000, b'{"a":' * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(stranger: Stranger, body: bytes) -> None:
    answer = stranger.send(body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] in ("invalid_redirect_uri", "invalid_client_metadata")


def test_a_body_has_a_bound_and_a_type(stranger: Stranger) -> None:
    mine = stranger.register()
    whole = json.dumps({**DOCUMENT, "padding": "x" * 2**20}).encode()
    for method, place in (("POST", stranger.place), ("PUT", mine.place)):
        assert stranger.send(whole, method=method, to=place).status_code == 413
        for kind in ("", "text/plain", "application/x-www-form-urlencoded", "application/jwt", "multipart/form-data"):
            refused = stranger.send(json.dumps(DOCUMENT).encode(), kind, method, place)
            assert (refused.status_code, refused.json()["error"]) == (415, "invalid_client_metadata"), kind
    assert stranger.send(json.dumps(DOCUMENT).encode(), "Application/JSON; charset=utf-8").status_code == 201


@pytest.mark.parametrize(
    "uri",
    [
        "", "x", "/retour", "//portail.example/retour", "http://portail.example/retour", "javascript:alert(1)",
        "JaVaScRiPt:alert(1)", "data:text/html,x", "ftp://portail.example/", "app://retour", "urn:ietf:wg:oauth:2.0:x",
        "https://portail.example/retour#x", "https://portail.example/retour#", "https://*.example/retour", "https://*/",
        "https://u:p@portail.example/", "https://portail.example@voleur.example/", "http://localhost:80@voleur.example/",
        "https://", "https:///retour", "https://portail.example:0/", "https://portail.example:99999/", "https://a;b/",
        "https://portail.example/\n", " https://portail.example/", "https://portail.example/é", "https://[::1]]/",
        "https://portail.example/\\", "https://portail.example/" + "x" * 2048, None, 7, True, [], {}, [BACK], [[]],
    ],
)  # fmt: skip
def test_a_bad_redirect_uri_is_refused_beside_a_good_one(stranger: Stranger, uri: object) -> None:
    told = stranger.refused("invalid_redirect_uri", redirect_uris=[BACK, uri])
    assert "voleur" not in told
    if uri != [BACK]:
        stranger.refused("invalid_redirect_uri", redirect_uris=uri)


@pytest.mark.parametrize(
    "name",
    ["initiate_login_uri", "policy_uri", "tos_uri", "client_uri", "logo_uri", "backchannel_logout_uri", "jwks_uri"],
)
@pytest.mark.parametrize("uri", ["javascript:alert(1)", "http://portail.example/", "https://u@x.example/", "data:,"])
def test_a_bad_address_of_another_member_is_refused(stranger: Stranger, name: str, uri: str) -> None:
    assert stranger.refused(**{name: uri}).startswith(f"{name}: ")


@pytest.mark.parametrize(
    "more",
    [
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"userinfo_signed_response_alg": "none"},
        {"request_object_signing_alg": "none"},
        {"id_token_encrypted_response_alg": "RSA-OAEP"},
        {"userinfo_encrypted_response_alg": "RSA-OAEP"},
        {"require_signed_request_object": True},
        {"subject_type": "both"},
        {"application_type": "desktop"},
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]},
        {"grant_types": ["password"]},
        {"grant_types": ["refresh_token"]},
        {"grant_types": []},
        {"response_types": []},
        {"response_types": ["none"]},
        {"jwks": {"keys": []}, "jwks_uri": "https://portail.example/jwks"},
        {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
        {"contacts": ["x"] * 51},
        {"client_name": "Caisse\u202eelos"},
        {"client_name": "x" * 101},
        {"frontchannel_logout_uri": "https://ailleurs.example/"},
        {"redirect_uris": [BACK, "https://portail.example/"]},
    ],
)
def test_what_we_do_not_do_is_not_promised(stranger: Stranger, more: dict[str, Any]) -> None:
    told = stranger.refused(**more)
    assert told.isascii()


def test_too_many_from_one_source_wait(open_to_all: Running) -> None:
    world = World(open_to_all)
    somebody = Stranger(world)
    try:
        open_to_all.clock.advance(REGISTRATION_SOURCE.reach)
        answers = [somebody.ask({}) for _ in range(REGISTRATION_SOURCE.burst + 1)]
        assert {answer.status_code for answer in answers[:-1]} == {400}
        assert (answers[-1].status_code, answers[-1].json()["error"]) == (429, "temporarily_unavailable")
        wait = int(answers[-1].headers["retry-after"])
        assert 0 < wait <= REGISTRATION_SOURCE.interval // SECOND
        world.later(wait)
        assert somebody.ask(DOCUMENT).status_code == 201
    finally:
        open_to_all.clock.advance(REGISTRATION_SOURCE.reach)
        somebody.close()


def test_there_is_room_for_so_many(stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = stranger.register()
    with stranger.world.running.house.begin(write=False) as unit:
        monkeypatch.setattr(registering, "MOST", unit.clients.registered())
    answer = stranger.ask(DOCUMENT)
    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert stranger.replace(mine).status_code == 200
    assert stranger.remove(mine).status_code == 204
    stranger.register()


INSIDE = ("https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x", "https://10.0.0.1/x", "https://169.254.169.254/x",
          "https://192.168.1.1/x", "http://127.0.0.1:9/x")  # fmt: skip


@pytest.mark.parametrize("uri", INSIDE)
def test_an_address_inside_is_not_asked_unless_we_are_on_it(uri: str) -> None:
    """The issuer is no loopback: nothing of the network behind it is asked, and the answer tells nothing of it."""
    outbound = Outbound(allow_private=False)
    metadata = read_metadata({**DOCUMENT, "sector_identifier_uri": uri, "logo_uri": uri}).metadata

    async def ask() -> None:
        with pytest.raises(ClientMetadataError, match="must answer with a JSON array"):
            await check_sector(outbound, metadata)
        assert await fetch_logo(outbound, metadata) is None

    anyio.run(ask)


@pytest.fixture
def inside() -> Iterator[Site]:
    with client_site() as running:
        running.say(json.dumps([BACK]).encode())
        yield running


def test_not_even_one_that_would_answer(inside: Site) -> None:
    metadata = read_metadata({**DOCUMENT, "sector_identifier_uri": f"{inside.url}/x", "logo_uri": f"{inside.url}/x"})

    async def ask(outbound: Outbound) -> None:
        await check_sector(outbound, metadata.metadata)

    with pytest.raises(ClientMetadataError):
        anyio.run(ask, Outbound(allow_private=False))
    assert inside.asked == []
    anyio.run(ask, Outbound(allow_private=True))
    assert inside.asked == ["/x"]


def test_a_stranger_is_shown_by_where_its_answers_go(stranger: Stranger) -> None:
    """What a portal says of its home is its own word: a known host there would vouch for a thief (RFC 7591 5)."""
    mine = stranger.register(client_name="Ma caisse", client_uri="https://caisse.example/")
    page = stranger.world.signed_in().get(stranger.portal(mine).start().url)
    assert page.path == "/autorisation"
    assert '<p class="small">127.0.0.1:9</p>' in page.response.text
    assert "caisse.example" not in page.response.text


def test_an_address_that_was_taken_back_gets_no_answer_to_an_older_request(stranger: Stranger) -> None:
    """A request waits for an hour: the portal, or the operator, may have lost that address meanwhile."""
    mine = stranger.register()
    member, portal = stranger.world.signed_in(), stranger.portal(mine)
    assert member.get(portal.start().url).path == "/autorisation"
    assert stranger.replace(mine, redirect_uris=[BACK + "2"]).status_code == 200
    page = member.submit()
    assert page.status == 409
    assert [url for url in member.trail if url.startswith(BACK)] == []
