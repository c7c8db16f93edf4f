"""Who may call the token endpoint, and how it says no (RFC 6749 2.3, 5.1, 5.2)."""

from __future__ import annotations

import base64

import httpx2
import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.portal import Portal

METHODS = ("client_secret_basic", "client_secret_post", "none")


def encoded(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


def refused(answer: httpx2.Response, status: int, error: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.json().get("error_description", "").isascii()


@pytest.mark.parametrize("registered", METHODS)
@pytest.mark.parametrize("used", METHODS)
def test_a_client_authenticates_by_the_method_it_registered_alone(
    world: World, member: Browser, registered: str, used: str
) -> None:
    portal = world.portal(token_endpoint_auth_method=registered)
    attempt, code = world.code(portal, member)
    portal.method, portal.secret = used, portal.secret or "x" * 43
    answer = portal.redeem(attempt, code)
    if registered == used:
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["pragma"] == "no-cache"
    else:
        refused(answer, 401, "invalid_client")
        portal.method = registered
        assert portal.redeem(attempt, code).status_code == 200, "a stranger's try burned nothing"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("secret", ["wrong", "", "x" * 300])
def test_a_wrong_secret_is_refused(world: World, member: Browser, method: str, secret: str) -> None:
    portal = world.portal(token_endpoint_auth_method=method)
    attempt, code = world.code(portal, member)
    right, portal.secret = portal.secret, secret
    refused(portal.redeem(attempt, code), 401, "invalid_client")
    portal.secret = right
    assert portal.redeem(attempt, code).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!!",
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(b"no colon").decode(),
        encoded(":secret"),
        encoded("name:"),
        encoded("%ff:%ff"),
        encoded("a\x00b:c"),
        "Bearer abc",
        "Digest username=a",
        "Basic " + "A" * 20_000,
    ],
)
def test_an_unreadable_header_is_refused(portal: Portal, header: str) -> None:
    answer = portal.http.post(
        portal.metadata["token_endpoint"],
        data={"grant_type": "authorization_code", "code": "x"},
        headers={"authorization": header},
    )
    refused(answer, 401, "invalid_client")


def test_two_methods_at_once_are_refused(portal: Portal) -> None:
    answer = portal.ask(grant_type="authorization_code", code="x", client_secret=portal.secret)
    refused(answer, 400, "invalid_request")


def test_a_header_and_a_form_that_name_two_clients_are_refused(portal: Portal) -> None:
    refused(portal.ask(grant_type="authorization_code", code="x", client_id="autre"), 400, "invalid_request")


def test_nobody_is_refused(portal: Portal) -> None:
    answer = portal.http.post(portal.metadata["token_endpoint"], data={"grant_type": "authorization_code"})
    refused(answer, 401, "invalid_client")


def test_an_unknown_client_hears_what_a_wrong_secret_hears(portal: Portal) -> None:
    form = {"grant_type": "authorization_code", "code": "x"}
    endpoint = portal.metadata["token_endpoint"]
    unknown = portal.http.post(endpoint, data=form, headers={"authorization": encoded("personne:secret")})
    wrong = portal.http.post(endpoint, data=form, headers={"authorization": portal.basic("secret")})
    refused(unknown, 401, "invalid_client")
    assert unknown.text == wrong.text


def test_a_secret_in_the_address_is_not_read(portal: Portal) -> None:
    answer = portal.http.post(
        portal.metadata["token_endpoint"],
        params={"client_id": portal.client_id, "client_secret": portal.secret, "grant_type": "refresh_token"},
        data={"code": "x"},
    )
    refused(answer, 401, "invalid_client")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_another_content_type_is_refused(portal: Portal, kind: str) -> None:
    answer = portal.http.post(portal.metadata["token_endpoint"], content=b"{}", headers={"content-type": kind})
    refused(answer, 400, "invalid_request")


def test_tokens_are_asked_by_post_alone(portal: Portal) -> None:
    assert portal.http.get(portal.metadata["token_endpoint"]).status_code == 405


@pytest.mark.parametrize("grant", ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "x"])
def test_an_unknown_grant_is_refused(portal: Portal, grant: str) -> None:
    refused(portal.ask(grant_type=grant, username="a", password="b"), 400, "unsupported_grant_type")


def test_no_grant_is_refused(portal: Portal) -> None:
    refused(portal.ask(code="x"), 400, "invalid_request")


@pytest.mark.parametrize(
    "grant", ["refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"]
)
def test_a_grant_the_client_did_not_register_is_refused(world: World, grant: str) -> None:
    portal = world.portal(grant_types=["authorization_code"])
    refused(portal.ask(grant_type=grant, refresh_token="x", device_code="x"), 400, "unauthorized_client")


def test_a_parameter_twice_is_refused(portal: Portal) -> None:
    answer = portal.http.post(
        portal.metadata["token_endpoint"],
        content="grant_type=authorization_code&code=a&code=b",
        headers={"authorization": portal.basic(), "content-type": "application/x-www-form-urlencoded"},
    )
    refused(answer, 400, "invalid_request")
