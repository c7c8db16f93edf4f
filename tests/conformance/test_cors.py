"""Which addresses a script on another site may call, and that none of them takes the browser's cookies along."""

from __future__ import annotations

import httpx2
import pytest

from idp.oidc.routes import CROSS_ORIGIN
from tests.architecture.answers import paths, routes
from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.portal import Portal

ELSEWHERE = "https://portail.example"
OPEN = {
    "/.well-known/openid-configuration": "GET",
    "/.well-known/oauth-authorization-server": "GET",
    "/oidc/jwks": "GET",
    "/oidc/token": "POST",
    "/oidc/userinfo": "GET",
    "/oidc/revoke": "POST",
}
"""What a client in a page calls, and how. A page of ours is never in this list, nor what ends or opens a session."""


def preflight(browser: Browser, path: str, method: str = "GET", **more: str) -> httpx2.Response:
    said = {name.replace("_", "-"): value for name, value in more.items()}
    headers = {"origin": ELSEWHERE, "access-control-request-method": method, **said}
    return browser.client.request("OPTIONS", path, headers=headers)


def told(response: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


def test_the_table_is_the_list_of_routes(world: World) -> None:
    assert {route.path for route in routes(world.running.house) if route.name in CROSS_ORIGIN} == set(OPEN)


@pytest.mark.parametrize(("path", "method"), OPEN.items())
@pytest.mark.parametrize("origin", [ELSEWHERE, "null", "http://localhost:3000"])
def test_a_page_elsewhere_may_ask_and_read(nobody: Browser, path: str, method: str, origin: str) -> None:
    before = preflight(nobody, path, method, origin=origin, access_control_request_headers="authorization,content-type")
    assert before.status_code == 200
    assert before.headers["access-control-allow-origin"] == "*"
    assert method in before.headers["access-control-allow-methods"].split(", ")
    allowed = before.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "content-type"} <= set(allowed)
    answer = nobody.client.request(method, path, headers={"origin": origin})
    assert told(answer) == {"access-control-allow-origin": "*", "access-control-expose-headers": "WWW-Authenticate"}


@pytest.mark.parametrize(("path", "method"), OPEN.items())
def test_whose_cookies_they_are_changes_nothing(member: Browser, path: str, method: str) -> None:
    answer = member.client.request(method, path, headers={"origin": ELSEWHERE})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", OPEN)
def test_a_cache_keeps_no_answer_without_the_permission_for_a_page_elsewhere(nobody: Browser, path: str) -> None:
    assert "Origin" in nobody.client.get(path).headers["vary"].split(", ")


def test_an_error_can_be_read_elsewhere_too(nobody: Browser) -> None:
    refused = nobody.client.get("/oidc/userinfo", headers={"origin": ELSEWHERE, "authorization": "Bearer gone"})
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    assert refused.headers["access-control-allow-origin"] == "*"
    assert refused.headers["access-control-expose-headers"] == "WWW-Authenticate"


def test_no_other_address_answers_elsewhere(world: World, member: Browser, portal: Portal) -> None:
    others = [path for path in paths(world.running.house) if path not in OPEN]
    assert {"/oidc/authorize", "/oidc/logout", "/espace", "/connexion", "/mon-compte", "/"} <= set(others)
    asked = portal.start(prompt="none").url.removeprefix(world.url)
    for path in [*others, asked, "/oidc/token/", "/oidc", "/oidc/token/x", "//oidc/token", "/nowhere"]:
        for method in ("GET", "POST"):
            assert told(preflight(member, path, method)) == {}, f"OPTIONS {path}"
        assert told(member.client.get(path, headers={"origin": ELSEWHERE})) == {}, path
        assert told(member.client.post(path, headers={"origin": ELSEWHERE})) == {}, path


@pytest.mark.parametrize(
    "more",
    [
        {"access_control_request_headers": "dpop"},
        {"access_control_request_headers": "authorization, x-forwarded-host"},
        {"access_control_request_headers": "cookie"},
        {"access_control_request_method": "DELETE"},
        {"access_control_request_method": "PUT"},
        {"access_control_request_private_network": "true"},
    ],
)
def test_a_preflight_for_more_is_refused(nobody: Browser, more: dict[str, str]) -> None:
    refused = preflight(nobody, "/oidc/userinfo", **more)
    assert refused.status_code == 400
    assert "access-control-allow-private-network" not in refused.headers


@pytest.mark.parametrize("path", OPEN)
def test_options_without_a_preflight_do_nothing(nobody: Browser, path: str) -> None:
    assert nobody.client.request("OPTIONS", path).status_code == 405
    assert nobody.client.request("OPTIONS", path, headers={"origin": ELSEWHERE}).status_code == 405


def test_a_huge_preflight_is_no_way_to_hurt(nobody: Browser) -> None:
    asked = ",".join(f"x-{n}" for n in range(1000))
    assert preflight(nobody, "/oidc/token", access_control_request_headers=asked).status_code == 400
