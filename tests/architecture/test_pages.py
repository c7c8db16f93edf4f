"""What every answer carries: a policy that runs no script, and nothing a shared computer would keep."""

from __future__ import annotations

import re

from tests.architecture.answers import browsers, paths
from tests.support.house import Running

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
WEIGHT = 30_000
"""Bytes of a page with its stylesheet, before compression."""


def test_every_answer_carries_the_headers(light: Running) -> None:
    pages = 0
    with browsers(light) as asking:
        for who, browser in asking.items():
            for path in [*paths(light.house), "/nowhere", "/oidc/token"]:
                answer = browser.client.get(path)
                told = {name: answer.headers.get(name) for name in HEADERS}
                assert told == HEADERS, f"{who} {path}"
                immutable = path.startswith("/static/") and answer.status_code == 200
                cached = path in ("/oidc/jwks", "/franceconnect/bouton.svg") or path.startswith("/.well-known/")
                if not immutable and not cached:
                    assert answer.headers["cache-control"] == "no-store", f"{who} {path}"
                if answer.headers.get("content-type", "").startswith("text/html"):
                    pages += 1
                    policy = answer.headers["content-security-policy"]
                    assert policy.startswith("default-src 'none'; style-src 'self'"), f"{who} {path}"
                    assert re.search("script-src|unsafe", policy) is None
                    assert re.search(r"<script|\son[a-z]+=|\sstyle=|javascript:", answer.text) is None, path
    assert pages > 60


def test_every_page_is_light_and_french(light: Running) -> None:
    with browsers(light) as asking:
        browser = asking["home"]
        sheet = next(len(browser.client.get(path).content) for path in paths(light.house) if path.endswith("app.css"))
        for path in paths(light.house):
            answer = browser.client.get(path)
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert len(answer.content) + sheet <= WEIGHT, path
                assert '<html lang="fr">' in answer.text
                assert answer.text.count("<h1") == 1, path


def test_no_answer_names_the_software(light: Running) -> None:
    with light.browser() as browser:
        answer = browser.client.get("/")
    assert "x-powered-by" not in answer.headers
    assert answer.headers.get("server", "uvicorn") == "uvicorn"
