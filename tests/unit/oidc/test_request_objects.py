"""Merging a request object into the request that carried it (OpenID Connect Core 6.1), without a wire or a key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from idp.oidc.clients import Client
from idp.oidc.metadata import read_metadata
from idp.oidc.request_objects import is_clients_address, merge
from idp.oidc.requests import ObjectRefused

CALLBACK = "https://t.example/cb"
OUTSIDE = [
    ("client_id", "t"),
    ("response_type", "code"),
    ("scope", "openid"),
    ("state", "outside"),
    ("request", "a.b.c"),
    ("foreign", "x"),
]


def client(**metadata: Any) -> Client:
    registration = read_metadata({"client_name": "T", "redirect_uris": [CALLBACK], **metadata})
    return Client("t", None, registration.sector, registration.metadata, 1, 1)


def merged(claims: dict[str, Any], outside: list[tuple[str, str]] | None = None) -> list[tuple[str, str]]:
    return merge(OUTSIDE if outside is None else outside, client(), claims)


def without(name: str) -> list[tuple[str, str]]:
    return [(key, value) for key, value in OUTSIDE if key != name]


def test_what_stands_inside_wins_and_the_rest_stays() -> None:
    found = merged({"state": "inside", "nonce": "n", "iss": "t", "aud": "us", "exp": 1, "jti": "j", "unknown": [1]})
    assert found == [
        ("client_id", "t"),
        ("response_type", "code"),
        ("scope", "openid"),
        ("foreign", "x"),
        ("state", "inside"),
        ("nonce", "n"),
    ]


def test_an_empty_object_changes_nothing() -> None:
    assert merged({}) == without("request")


@pytest.mark.parametrize(
    ("name", "value", "texts"),
    [
        ("max_age", 60, ["60"]),
        ("max_age", "60", ["60"]),
        ("claims", {"userinfo": {"name": None}}, ['{"userinfo":{"name":null}}']),
        ("claims", json.dumps({}), ["{}"]),
        ("resource", ["https://a.example", "https://b.example"], ["https://a.example", "https://b.example"]),
        ("resource", "https://a.example", ["https://a.example"]),
        ("resource", [], []),
        ("response_type", "code", ["code"]),
        ("scope", "openid email", ["openid email"]),
        ("redirect_uri", "https://elsewhere.example", ["https://elsewhere.example"]),  # judged later, like any
        ("registration", "{}", ["{}"]),  # refused later
        ("state", "", [""]),
    ],
)
def test_a_member_is_written_as_the_parameter_it_stands_for(name: str, value: object, texts: list[str]) -> None:
    assert [text for key, text in merged({name: value}) if key == name] == texts


def test_a_member_too_deep_to_be_written_is_refused() -> None:
    """Who reads JSON and who writes it stand at different depths: what was just read may be too deep to write."""
    deep: dict[str, Any] = {}
    for _ in range(2000):
        deep = {"a": deep}
    with pytest.raises(ObjectRefused):
        merged({"claims": deep})


@pytest.mark.parametrize(
    "claims",
    [
        {"request": "a.b.c"},
        {"request_uri": "https://t.example/o"},
        {"request": None},
        {"client_id": "other"},
        {"client_id": 7},
        {"response_type": "id_token"},
        {"response_type": ["code"]},
        {"response_type": None},
        {"state": 7},
        {"state": None},
        {"state": ["a"]},
        {"state": {"a": 1}},
        {"state": "\ud800"},
        {"max_age": True},
        {"max_age": 1.5},
        {"max_age": [60]},
        {"claims": []},
        {"resource": [7]},
        {"resource": [["https://a.example"]]},
        {"resource": {"a": 1}},
        {"scope": ["openid"]},
        {"redirect_uri": ["https://t.example/cb"]},
    ],
    ids=str,
)
def test_a_member_that_says_something_odd_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(ObjectRefused) as refused:
        merged(claims)
    assert refused.value.error == "invalid_request_object"
    assert refused.value.description.isascii()


@pytest.mark.parametrize(
    "outside", [without("response_type"), without("scope"), [*without("scope"), ("scope", "email")]]
)
def test_a_request_is_one_without_its_object_too(outside: list[tuple[str, str]]) -> None:
    with pytest.raises(ObjectRefused) as refused:
        merged({"response_type": "code", "scope": "openid"}, outside)
    assert refused.value.error == "invalid_request"


@pytest.mark.parametrize(
    ("registered", "asked", "taken"),
    [
        (["https://o.example/a"], "https://o.example/a", True),
        (["https://o.example/a"], "https://o.example/a#hash", True),
        (["https://o.example/a#hash"], "https://o.example/a#hash", True),
        (["https://o.example/a#hash"], "https://o.example/a#other", False),
        (["https://o.example/a#hash"], "https://o.example/a", False),
        (["https://o.example/a"], "https://o.example/a?b", False),
        (["https://o.example/a"], "https://o.example/A", False),
        (["https://o.example/a"], "https://o.example/a/../a", False),
        (["https://o.example/a"], "https://t.example/a", False),
        ([], "https://t.example/any?thing#x", True),
        ([], "https://t.example:8443/any", False),
        ([], "http://t.example/any", False),
        ([], "https://t.example.evil.example/any", False),
        ([], "https://t.example@evil.example/any", False),
        ([], "https://evil.example/any", False),
        ([], "https://127.0.0.1/any", False),
        ([], "https://[::1", False),
        ([], "file:///etc/passwd", False),
        ([], "", False),
        ([], "#", False),
        ([], "https://t.example\\@evil.example/", False),
    ],
)
def test_only_the_clients_own_addresses_are_asked(registered: list[str], asked: str, taken: bool) -> None:
    known = client(request_uris=registered) if registered else client()
    assert is_clients_address(known, asked, asked.partition("#")[0]) == taken
