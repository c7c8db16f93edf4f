"""Mistakes 15, 16 and 17: what a token says of itself decides nothing, and costs nothing."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from idp.federation.errors import Distrusted
from idp.federation.tokens import decrypted
from tests.conformance.world import World
from tests.support.any_mode import answer_in
from tests.support.browser import Browser
from tests.support.forged import encoded, hmac_signed, signed, signing_key, unsigned
from tests.support.portal import Portal, Tokens

DONE = "http://127.0.0.1:9/fini"
SECONDS = 2.0
"""Far more than any answer takes, far less than what these attacks took elsewhere (9 s and more)."""
KIDS = (
    "../../../../dev/null", "/dev/null", "../keys/sign", "x' OR '1'='1", "x'; DROP TABLE key_ring; --", "\x00", "",
    "http://127.0.0.1:9/key", "file:///etc/passwd", "x" * 5000, "é", "${jndi:ldap://a}",
)  # fmt: skip


@pytest.fixture
def tokens(world: World, member: Browser, portal: Portal) -> Tokens:
    return world.tokens(portal, member)


def forgeries(world: World, portal: Portal, tokens: Tokens) -> Iterator[tuple[str, str]]:
    """Yield tokens that say all the right things and are not ours."""
    claims, (kid, key) = tokens.claims, signing_key(world.running)
    own = RSAKey.generate_key(2048)
    jwk = own.as_dict(private=False)
    for alg in ("none", "None", "NONE", "nOnE", "", "HS256", "ES256", "RS512", "PS256", "RSA", "EdDSA", "dir"):
        yield f"unsigned {alg}", unsigned(claims, alg=alg, kid=kid)
        yield f"the true signature under {alg}", resigned(tokens.id_token, alg=alg, kid=kid)
    for odd in (None, 5, ["RS256"], {"a": 1}, True):
        yield f"alg {odd!r}", unsigned(claims, alg=odd, kid=kid)
        yield f"kid {odd!r}", unsigned(claims, alg="RS256", kid=odd)
    published = portal.http.get(portal.metadata["jwks_uri"]).content
    public = key.as_pem(private=False)
    for name, secret in (
        ("PEM", public), ("PEM without its end", public.strip()), ("DER", key.as_der(private=False)),
        ("JWK", json.dumps(key.as_dict(private=False)).encode()), ("JWK set", published), ("nothing", b""),
        ("modulus", str(key.as_dict(private=False)["n"]).encode()), ("kid", kid.encode()),
        ("secret of the client", portal.secret.encode()),
    ):  # fmt: skip
        yield f"HMAC with the {name}", hmac_signed(claims, secret, kid=kid)
    headers: dict[str, dict[str, Any]] = {
        "jwk": {"jwk": jwk}, "jku": {"jku": "http://127.0.0.1:9/jwks"}, "x5u": {"x5u": "http://127.0.0.1:9/x"},
        "x5c": {"x5c": ["MIIB"]}, "crit": {"crit": ["exp"], "exp": 1}, "b64": {"crit": ["b64"], "b64": False},
        "zip": {"zip": "DEF"}, "nothing more": {},
    }  # fmt: skip
    for name, more in headers.items():
        header = {"alg": "RS256", "kid": kid, **more}
        whole = f"{encoded(header)}.{encoded(claims)}"
        signature = jws.serialize_compact({"alg": "RS256"}, b"x", own, ["RS256"]).rpartition(".")[2]
        yield f"our kid and another key, {name}", f"{whole}.{signature}"
        yield f"our own signature over another header, {name}", resigned(tokens.id_token, **{**header, "typ": "x"})
    for odd_kid in KIDS:
        yield f"kid {odd_kid[:20]!r}", resigned(tokens.id_token, alg="RS256", kid=odd_kid)
        yield f"HMAC, kid {odd_kid[:20]!r}", hmac_signed(claims, b"", kid=odd_kid)


def resigned(token: str, **header: object) -> str:
    """Return a token with another header over its payload and its signature."""
    return ".".join((encoded(header), *token.split(".")[1:]))


def test_mistake_15_the_key_decides_the_algorithm_and_the_header_nothing(
    world: World, member: Browser, portal: Portal, tokens: Tokens
) -> None:
    believed = []
    for name, forged in forgeries(world, portal, tokens):
        attempt = portal.start(prompt="none", id_token_hint=forged)
        member.get(attempt.url)
        page = member.page
        assert page is not None
        assert page.status < 500, name
        if portal.is_answer(member.trail[-1], attempt) and "code=" in member.trail[-1]:
            believed.append(f"authorize: {name}")
        member.get(portal.logout_url(forged, post_logout_redirect_uri=DONE))
        if member.client.get("/espace").status_code != 200 or member.trail[-1].startswith(DONE):
            believed.append(f"logout: {name}")
        if portal.is_honoured(forged) if forged.isascii() and "\n" not in forged else False:
            believed.append(f"userinfo: {name}")
    assert believed == []


def test_mistake_15_a_token_serves_its_own_use(world: World, member: Browser, portal: Portal, tokens: Tokens) -> None:
    """An ID token is no access token, an access token no hint; claims of ours for another client are no hint."""
    assert not portal.is_honoured(tokens.id_token)
    other = world.portal()
    for hint in (tokens.access, str(tokens.refresh), world.tokens(other, member).id_token):
        attempt = portal.start(id_token_hint=hint)
        member.get(attempt.url)
        assert answer_in(member, portal, attempt).params["error"] == "invalid_request"
    odd: tuple[object, ...] = ([], "x", 7, None, {"sub": 5}, {**tokens.claims, "aud": None})
    for claims in (*odd, {**tokens.claims, "sub": ["a"]}):
        attempt = portal.start(id_token_hint=signed(world.running, claims), prompt="none")
        member.get(attempt.url)
        assert "error" in answer_in(member, portal, attempt).params, claims
        assert member.get(portal.logout_url(signed(world.running, claims))).status == 200


def test_mistake_16_what_is_too_big_is_not_decoded(world: World, member: Browser, portal: Portal) -> None:
    deep = "[" * 2500 + "]" * 2500
    bomb = zlib.compress(b"\x00" * 50_000_000, 9)
    encrypted = encoded({"alg": "ECDH-ES", "enc": "A256GCM", "zip": "DEF", "epk": {}})
    for name, token in {
        "a header of 7 kB": unsigned({}, kid="x" * 5000),
        "a header of 60 kB": unsigned({}, kid="x" * 45_000),
        "a payload of 60 kB": f"{encoded({'alg': 'RS256'})}.{encoded('x' * 45_000)}.x",
        "a signature of 60 kB": f"{encoded({'alg': 'RS256'})}.e30.{'A' * 60_000}",
        "many segments": "." * 8000,
        "a nested header": f"{encoded(deep.encode())}.e30.x",
        "a compressed bomb": f"{encrypted}..{encoded(b'x' * 12)}.{encoded(bomb[:40_000])}.{encoded(b'x' * 16)}",
        "a megabyte": "x" * 1_000_000,
    }.items():
        for endpoint, field in (
            ("authorization_endpoint", "id_token_hint"), ("authorization_endpoint", "request"),
            ("end_session_endpoint", "id_token_hint"), ("token_endpoint", "client_assertion"),
            ("token_endpoint", "refresh_token"), ("userinfo_endpoint", "access_token"),
        ):  # fmt: skip
            form = {**portal.start().params, field: token, "grant_type": "refresh_token", "client_assertion_type": "x"}
            began = perf_counter()
            answer = portal.http.post(portal.metadata[endpoint], data=form)
            assert answer.status_code < 500, (name, endpoint, field)
            assert perf_counter() - began < SECONDS, (name, endpoint, field)
            assert "code=" not in answer.headers.get("location", "")


def bombs() -> dict[str, str]:
    """Return encrypted tokens whose header sets the work: an iteration count, a compression."""
    tail = f"{encoded(b'x' * 40)}.{encoded(b'x' * 12)}.{encoded(b'x' * 100)}.{encoded(b'x' * 16)}"
    worked = {
        f"{alg} {count}": {"alg": alg, "enc": "A256GCM", "p2s": encoded(b"x" * 16), "p2c": count, "kid": "x"}
        for alg in ("PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW")
        for count in (1, 2**31 - 1, 2**63, 10**30, -1, "9" * 50)
    }
    epk = ECKey.generate_key("P-256").as_dict(private=False)
    others = {
        "zip": {"alg": "ECDH-ES", "enc": "A256GCM", "kid": "x", "epk": epk, "zip": "DEF"},
        "RSA1_5": {"alg": "RSA1_5", "enc": "A256GCM", "kid": "x"},
        "dir": {"alg": "dir", "enc": "A256GCM", "kid": "x"},
    }
    return {name: f"{encoded(header)}.{tail}" for name, header in {**worked, **others}.items()}


def test_mistake_17_no_token_sets_the_work_of_reading_it(world: World, member: Browser, portal: Portal) -> None:
    key = ECKey.generate_key("P-256", {"kid": "x"})
    for name, token in bombs().items():
        began = perf_counter()
        with pytest.raises(Distrusted):
            decrypted(token, {"x": key})
        for endpoint, field in (("token_endpoint", "client_assertion"), ("end_session_endpoint", "id_token_hint")):
            form = {"grant_type": "client_credentials", "client_assertion_type": "x", field: token}
            assert portal.http.post(portal.metadata[endpoint], data=form).status_code < 500, name
        attempt = portal.start(id_token_hint=token)
        member.get(attempt.url)
        assert answer_in(member, portal, attempt).params["error"] == "invalid_request", name
        assert perf_counter() - began < SECONDS, name
