"""A client of FranceConnect and its visitor's browser, as far as the tests of the mock need them."""

import base64
import json
import re
import ssl
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2

from tests.support.franceconnect import MockFranceConnect

NONCE = "0123456789abcdef" * 4
STATE = "fedcba9876543210" * 4
CONTEXT = ssl.create_default_context()
"""Made once: it is most of what a client costs, and nothing here speaks TLS."""


class Visit:
    """One browser, and the client that it came from."""

    def __init__(self, mock: MockFranceConnect, client_id: str | None = None, timeout: float = 5) -> None:
        self.mock = mock
        self.client = mock.client(client_id)
        self.browser = httpx2.Client(trust_env=False, timeout=timeout, verify=CONTEXT)
        self.back_channel = httpx2.Client(trust_env=False, timeout=timeout, verify=CONTEXT)

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *error: object) -> None:
        self.browser.close()
        self.back_channel.close()

    @property
    def redirect_uri(self) -> str:
        uri: str = self.client["redirect_uris"][0]
        return uri

    def params(self, **changes: str | None) -> dict[str, str]:
        """Return the parameters of a right authorization request, some changed or (None) left out."""
        whole = {
            "client_id": self.client["client_id"],
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid identite_pivot",
            "acr_values": "eidas1",
            "state": STATE,
            "nonce": NONCE,
            **changes,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def authorize(self, **changes: str | None) -> httpx2.Response:
        return self.browser.get(f"{self.mock.issuer}/authorize", params=self.params(**changes))

    def pages(self, **changes: str | None) -> str:
        """Start with pages; return the address of the first one."""
        answer = self.authorize(**changes)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def choose(self, page: str, key: str) -> httpx2.Response:
        return self.browser.post(f"{page}/citizen", data={"citizen": key})

    def confirm(self, page: str) -> httpx2.Response:
        return self.browser.post(f"{page}/confirm")

    def code(self, key: str = "trois-prenoms", **changes: str | None) -> str:
        """Sign a citizen in without pages; return the code."""
        self.mock.citizen(key)
        return returned(self.authorize(**changes))["code"]

    def token(self, code: str, **changes: str | None) -> httpx2.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client["client_id"],
            "client_secret": self.client["client_secret"],
            **changes,
        }
        given = {name: value for name, value in form.items() if value is not None}
        return self.back_channel.post(f"{self.mock.issuer}/token", data=given)

    def userinfo(self, access_token: str) -> httpx2.Response:
        return self.back_channel.get(
            f"{self.mock.issuer}/userinfo", headers={"Authorization": f"Bearer {access_token}"}
        )

    def tokens(self, key: str = "trois-prenoms", **changes: str | None) -> dict[str, Any]:
        answer = self.token(self.code(key, **changes))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def person(self, key: str = "trois-prenoms", **changes: str | None) -> dict[str, Any]:
        """Return the claims of userinfo for a citizen."""
        return claims(self.userinfo(self.tokens(key, **changes)["access_token"]).text)

    def leave(self, **params: str) -> httpx2.Response:
        return self.browser.get(f"{self.mock.issuer}/session/end", params=params)

    def press_on(self, page: httpx2.Response) -> httpx2.Response:
        """Submit the form of the page on the way out."""
        found = re.search(r'action="([^"]+)"><input type="hidden" name="departure" value="([^"]+)"', page.text)
        assert found, page.text
        return self.browser.post(found[1], data={"departure": found[2]})


def returned(answer: httpx2.Response, fragment: bool = False) -> dict[str, str]:
    """Return the parameters that the browser carries home, each once."""
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    pairs = parse_qsl(parts.fragment if fragment else parts.query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def header(token: str) -> dict[str, Any]:
    """Return a token's header, unverified."""
    return part(token, 0)


def claims(token: str) -> dict[str, Any]:
    """Return a token's claims, unverified."""
    return part(token, 1)


def part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number].strip().rstrip("=")
    members: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return members


def error_code(answer: httpx2.Response) -> str:
    """Return the code of an error page that leads nowhere."""
    assert "location" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")
    found = re.search(r'<code id="code">([^<]+)</code>', answer.text)
    assert found, answer.text
    return found[1]


def told(answer: httpx2.Response) -> tuple[int, str, str]:
    """Return status, error and description of a JSON error; its address for support must carry code and id."""
    body = answer.json()
    asked = parse_qs(urlsplit(body["error_uri"]).query)
    assert re.fullmatch(r"Y[0-9A-F]{6,7}", asked["code"][0])
    assert re.fullmatch(r"[0-9a-f-]{36}", asked["id"][0])
    return answer.status_code, body["error"], body["error_description"]
