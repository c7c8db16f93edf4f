"""Clients that authenticate by a JWT (RFC 7523 3, OpenID Connect Core 9): what is taken, and what never is."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from idp.kernel import log
from idp.oidc.metadata import read_metadata
from idp.oidc.registration import add_client
from tests.conformance.asserting import (
    ALGORITHMS,
    EC,
    OTHER,
    RSA,
    TYPE,
    Asserting,
    by_key,
    by_secret,
    is_authenticated,
    segment,
    signed,
)
from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.client_site import public


@pytest.fixture
def client(world: World) -> Asserting:
    """A client with one RSA and one EC key."""
    return by_key(world, RSA, EC)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("registered", [True, False])
def test_a_client_signs_with_its_key(world: World, member: Browser, algorithm: str, registered: bool) -> None:
    more = {"token_endpoint_auth_signing_alg": algorithm} if registered else {}
    client = by_key(world, algorithm=algorithm, **more)
    attempt, code = world.code(client.portal, member)
    tokens = client.portal.judge(client.redeem(attempt, code), nonce=attempt.nonce)
    assert client.portal.userinfo(tokens)["sub"] == tokens.claims["sub"]


def test_a_client_signs_with_its_secret(world: World, member: Browser) -> None:
    client = by_secret(world)
    attempt, code = world.code(client.portal, member)
    assert client.portal.judge(client.redeem(attempt, code), nonce=attempt.nonce).access


def test_a_secret_chosen_at_registration_signs(world: World) -> None:
    chosen = "un-secret-choisi-par-l-operateur-0123456789"
    client = by_secret(world, client_id="choisi", client_secret=chosen)
    client.key = OctKey.import_key(chosen)
    assert is_authenticated(client.send(client.assertion()))


@pytest.mark.parametrize("aud", ["issuer", "token_endpoint"])
@pytest.mark.parametrize("wrap", [str, lambda aud: [aud]])
def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(
    client: Asserting, aud: str, wrap: Callable[[str], object]
) -> None:
    told = client.portal.metadata[aud]
    assert is_authenticated(client.send(client.assertion(aud=wrap(told))))


@pytest.mark.parametrize("aud", ["issuer", "token_endpoint", "pushed_authorization_request_endpoint"])
def test_an_assertion_authenticates_at_every_endpoint_of_clients(client: Asserting, aud: str) -> None:
    """RFC 9126 2: the endpoint's own address is an audience there, and only there."""
    portal = client.portal
    push = portal.metadata["pushed_authorization_request_endpoint"]
    told = portal.metadata[aud]
    form = {**portal.start().params, "client_assertion_type": TYPE, "client_assertion": client.assertion(aud=told)}
    pushed = portal.http.post(push, data=form)
    assert pushed.status_code == 201, pushed.text
    assert portal.http.post(push, data=form).status_code == 401, "an assertion counts once, wherever"
    assert not is_authenticated(client.send(form["client_assertion"]))
    assert is_authenticated(client.send(client.assertion(aud=told))) == (told != push)


def test_an_audience_that_names_us_twice_is_taken(client: Asserting) -> None:
    metadata = client.portal.metadata
    assert is_authenticated(client.send(client.assertion(aud=[metadata["issuer"], metadata["token_endpoint"]])))


@pytest.mark.parametrize("seconds", [-30, 0, 8, 60])
@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_clock_that_is_a_little_fast_or_slow_is_taken(client: Asserting, name: str, seconds: int) -> None:
    assert is_authenticated(client.send(client.assertion(**{name: client.portal.now() + seconds})))


@pytest.mark.parametrize("seconds", [-59, 1, 300, 3600, 3660])
def test_a_life_up_to_an_hour_is_taken(client: Asserting, seconds: int) -> None:
    assert is_authenticated(client.send(client.assertion(exp=client.portal.now() + seconds)))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "client-authentication+jwt"},
        {"typ": "application/client-authentication+jwt"},
        {"kid": "ec-1"},
        {"jwk": public(OTHER)},
        {"jku": "http://127.0.0.1:9/keys"},
        {"x5u": "http://127.0.0.1:9/certificate"},
        {"x5c": ["AAAA"]},
        {"foreign": "member"},
    ],
    ids=lambda header: " ".join(n if isinstance(value, dict) else f"{n} {value}" for n, value in header.items()),
)
def test_a_header_is_read_for_what_we_ask_of_it_alone(client: Asserting, header: dict[str, Any]) -> None:
    key, algorithm = (EC, "ES256") if header.get("kid") == "ec-1" else (RSA, "RS256")
    assert is_authenticated(client.send(signed(client.claims(), key, algorithm, **header)))


def test_without_a_kid_the_one_key_that_fits_is_used(world: World, client: Asserting) -> None:
    assert is_authenticated(client.send(signed(client.claims(), RSA, kid=None)))
    several = by_key(world, RSA, OTHER)
    assert not is_authenticated(several.send(signed(several.claims(), RSA, kid=None)))


def _unsigned(client: Asserting) -> str:
    return f"{segment({'alg': 'none'})}.{segment(client.claims())}."


def _confused(client: Asserting) -> str:
    """HMAC with the public key as the secret (mistake class 15)."""
    key = OctKey(RSA.as_pem(private=False), RSA.as_pem(private=False))
    return signed(client.claims(), key, "HS256", kid="rsa-1")


def _self_signed(client: Asserting) -> str:
    """The key that verifies comes with the token, under a known id (mistake class 15)."""
    return signed(client.claims(), OTHER, kid="rsa-1", jwk=public(OTHER))


def _tampered(client: Asserting) -> str:
    header, payload, signature = client.assertion().split(".")
    changed = {**json.loads(base64.urlsafe_b64decode(payload + "==")), "jti": "another"}
    return f"{header}.{segment(changed)}.{signature}"


def _twice(client: Asserting) -> str:
    """Two readers could take two values (RFC 7519 4)."""
    text = json.dumps(client.claims())
    return signed(text.replace('"sub"', '"sub": "x", "sub"').encode(), RSA)


def _padded(client: Asserting) -> str:
    return client.assertion() + "="


def _loose(client: Asserting) -> str:
    """The last character of a signature carries bits that no byte has: another text for the same bytes."""
    text = client.assertion()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


def _long_header(client: Asserting) -> str:
    return signed(client.claims(), RSA, filler="x" * 2000)


def _claims(**more: Any) -> Callable[[Asserting], str]:
    return lambda client: client.assertion(**more)


def _at(name: str, seconds: float) -> Callable[[Asserting], str]:
    return lambda client: client.assertion(**{name: client.portal.now() + seconds})


def _header(key: Any = RSA, algorithm: str = "RS256", **header: Any) -> Callable[[Asserting], str]:
    return lambda client: signed(client.claims(), key, algorithm, **header)


def _aud(told: Callable[[dict[str, Any]], Any]) -> Callable[[Asserting], str]:
    return lambda client: client.assertion(aud=told(client.portal.metadata))


BAD: dict[str, Callable[[Asserting], str]] = {
    # claims
    "no iss": _claims(iss=None),
    "no sub": _claims(sub=None),
    "no aud": _claims(aud=None),
    "no exp": _claims(exp=None),
    "no jti": _claims(jti=None),
    "another iss": _claims(iss="autre"),
    "another sub": _claims(sub="autre"),
    "iss and sub of nobody": _claims(iss="personne", sub="personne"),
    "sub is a number": _claims(sub=7),
    "sub is a list": lambda client: client.assertion(sub=[client.portal.client_id]),
    "sub has a NUL": _claims(iss="a\x00", sub="a\x00"),
    "sub is half of a pair": _claims(iss="\ud800", sub="\ud800"),
    "jti is empty": _claims(jti=""),
    "jti is a number": _claims(jti=1),
    "jti is too long": _claims(jti="x" * 257),
    "aud is somebody else": _claims(aud="https://autre.example"),
    "aud is us with a slash": _aud(lambda metadata: metadata["issuer"] + "/"),
    "aud is another endpoint of ours": _aud(lambda metadata: metadata["authorization_endpoint"]),
    "aud is us and somebody else": _aud(lambda metadata: [metadata["issuer"], "https://autre.example"]),
    "aud is empty": _claims(aud=""),
    "aud is an empty list": _claims(aud=[]),
    "aud is a list of lists": _aud(lambda metadata: [[metadata["issuer"]]]),
    "aud is an object": _aud(lambda metadata: {metadata["issuer"]: 1}),
    "aud is us eleven times": _aud(lambda metadata: [metadata["issuer"]] * 11),
    "exp is now past the skew": _at("exp", -60),
    "exp is 5 minutes past": _at("exp", -300),
    "exp is 2 hours ahead": _at("exp", 7200),
    "exp is for ever": _claims(exp=2**53),
    "exp is text": _claims(exp="1999999999"),
    "exp is true": _claims(exp=True),
    "exp is infinite": lambda client: signed(
        json.dumps(client.claims(exp=7)).replace('"exp": 7', '"exp": 1e999').encode(), RSA
    ),
    "exp is negative": _claims(exp=-1),
    "iat is over 60 seconds ahead": _at("iat", 61),
    "nbf is over 60 seconds ahead": _at("nbf", 61),
    "iat is text": _claims(iat="now"),
    "nbf is an object": _claims(nbf={}),
    # header and key
    "no algorithm at all": _unsigned,
    "HMAC with the public key": _confused,
    "a key that came along": _self_signed,
    "a key of somebody else": _header(OTHER, kid="rsa-1"),
    "a kid of nobody": _header(kid="rsa-9"),
    "a kid that is a path": _header(kid="../../etc/passwd"),
    "a kid that is SQL": _header(kid="' OR 1=1 --"),
    "a kid that is too long": _header(kid="x" * 257),
    "the kid of a key of another kind": _header(kid="ec-1"),
    "an algorithm we do not take": _header(RSA, "RS384"),
    "crit": _header(crit=["exp"], exp=1),
    "b64": _header(b64=True, crit=["b64"]),
    "typ of a request object": _header(typ="oauth-authz-req+jwt"),
    "typ of a proof of possession": _header(typ="dpop+jwt"),
    "a header that is too long": _long_header,
    # shape
    "claims changed": _tampered,
    "a claim twice": _twice,
    "padding": _padded,
    "another text of the same signature": _loose,
    "no signature": lambda client: client.assertion().rpartition(".")[0] + ".",
    "two parts": lambda client: client.assertion().rpartition(".")[0],
    "five parts": lambda client: client.assertion() + ".a.b",
    "a thousand dots": lambda client: "." * 1000,
    "not base64": lambda client: "a b.c.d",
    "a header that is a list": lambda client: f"{segment([])}.{segment(client.claims())}.AAAA",
    "a kid that is a number": _header(kid=7),
    "a kid that is an object": _header(kid={"kid": "rsa-1"}),
    "an alg that is a list": _header(alg=["RS256"]),
    "an alg that says otherwise": _header(alg="PS256"),
    "a typ that is a number": _header(typ=1),
    "a jwk that is text": _header(jwk="x"),
    "claims that are text": lambda client: signed(b'"claims"', RSA),
    "claims that are no JSON": lambda client: signed(b"\xff\xfe", RSA),
    "claims 2,000 deep": lambda client: signed(b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}", RSA),
    "a number of 5,000 digits": lambda client: signed(b'{"exp":' + b"9" * 5000 + b"}", RSA),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_assertion_is_refused(client: Asserting, name: str) -> None:
    answer = client.send(BAD[name](client))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["error_description"] == "client authentication failed"
    assert is_authenticated(client.send(client.assertion())), "a stranger's try burned nothing"


def test_the_log_says_who_and_why_and_nothing_of_the_assertion(client: Asserting) -> None:
    stream = StringIO()
    log.configure(stream=stream, json=True)
    assertion = client.assertion(aud="https://autre.example", jti="un-jti-secret")
    assert not is_authenticated(client.send(assertion))
    (line,) = [line for line in map(json.loads, stream.getvalue().splitlines()) if line["event"] == "client_refused"]
    assert (line["client"], "aud" in line["reason"]) == (client.portal.client_id, True)
    for part in ("un-jti-secret", "autre.example", *assertion.split(".")):
        assert part not in stream.getvalue()


def test_an_assertion_that_is_too_long_is_refused_unread(client: Asserting) -> None:
    answer = client.send(client.assertion(filler="x" * 8192))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("registered", ALGORITHMS)
def test_the_algorithm_registered_is_the_only_one(world: World, registered: str) -> None:
    client = by_key(world, RSA, EC, token_endpoint_auth_signing_alg=registered)
    for algorithm, key in ALGORITHMS.items():
        answer = client.send(signed(client.claims(), key, algorithm))
        assert is_authenticated(answer) == (algorithm == registered)


def test_an_assertion_counts_once(client: Asserting) -> None:
    assertion = client.assertion()
    assert is_authenticated(client.send(assertion))
    assert not is_authenticated(client.send(assertion))
    again = client.assertion(jti=json.loads(base64.urlsafe_b64decode(assertion.split(".")[1] + "=="))["jti"])
    assert not is_authenticated(client.send(again)), "signed anew, it is still the same jti"


def test_an_assertion_is_remembered_for_as_long_as_it_is_good(world: World, client: Asserting) -> None:
    assertion = client.assertion(exp=client.portal.now() + 3600)
    assert is_authenticated(client.send(assertion))
    world.later(3600 + 59)
    assert not is_authenticated(client.send(assertion))
    world.later(1)
    assert not is_authenticated(client.send(assertion)), "now it is over"


def test_a_jti_is_one_clients(world: World, client: Asserting) -> None:
    other = by_key(world, RSA)
    assert is_authenticated(client.send(client.assertion(jti="le meme")))
    assert is_authenticated(other.send(other.assertion(jti="le meme")))


def test_an_assertion_of_one_client_is_not_anothers(world: World, client: Asserting) -> None:
    """Even when both have the same key."""
    other = by_key(world, RSA)
    assert not is_authenticated(client.send(other.assertion(), client_id=client.portal.client_id))
    assert not is_authenticated(client.send(client.assertion(iss=other.portal.client_id)))


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"client_id": "autre"}, 401),
        ({"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, 401),
        ({"client_assertion_type": None}, 401),
        ({"client_assertion": None}, 401),
        ({"client_secret": "s" * 40}, 400),
    ],
    ids=str,
)
def test_exactly_one_method_is_presented_whole(client: Asserting, more: dict[str, str | None], status: int) -> None:
    answer = client.send(client.assertion(), **more)
    assert answer.status_code == status
    assert answer.json()["error"] == ("invalid_client" if status == 401 else "invalid_request")


def test_an_assertion_beside_a_header_is_refused(client: Asserting) -> None:
    answer = client.portal.http.post(
        client.portal.metadata["token_endpoint"],
        data={"grant_type": "refresh_token", "client_assertion_type": TYPE, "client_assertion": client.assertion()},
        headers={"authorization": client.portal.basic("x")},
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none", "client_secret_jwt"])
def test_a_client_of_another_method_cannot_sign_with_a_key(world: World, method: str) -> None:
    """Keys may stand there for request objects alone."""
    portal = world.portal(token_endpoint_auth_method=method, jwks={"keys": [public(RSA)]})
    client = Asserting(portal, RSA)
    assert not is_authenticated(client.send(client.assertion()))


def test_a_client_with_a_key_has_no_secret_to_sign_with(client: Asserting) -> None:
    for secret in ("x" * 43, client.portal.client_id * 2):
        assert not is_authenticated(client.send(signed(client.claims(), OctKey.import_key(secret), "HS256", kid=None)))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_hash_than_the_one_offered_is_refused(world: World, algorithm: str) -> None:
    client = by_secret(world)
    assert not is_authenticated(client.send(signed(client.claims(), client.key, algorithm, kid=None)))


def test_a_method_changed_meanwhile_leaves_nothing_of_the_one_before(world: World) -> None:
    client = by_secret(world)
    portal = client.portal
    whole = {
        "client_id": portal.client_id,
        "client_name": "Terres",
        "redirect_uris": [portal.redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
    }
    changes: list[tuple[dict[str, Any], bool]] = [
        ({"token_endpoint_auth_method": "client_secret_basic"}, False),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public(RSA)]}}, False),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, False),
    ]
    assert is_authenticated(client.send(client.assertion()))
    for change, works in changes:
        with world.running.house.begin() as unit:
            add_client(unit, read_metadata({**whole, **change}), world.clock.now())
        assert is_authenticated(client.send(client.assertion())) == works


def test_a_key_that_is_weak_or_dear_verifies_nothing(world: World) -> None:
    huge = {**public(OTHER), "kid": "huge", "n": segment(b"\xff" * 1025)}
    slow = {**public(OTHER), "kid": "slow", "e": segment(b"\xff" * 250)}
    even = {**public(OTHER), "kid": "even", "n": segment(b"\xff" * 255 + b"\xfe")}
    odd = [{"kty": "RSA", "kid": "odd", "n": 7, "e": []}, {"kty": "EC", "kid": "odd", "crv": "P-256"}, {}]
    off = {"kty": "EC", "kid": "off", "crv": "P-256", "x": segment(b"\x01" * 32), "y": segment(b"\x01" * 32)}
    enc = {**public(OTHER), "kid": "enc", "use": "enc"}
    wrap = {**public(OTHER), "kid": "wrap", "key_ops": ["wrapKey"]}
    pinned = {**public(OTHER), "kid": "pinned", "alg": "PS256"}
    jwks = {"keys": [public(RSA), huge, slow, even, *odd, off, enc, wrap, pinned]}
    client = Asserting(world.portal(token_endpoint_auth_method="private_key_jwt", jwks=jwks), RSA)
    for kid in ("huge", "slow", "even", "odd", "enc", "wrap", "pinned"):
        assert not is_authenticated(client.send(signed(client.claims(), OTHER, kid=kid))), kid
    assert not is_authenticated(client.send(signed(client.claims(), EC, "ES256", kid="off")))
    assert is_authenticated(client.send(signed(client.claims(), OTHER, "PS256", kid="pinned")))


def test_a_key_of_1024_bits_verifies_nothing(world: World) -> None:
    with pytest.warns(match="2048"):
        weak = RSAKey.generate_key(1024, parameters={"kid": "weak"})
    client = by_key(world, RSA, weak)
    assert not is_authenticated(client.send(signed(client.claims(), weak)))
