"""Whatever is thrown at a protocol endpoint, the answer is a decision and never a fault of ours (law 10)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.conformance.world import World
from tests.support.portal import Portal

FORM = "application/x-www-form-urlencoded"
ENDPOINTS = (
    "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint",
    "introspection_endpoint", "revocation_endpoint",
)  # fmt: skip
NAMES = (
    "client_id", "redirect_uri", "state", "nonce", "scope", "code", "grant_type", "refresh_token", "code_verifier",
    "id_token_hint", "post_logout_redirect_uri", "access_token", "prompt", "max_age", "request", "logout_hint",
    "token", "token_type_hint", "resource",
    "request_uri", "client_assertion", "client_assertion_type",
)  # fmt: skip
VALUES = (
    b"%00",
    b"a%00b",
    b"%ff%fe%fd",
    b"\xff\xfe",
    b"%",
    b"%zz",
    b"%u0041",
    b"%0d%0aset-cookie:%20a=b",
    b"%1b%5b31m",
    b"%7f",
    b"%ed%a0%80",  # half of a surrogate pair
    b"%f0%9f%98%80" * 50,
    b"%c0%af",
    b"x" * 4000,
    b"'%20OR%201=1--",
    b"${jndi:ldap://a.example}",
    b"%7B%7B7*7%7D%7D",
    b"../../etc/passwd",
    b"-9223372036854775809",
    b"1e309",
    b"[]",
)
BODIES = {
    "500 fields": b"&".join(b"f%d=v" % number for number in range(500)),
    "500 times one field": b"&".join([b"client_id=a"] * 500),
    "70 kB": b"state=" + b"x" * 70_000,
    "2 MB": b"state=" + b"x" * 2_000_000,
    "only ampersands": b"&" * 5000,
    "only equals signs": b"=" * 5000,
    "not UTF-8": bytes(range(256)),
    "nothing": b"",
    "a NUL": b"\x00",
    "semicolons": b"a=b;c=d",
}
HEADERS: tuple[dict[str, Any], ...] = (
    {"authorization": "Basic " + base64.b64encode(b"\xff\xff:\xff").decode()},
    {"authorization": b"Basic \xe9\xe9"},
    {"authorization": b"Bearer \xff\xfe\x80"},
    {"authorization": "Bearer"},
    {"authorization": "Bearer " + "x" * 30_000},
    {"authorization": ""},
    {"cookie": "idp_session=; idp_browser=;"},
    {"cookie": b"idp_session=\xff\xfe; idp_browser=\xff"},
    {"cookie": "idp_session=" + "x" * 5000},
    {"cookie": "=;;;=;idp_session"},
    {"content-type": "application/x-www-form-urlencoded; charset=\x22utf-16"},
    {"content-type": "multipart/form-data"},
    {"if-none-match": "\x22" * 100},
    {"host": "a.example"},
    {"origin": "null"},
    {"accept-language": "x" * 5000},
    {"x-forwarded-for": "not an address, 1.2.3, ::::"},
)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_bad_values_are_no_fault(world: World, portal: Portal, endpoint: str) -> None:
    url = portal.metadata[endpoint]
    good = f"client_id={portal.client_id}&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fretour&".encode()
    for value in VALUES:
        for prefix in (b"", good):
            body = prefix + b"&".join(name.encode() + b"=" + value for name in NAMES[2 if prefix else 0 :])
            answer = portal.http.post(url, content=body, headers={"content-type": FORM})
            assert answer.status_code < 500, (endpoint, value, answer.text[:200])
            if value.isascii() and len(value) < 1000:
                answer = portal.http.get(f"{url}?{body.decode()}")
                assert answer.status_code < 500, (endpoint, value, answer.text[:200])
                assert "a=b" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize("name", NAMES)
def test_one_bad_value_in_a_good_token_request_is_no_fault(world: World, portal: Portal, name: str) -> None:
    for value in VALUES:
        for grant in (b"authorization_code", b"refresh_token", b"client_credentials"):
            form = {"grant_type": grant, "code": b"x", "refresh_token": b"x", "redirect_uri": b"x", name: value}
            body = b"&".join(key.encode() + b"=" + part for key, part in form.items())
            headers = {"content-type": FORM, "authorization": portal.basic()}
            answer = portal.http.post(portal.metadata["token_endpoint"], content=body, headers=headers)
            assert 400 <= answer.status_code < 500, (value, answer.text[:200])
            assert "error" in answer.json()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", BODIES)
def test_bad_bodies_are_no_fault(portal: Portal, endpoint: str, kind: str) -> None:
    answer = portal.http.post(portal.metadata[endpoint], content=BODIES[kind], headers={"content-type": FORM})
    assert answer.status_code < 500


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_bad_headers_are_no_fault(portal: Portal, endpoint: str) -> None:
    for headers in HEADERS:
        for method in ("GET", "POST"):
            answer = portal.http.request(
                method, portal.metadata[endpoint], headers={"content-type": FORM, **headers}, data={"a": "b"}
            )
            assert answer.status_code < 500, headers


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_other_methods_are_no_fault(portal: Portal, endpoint: str) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "BREW"):
        assert portal.http.request(method, portal.metadata[endpoint]).status_code < 500


@pytest.mark.parametrize(
    "path", ["/oidc", "/oidc/", "/oidc/authorize/", "/oidc/nothing", "/oidc//token", "/.well-known/x", "/%00", "/%ff"]
)
def test_bad_paths_are_no_fault(portal: Portal, path: str) -> None:
    assert portal.http.get(portal.issuer + path).status_code in (400, 404)
