"""The endpoints on a real port, before anybody is signed in: statuses, headers, bounds, and no fault on any input."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

import pytest

from idp.oidc.grants.authorization_code import s256
from tests.support.house import Running

FORM = {"content-type": "application/x-www-form-urlencoded"}
HOSTILE = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"%00",
    b"%ff",
    b"%ED%A0%80",
    "é".encode(),
    b'"\\',
    b"x" * 3000,
    b"none login",
    b"-1",
    b"9" * 40,
)
READ = {
    "/oidc/authorize": (
        "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age",
        "code_challenge", "code_challenge_method", "id_token_hint", "request", "unknown",
    ),
    "/oidc/logout": ("id_token_hint", "client_id", "post_logout_redirect_uri", "state"),
    "/oidc/token": (
        "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret",
        "resource",
    ),
    "/oidc/introspect": ("token", "token_type_hint"),
    "/oidc/revoke": ("token", "token_type_hint"),
    "/oidc/userinfo": ("access_token",),
}  # fmt: skip
"""What each endpoint reads."""


def asked(client: str, **params: str) -> dict[str, str]:
    return {
        "client_id": client,
        "redirect_uri": "http://127.0.0.1:9/retour",
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        "code_challenge": s256("v" * 43),
        "code_challenge_method": "S256",
        **params,
    }


def test_the_front_door(light: Running) -> None:
    client = light.add_client(client_uri="http://127.0.0.1:9/")
    with light.browser() as browser:
        http = browser.client
        parked = http.get("/oidc/authorize", params=asked(client))
        assert parked.status_code == 303
        assert parked.headers["location"].startswith(f"{light.url}/connexion?request=")
        assert "idp_browser=" in parked.headers["set-cookie"]
        refused = http.get("/oidc/authorize", params=asked(client, prompt="none")).headers["location"]
        assert refused.startswith("http://127.0.0.1:9/retour?error=login_required&")
        assert refused.endswith("&state=s&" + urlencode({"iss": light.url}))
        posted = http.post("/oidc/authorize", data=asked(client))
        assert (posted.status_code, http.get(posted.headers["location"]).status_code) == (303, 303)
    with light.browser() as stranger:
        request = parked.headers["location"].partition("=")[2]
        page = stranger.get(f"/oidc/authorize/{request}")
        assert page.status == 409
        assert "http://127.0.0.1:9/" in [href for href, _text in page.links]


@pytest.mark.parametrize("params", [{"client_id": "inconnu"}, {"redirect_uri": "https://evil.example/"}])
def test_law_8_an_uncertain_destination_is_a_page(light: Running, params: dict[str, str]) -> None:
    client = light.add_client()
    with light.browser() as browser:
        answer = browser.client.get("/oidc/authorize", params={**asked(client), **params})
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "text/html" in answer.headers["content-type"]


def test_documents_may_be_kept(light: Running) -> None:
    with light.browser() as browser:
        for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oidc/jwks"):
            first = browser.client.get(path)
            assert first.headers["cache-control"] == "public, max-age=600"
            assert browser.client.get(path, headers={"if-none-match": first.headers["etag"]}).status_code == 304
        keys = browser.client.get("/oidc/jwks").json()["keys"]
        assert {key["alg"] for key in keys} == {"RS256", "ES256"}
        assert not any({"d", "p", "q"} & set(key) for key in keys)


def test_token_errors_are_json_that_nobody_keeps(light: Running) -> None:
    with light.browser() as browser:
        answers = [
            browser.client.post("/oidc/token", data={"grant_type": "authorization_code"}),
            browser.client.post("/oidc/token", json={}),
            browser.client.post("/oidc/token", content=b"a=" + b"x" * 70_000, headers=FORM),
            browser.client.post("/oidc/token", content=b"&".join([b"a=1"] * 100), headers=FORM),
        ]
    assert [answer.status_code for answer in answers] == [401, 400, 413, 413]
    assert answers[0].headers["www-authenticate"] == f'Basic realm="{light.url}"'
    for answer in answers:
        assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
        assert answer.json()["error"] in ("invalid_client", "invalid_request")


def test_userinfo_says_what_is_wrong_in_its_header(light: Running) -> None:
    with light.browser() as browser:
        http = browser.client
        assert "error" not in http.get("/oidc/userinfo").headers["www-authenticate"]
        assert "error" not in http.get("/oidc/userinfo?access_token=x").headers["www-authenticate"]
        wrong = http.get("/oidc/userinfo", headers={"authorization": "Bearer x"})
        assert wrong.status_code == 401
        assert wrong.headers["www-authenticate"].endswith('error="invalid_token"')
        both = http.post("/oidc/userinfo", data={"access_token": "x"}, headers={"authorization": "Bearer x"})
        assert both.status_code == 400


def test_logout_without_anybody_signed_in_is_a_page(light: Running) -> None:
    with light.browser() as browser:
        for params in ({}, {"state": "x"}, {"post_logout_redirect_uri": "https://evil.example/"}):
            assert browser.get("/oidc/logout?" + urlencode(params)).status == 200
        posted = browser.client.post("/oidc/logout", data={"state": "x", "other": "y"})
        assert posted.headers["location"] == f"{light.url}/oidc/logout?state=x"


@pytest.mark.parametrize("path", READ)
def test_no_input_is_a_fault_of_ours(light: Running, path: str) -> None:
    client = light.add_client()
    basic = "Basic " + base64.b64encode(f"{client}:{light.clients[client]}".encode()).decode()
    good = {"/oidc/authorize": asked(client), "/oidc/token": {"grant_type": "authorization_code"}}.get(path, {})
    faults = []
    with light.browser() as browser:
        for name in READ[path]:
            rest = urlencode({key: value for key, value in good.items() if key != name}).encode()
            for value in HOSTILE:
                body = rest + b"&" + name.encode() + b"=" + value.replace(b"\x00", b"%00")
                answers = [browser.client.post(path, content=body, headers=FORM)]
                if path in ("/oidc/token", "/oidc/introspect", "/oidc/revoke"):
                    answers.append(browser.client.post(path, content=body, headers={**FORM, "authorization": basic}))
                else:
                    answers.append(browser.client.get(f"{path}?{body.decode('latin-1')}"))
                faults += [(body, answer.status_code) for answer in answers if answer.status_code >= 500]
    assert faults == []


def test_no_header_and_no_path_is_a_fault_of_ours(light: Running) -> None:
    with light.browser() as browser:
        for value in HOSTILE:
            pair = base64.b64encode(value + b":" + value).decode()
            headers = {**FORM, "authorization": f"Basic {pair}"}
            assert browser.client.post("/oidc/token", content=b"", headers=headers).status_code == 401
            assert browser.client.get(f"/oidc/authorize/x{value.hex()}").status_code == 409
